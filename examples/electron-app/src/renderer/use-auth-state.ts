// The state, as React wants it: the object is the same one until something has changed.
import { useSyncExternalStore } from "react";
import type { Auth, AuthState } from "./auth.js";

export function useAuthState(auth: Auth): AuthState {
  return useSyncExternalStore(auth.subscribe, auth.getState);
}
