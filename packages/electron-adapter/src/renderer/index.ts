// A window: a view of the session without tokens.
export { connectAuth, type ConnectAuthOptions, type WindowAuth } from "./connect-auth.js";
export type { PageWindow } from "./inside/connection.js";
export { AuthError } from "@loopkey/core";
export type { AuthState, Claims, Session } from "@loopkey/core";
