// Notes what becomes of a session while a command uses it: a sign-in, a refresh, the end. Written once, when the client is closed.
import type { AuthClient, AuthState, Session } from "@loopkey/core";
import type { Note, Notes, Outcome } from "../../profiles/notes.js";

export interface Watched {
  /** A sign-in has succeeded. */
  signedIn(): void;
  /** After the client was closed. */
  write(): Promise<void>;
}

export function noteOutcomes(client: AuthClient, profile: string, notes: Notes): Watched {
  let before = client.getState();
  let outcome: Outcome | undefined;
  let session: Session | undefined;
  client.subscribe((state) => {
    const code = outcomeOf(before, state);
    if (code !== undefined) outcome = { code, at: Date.now() };
    if ("session" in state) ({ session } = state);
    before = state;
  });
  return {
    signedIn() {
      outcome = { code: "signed_in", at: Date.now() };
      const state = client.getState();
      if ("session" in state) ({ session } = state);
    },
    async write() {
      if (!outcome) return;
      const [lastOutcome, { kind: store }] = [outcome, before.store];
      outcome = undefined;
      const signedInAt = lastOutcome.code === "signed_in" ? { signedInAt: lastOutcome.at } : {};
      await notes.add(profile, { store, lastOutcome, ...signedInAt, ...whoIs(session) });
    },
  };
}

function outcomeOf(before: AuthState, now: AuthState): string | undefined {
  if (now.status === before.status) return undefined;
  if (now.status === "authenticated" && before.status === "refreshing")
    return now.degraded?.code ?? "refreshed";
  // What was found at the start was noted by whoever ended it.
  if (now.status === "logged-out" && before.status !== "restoring") return now.reason.code;
  return undefined;
}

function whoIs(session: Session | undefined): Pick<Note, "subject" | "name"> {
  const { claims = {}, subject } = session ?? {};
  const name = [claims["name"], claims["preferred_username"], claims["email"]].find(
    (claim) => typeof claim === "string" && claim !== "",
  ) as string | undefined;
  return { ...(subject !== undefined && { subject }), ...(name !== undefined && { name }) };
}
