// Every state that this window has seen, with its time; the newest last.
import { useEffect, useState } from "react";
import type { Auth, AuthState } from "./auth.js";

export interface TrailEntry {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** As many as fit into the window, and a few more. */
const KEPT = 40;

export function useTrail(auth: Auth): readonly TrailEntry[] {
  const [entries, setEntries] = useState<readonly TrailEntry[]>(() => [entryOf(auth.getState())]);
  useEffect(() => {
    const add = (state: AuthState): void =>
      setEntries((before) => {
        const entry = entryOf(state);
        return before.at(-1)?.name === entry.name ? before : [...before, entry].slice(-KEPT);
      });
    add(auth.getState());
    return auth.subscribe(add);
  }, [auth]);
  return entries;
}

function entryOf(state: AuthState): TrailEntry {
  const detail = state.status === "awaiting-callback" ? ` / ${state.step}` : "";
  const isDegraded = "degraded" in state && state.degraded !== undefined;
  return { name: `${state.status}${detail}${isDegraded ? " / degraded" : ""}`, at: Date.now() };
}
