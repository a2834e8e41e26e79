// What apps see: a plain union derived from the machine's snapshot, and nothing of xstate.
import type { SnapshotFrom } from "xstate";
import type { Reason } from "./errors.js";
import type { authMachine } from "./machine.js";
import type { StoreInfo } from "./ports.js";
import type { Session } from "./session.js";

/** What the app may call now. */
export type Command = "signIn" | "cancel";

export type AuthState = { readonly store: StoreInfo; readonly can: readonly Command[] } & (
  | { readonly status: "idle"; readonly reason?: Reason }
  | {
      readonly status: "awaiting-callback";
      /** `preparing`: finding the server, binding the port. `waiting`: for the person. */
      readonly step: "preparing" | "waiting";
      /** Epoch milliseconds. */
      readonly deadline: number;
      /** For the person's browser; show it when none opened. Holds `state` and `nonce`: do not log it. */
      readonly url?: string;
      readonly browser?: "opened" | "failed";
      /** The session that stays if this sign-in is given up. */
      readonly base?: Session;
    }
  | { readonly status: "exchanging"; readonly base?: Session }
  | { readonly status: "authenticated"; readonly session: Session }
);

const COMMANDS: readonly Command[] = ["signIn", "cancel"];

export function toState(snapshot: SnapshotFrom<typeof authMachine>, store: StoreInfo): AuthState {
  const common = { store, can: COMMANDS.filter((type) => snapshot.can({ type } as never)) };
  const { attempt, session, reason } = snapshot.context;
  const base = session ? { base: session.view } : {};
  if (snapshot.matches("awaiting-callback") && attempt) {
    const waiting =
      snapshot.matches({ "awaiting-callback": "waiting" }) ||
      snapshot.matches({ "awaiting-callback": "opening" });
    return {
      ...common,
      status: "awaiting-callback",
      step: waiting ? "waiting" : "preparing",
      deadline: attempt.deadline,
      ...(attempt.url === undefined ? {} : { url: attempt.url }),
      ...(attempt.browser === undefined ? {} : { browser: attempt.browser }),
      ...base,
    };
  }
  if (snapshot.matches("exchanging")) return { ...common, status: "exchanging", ...base };
  if (snapshot.matches("authenticated") && session)
    return { ...common, status: "authenticated", session: session.view };
  return { ...common, status: "idle", ...(reason ? { reason } : {}) };
}
