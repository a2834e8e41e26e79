// Who waits for a lock, and how long: the order inside this process, and a patience that begins anew with every sign that
// others get on.
import { monotonicMs } from "../../ground/monotonic.js";

/** Of the limit: how long those before us may take in all. */
const MOST_LIMITS = 10;
/** A timer that is later than this was held up: the process was stopped, its loop was blocked, or the machine slept. */
const MOST_LATE_MS = 1_000;
/** Between two looks at what the others do. */
const LONGEST_SLICE_MS = 1_000;

interface Queue {
  last: Promise<void>;
  /** How often the lock has been seen to change hands. */
  changes: number;
}

/** By file. */
const queues = new Map<string, Queue>();

export interface Turn {
  /** When all before it have left. */
  readonly come: Promise<void>;
  /** Says that the lock has changed hands: those behind in the queue have waited for something. */
  readonly seeChange: () => void;
  readonly patience: Patience;
  /** Must be called, whether or not the turn has come. */
  readonly leave: () => void;
}

/** A place in the queue of this process. */
export function enqueue(key: string, limitMs: number): Turn {
  const queue = queues.get(key) ?? { last: Promise.resolve(), changes: 0 };
  queues.set(key, queue);
  const come = queue.last;
  let leave = (): void => {};
  const left = new Promise<void>((resolve) => (leave = resolve));
  const last = come.then(() => left);
  queue.last = last;
  void last.then(() => queue.last === last && queues.delete(key));
  return {
    come,
    seeChange: () => void queue.changes++,
    patience: createPatience(limitMs, queue),
    leave,
  };
}

/**
 * How long is left. The limit is for one holder, not for all of those before us: whoever waits behind 200 that take half a
 * second each waits for as long as that takes, and for one that hangs no longer than the limit.
 */
interface Patience {
  isOut(): boolean;
  /** In all, for a message. */
  readonly waitedMs: number;
  /** Others have had the lock meanwhile, so often that it was too long in all. */
  readonly wasTurns: boolean;
  /** Waits, and counts it: at most so long, at most until `until`. Resolves with whether that came first. */
  wait(ms: number, signal: AbortSignal, until?: Promise<void>): Promise<boolean>;
}

function createPatience(limitMs: number, queue: Queue): Patience {
  let left = limitMs;
  let waited = 0;
  let seen = queue.changes;

  function look(): void {
    if (queue.changes === seen) return;
    seen = queue.changes;
    left = limitMs;
  }

  const isTooLong = (): boolean => waited >= limitMs * MOST_LIMITS;
  return {
    isOut() {
      look();
      return left <= 0 || isTooLong();
    },
    get waitedMs() {
      return isTooLong() ? limitMs * MOST_LIMITS : limitMs;
    },
    get wasTurns() {
      return isTooLong();
    },
    async wait(ms, signal, until) {
      const planned = Math.min(ms, left, LONGEST_SLICE_MS);
      const begin = monotonicMs();
      const hasCome = await pause(planned, signal, until);
      const spent = Math.min(monotonicMs() - begin, planned + MOST_LATE_MS);
      waited += spent;
      left -= spent;
      look();
      return hasCome;
    },
  };
}

/** Whether `until` came first, not the end of the time; rejects with the signal's reason. Leaves nothing behind. */
function pause(ms: number, signal: AbortSignal, until?: Promise<void>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      outcome();
    };
    const onAbort = (): void => settle(() => reject(signal.reason as Error));
    // Keeps the process alive on purpose: whoever awaits the lock is waiting for it.
    const timer = setTimeout(() => settle(() => resolve(false)), ms);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
    void until?.then(() => settle(() => resolve(true)));
  });
}
