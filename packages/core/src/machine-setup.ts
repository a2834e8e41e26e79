// What the names in the machine's table stand for, put together: each file of setup/ adds to the one before. All of it is pure:
// what touches the world is an actor, provided by actors.ts.
export type { RefreshTime, SessionInput } from "./setup/declared-actors.js";
export { setupWithSignOut as machineSetup } from "./setup/sign-out-actions.js";
