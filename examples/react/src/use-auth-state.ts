// The state, as React wants it: the object is the same one until something has changed.
import type { AuthClient, AuthState } from "@loopkey/core";
import { useSyncExternalStore } from "react";

export type Auth = Pick<
  AuthClient,
  "getState" | "subscribe" | "signIn" | "submitRedirect" | "useDeviceCode" | "cancel" | "signOut"
>;

/** Where the page is rendered before anybody has looked for a session, and at the first sight of it: always the same object. */
const NOT_YET: AuthState = { status: "restoring", can: [], store: { kind: "memory", persistent: false } };

export function useAuthState(auth: Auth): AuthState {
  return useSyncExternalStore(auth.subscribe, auth.getState, () => NOT_YET);
}
