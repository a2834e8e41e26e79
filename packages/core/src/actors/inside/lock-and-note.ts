// What a state has that holds the lock: the lock itself, what is noted beside it, and a place for the next record.
import { asAuthError, AuthError } from "../../ground/errors.js";
import { RefreshFailure } from "../../oauth/refresh-request.js";
import { atLock, atStore, fromPort, type Calls } from "../../ports/port-calls.js";
import type { HeldLock, PreparedSave } from "../../ports/ports.js";
import type { SteadyPorts } from "../../ports/steady-clock.js";
import type { Stored } from "../../session/read-stored.js";
import { decodeNote, encodeNote, isNoteOf, type RefreshNote } from "../../session/refresh-note-format.js";
import type { LiveSession } from "../../session/session.js";
import type { AuthEvent } from "../declarations.js";

/** A new ID token may be longer than the last one, and the store may wrap what it is given. */
const GROWTH = 2;
const SMALLEST_PLACE = 16 * 1024;

export interface Holding {
  /** Waits for the lock, then holds it until what it returns is called. Says `locked`, or `lockFailed`. */
  hold(sendBack: (event: AuthEvent) => void): () => void;
  /** The session that the note says is over because of an answer that was lost. */
  lostSession(): string | undefined;
  /** The same for who does not hold the lock, and found nothing stored: takes it for a moment. */
  lostSessionOf(found: Stored, signal: AbortSignal): Promise<string | undefined>;
  /** Keeps a place for what comes after this record, where the store can. Rejects with `store_unavailable`. */
  prepare(record: string): Promise<void>;
  /** Saves, in the place that was kept where there is one. Rejects with `store_unavailable`. */
  save(record: string): Promise<void>;
  /** The same, of a record with the same refresh token: what is noted of that stays. */
  mark(record: string): Promise<void>;
  /** Runs a refresh: notes that it is sent, and takes that back when it turns out that nothing can have been lost. */
  noted<T>(session: LiveSession, refresh: (onSend: () => void) => Promise<T>): Promise<T>;
  /** What was noted is for good: the session is over. */
  noteEnd(): void;
}

interface Place extends PreparedSave {
  readonly bytes: number;
}

export function createHolding(ports: SteadyPorts, calls: Calls): Holding {
  const { clock, store } = ports;
  let lock: HeldLock | undefined;
  let place: Place | undefined;
  let tell: (event: AuthEvent) => void = () => {};

  const notedAt = (held: HeldLock | undefined): RefreshNote | undefined =>
    decodeNote(held?.readNote() ?? null);
  const noted = (): RefreshNote | undefined => notedAt(lock);

  function lostIn(held: HeldLock | undefined): string | undefined {
    const found = notedAt(held);
    return found?.isOver ? found.sessionId : undefined;
  }

  /** That it cannot be noted keeps nobody from being signed in. */
  function note(next: RefreshNote | undefined): void {
    try {
      lock?.writeNote(next ? encodeNote(next) : null);
    } catch (error) {
      if (next) tell({ type: "noteFailed", error: fromPort("lock_timeout", error) });
    }
  }

  function takePlace(): Place | undefined {
    const taken = place;
    place = undefined;
    return taken;
  }

  async function write(record: string): Promise<void> {
    const kept = takePlace();
    const fits = kept !== undefined && byteLength(record) <= kept.bytes;
    if (!fits) await kept?.discard();
    await atStore(clock, () => calls.track(fits ? kept.save(record) : store.save(record))).catch(
      async (error: unknown) => {
        await kept?.discard();
        throw error;
      },
    );
  }

  return {
    hold(sendBack) {
      const leaving = new AbortController();
      const { signal } = leaving;
      const left = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      const hold = async (held: HeldLock): Promise<void> => {
        lock = held;
        tell = sendBack;
        sendBack({ type: "locked" });
        await left;
        // A store call that timed out may still take effect: nobody else writes before it has settled.
        await calls.settled();
        await takePlace()?.discard();
        lock = undefined;
      };
      atLock(ports, signal, hold).catch((error: unknown) => {
        if (!signal.aborted) sendBack({ type: "lockFailed", error: asAuthError(error) });
      });
      return () => leaving.abort(new Error("The lock is not needed any more"));
    },

    lostSession: () => lostIn(lock),

    async lostSessionOf({ session, corrupt, copied }, signal) {
      if (session ?? corrupt ?? copied) return undefined;
      // Why it is gone is worth a word, not a failure.
      return atLock(ports, signal, async (held) => lostIn(held)).catch(() => undefined);
    },

    async prepare(record) {
      if (!store.prepare || place) return;
      const bytes = Math.max(byteLength(record) * GROWTH, SMALLEST_PLACE);
      await atStore(clock, () =>
        // One that comes when it is not waited for any more is given up with the lock.
        calls.track(store.prepare!(bytes).then((kept) => void (place = { ...bound(kept), bytes }))),
      );
    },

    async save(record) {
      await write(record);
      note(undefined);
    },

    mark: write,

    async noted(session, refresh) {
      const found = noted();
      const before = found && isNoteOf(found, session) ? found : undefined;
      const onSend = (): void => {
        if (lock?.isStillHeld() === false) throw lockReplaced();
        note({ sessionId: session.id, generation: session.generation, sentAt: clock.wall() });
      };
      try {
        return await refresh(onSend);
      } catch (error) {
        if (!(error instanceof RefreshFailure)) throw error;
        const { error: reason, fate } = error;
        // An earlier request of the same token is not answered by this.
        if (fate === "unsent" || fate === "answered") note(before);
        throw before && reason.code === "session_ended"
          ? new RefreshFailure(answerLost(reason), fate)
          : error;
      }
    },

    noteEnd() {
      const last = noted();
      if (last) note({ ...last, isOver: true });
    },
  };
}

function bound(kept: PreparedSave): PreparedSave {
  return { save: (record) => kept.save(record), discard: () => kept.discard() };
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

function lockReplaced(): AuthError {
  return new AuthError(
    "lock_timeout",
    "The lock file was deleted or replaced meanwhile: another process may be at work. Nothing was sent.",
    { detail: "replaced", hint: "It is tried again. Leave the lock file where it is." },
  );
}

function answerLost({ oauthError, cause }: AuthError): AuthError {
  return new AuthError(
    "answer_lost",
    "The server has ended this session: its answer to an earlier refresh was lost on the way, or could not be saved.",
    { oauthError, cause },
  );
}
