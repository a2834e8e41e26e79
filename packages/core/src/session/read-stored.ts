// Reads the stored session and says what it is beside the one in memory. What follows from that: `machine/names/elsewhere.ts`.
import type { ResolvedConfig } from "../config/config.js";
import { AuthError, type AuthErrorOf } from "../ground/errors.js";
import { atLockUntilSettled, atStore, type Calls } from "../ports/port-calls.js";
import type { SteadyPorts } from "../ports/steady-clock.js";
import { NEWER_VERSION } from "./record-format.js";
import { decodeRecord, isOfClient } from "./stored-record.js";
import type { Random } from "./refresh-schedule.js";
import { isSamePerson, type LiveSession } from "./session.js";
import type { StampWatch } from "./stamp-watch.js";
import type { ThisMachine } from "./machine-id.js";

type CorruptRecord = AuthErrorOf<"record_corrupt">;

/** What was found. Neither: nothing, or another issuer's or client's record, which is left alone. */
export interface Stored {
  readonly session?: LiveSession;
  /** It could not be read and was set aside; the message names where. */
  readonly corrupt?: CorruptRecord;
  /** It is another machine's, and is left alone until a sign-in replaces it. */
  readonly copied?: AuthErrorOf<"sign_in_required">;
  /** The session that has ended because the answer to a refresh was lost, whoever found out: its id. */
  readonly lostSession?: string;
}

/** `ours`: what we have. `other`: newer, of the same person. `stranger`: of somebody else. `copied`: of another machine. */
export type Standing = "ours" | "other" | "stranger" | "copied" | "gone";

/** A damaged record says nothing of what another process did: ours stands, and replaces it. */
export function standingOf({ session, corrupt, copied }: Stored, own: LiveSession | undefined): Standing {
  if (copied) return "copied";
  if (corrupt) return corrupt.detail === NEWER_VERSION ? "gone" : "ours";
  if (!session) return "gone";
  // An earlier one is ours too: what came after it could not be saved yet.
  if (session.id === own?.id && session.generation <= own.generation) return "ours";
  return own && isSamePerson(session, own) ? "other" : "stranger";
}

export interface ReadOptions {
  readonly config: ResolvedConfig;
  readonly ports: SteadyPorts;
  readonly calls: Calls;
  readonly random: Random;
  readonly watch: StampWatch;
  readonly thisMachine: ThisMachine;
  /** Nobody is asked and nothing is written for it: see `load` of the store. */
  readonly quietly: boolean;
  /** Setting a record aside is a write: it needs the lock. */
  readonly holdsLock: boolean;
  readonly signal: AbortSignal;
}

/** Reads the store. Rejects with `store_unavailable`, or as the lock does where a damaged record cannot be set aside. */
export async function readStored(options: ReadOptions): Promise<Stored> {
  const { ports, calls, holdsLock, signal } = options;
  const stored = await lookAtStored(options);
  if (!stored.corrupt || stored.corrupt.detail === NEWER_VERSION) return stored;
  if (holdsLock) return setAside(options, stored.corrupt);
  return atLockUntilSettled(ports, calls, signal, async () => {
    // Another process may have replaced it meanwhile.
    const again = await lookAtStored(options);
    return again.corrupt ? setAside(options, again.corrupt) : again;
  });
}

/** What {@link readStored} begins with: a record that cannot be read stays where it is. Rejects with `store_unavailable`. */
export async function lookAtStored(options: Omit<ReadOptions, "calls">): Promise<Stored> {
  const { config, ports, random, watch, thisMachine, holdsLock, quietly, signal } = options;
  const { store, clock } = ports;
  try {
    watch.look();
    const moves = (record: string): boolean => isOfClient(record, config);
    const reading = atStore(clock, () => store.load({ quietly, ...(holdsLock && { moves }) }), signal);
    // Nothing is sent without the lock: no start waits for it.
    const asking = holdsLock ? thisMachine.known() : thisMachine.id();
    const [record, machine] = await Promise.all([reading, asking]);
    const session = record === null ? undefined : decodeRecord(record, config, { clock, machine, random });
    return session ? { session } : {};
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    // A store that keeps a record in parts may find it damaged by itself.
    if (error.code === "store_unavailable" && error.detail === "damaged")
      return { corrupt: new AuthError("record_corrupt", error.message, { detail: "damaged", cause: error }) };
    if (error.code === "record_corrupt") return { corrupt: error };
    if (error.code === "sign_in_required") return { copied: error };
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
