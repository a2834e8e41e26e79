// Reads the stored session and says what it means beside the one in memory.
import type { ResolvedConfig } from "../config/config.js";
import { AuthError, type AuthErrorOf } from "../ground/errors.js";
import { atLockUntilSettled, atStore, type Calls } from "../ports/port-calls.js";
import type { AuthPorts } from "../ports/ports.js";
import { decodeRecord, NEWER_VERSION } from "./stored-record.js";
import type { Random } from "./refresh-schedule.js";
import type { LiveSession } from "./session.js";

type CorruptRecord = AuthErrorOf<"record_corrupt">;

/** What was found. Neither: nothing, or another issuer's or client's record, which is left alone. */
export interface Stored {
  readonly session?: LiveSession;
  /** It could not be read and was set aside; the message names where. */
  readonly corrupt?: CorruptRecord;
  /** The session that has ended because the answer to a refresh was lost, whoever found out: its id. */
  readonly lostSession?: string;
}

/** `ours`: what we have. `other`: newer, of the same person. `stranger`: of somebody else. */
export type Standing = "ours" | "other" | "stranger" | "gone";

/** A damaged record says nothing of what another process did: ours stands, and replaces it. */
export function standingOf({ session, corrupt }: Stored, own: LiveSession | undefined): Standing {
  if (corrupt) return corrupt.detail === NEWER_VERSION ? "gone" : "ours";
  if (!session) return "gone";
  // An earlier one is ours too: what came after it could not be saved yet.
  if (session.id === own?.id && session.generation <= own.generation) return "ours";
  return session.view.subject === own?.view.subject ? "other" : "stranger";
}

export interface ReadOptions {
  readonly config: ResolvedConfig;
  readonly ports: AuthPorts;
  readonly calls: Calls;
  readonly random: Random;
  /** Setting a record aside is a write: it needs the lock. */
  readonly holdsLock: boolean;
  readonly signal: AbortSignal;
}

/** Reads the store. Rejects with `store_unavailable`, or as the lock does where a damaged record cannot be set aside. */
export async function readStored(options: ReadOptions): Promise<Stored> {
  const { ports, calls, holdsLock, signal } = options;
  const stored = await look(options);
  if (!stored.corrupt || stored.corrupt.detail === NEWER_VERSION) return stored;
  if (holdsLock) return setAside(options, stored.corrupt);
  return atLockUntilSettled(ports, calls, signal, async () => {
    // Another process may have replaced it meanwhile.
    const again = await look(options);
    return again.corrupt ? setAside(options, again.corrupt) : again;
  });
}

async function look({ config, ports: { store, clock }, random, signal }: ReadOptions): Promise<Stored> {
  try {
    const record = await atStore(clock, () => store.load(), signal);
    const session = record === null ? undefined : decodeRecord(record, config, random);
    return session ? { session } : {};
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    // A store that keeps a record in parts may find it damaged by itself.
    if (error.code === "store_unavailable" && error.detail === "damaged")
      return { corrupt: new AuthError("record_corrupt", error.message, { detail: "damaged", cause: error }) };
    if (error.code === "record_corrupt") return { corrupt: error };
    throw error;
  }
}

async function setAside(
  { ports: { store, clock }, calls }: ReadOptions,
  { message, detail }: CorruptRecord,
): Promise<Stored> {
  const place = await atStore(clock, () => calls.track(store.quarantine()));
  const where = place === null ? "" : ` It was set aside: ${place}.`;
  return { corrupt: new AuthError("record_corrupt", `${message}${where}`, { detail }) };
}
