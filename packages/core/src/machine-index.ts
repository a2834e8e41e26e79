// @loopkey/core/machine: for whoever wants to see xstate, on purpose.
export { actorOf } from "./client-actors.js";
export { authMachine, type AuthContext, type AuthEvent, type AuthMachineInput } from "./machine.js";
