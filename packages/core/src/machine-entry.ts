// @loopkey/core/machine: for whoever wants to see xstate, on purpose.
export { actorOf } from "./client/actor-of.js";
export { authMachine, type AuthContext, type AuthEvent, type AuthMachineInput } from "./machine/machine.js";
