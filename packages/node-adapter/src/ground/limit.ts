// Time limits that count only time in which the event loop ran: what arrived while it stood still has not been looked at.
import { monotonicMs } from "./monotonic.js";

/** No timer comes to the millisecond. */
const ON_TIME_MS = 10;
/** Enough to read what lies there, on a machine that is busy. */
const A_MOMENT_MS = 250;
/** A timer that is later than this was held up for long: by work that blocked the loop, by SIGSTOP, by the machine's sleep. */
const HELD_UP_MS = 1_000;
/** Long enough to read what has arrived meanwhile, in steps. */
const ONCE_MORE_MS = 5_000;

/**
 * Runs `callback` after `ms`. When that comes late it waits once more, as timers run before what has arrived is read: for as long as
 * it was late, and for five seconds where that is more than one; never for more than `ms`. Keeps the process alive. Returns the
 * function that calls it off.
 */
export function startLimit(ms: number, callback: () => void): () => void {
  // Not the wall clock: somebody may set it.
  const dueAt = monotonicMs() + ms;
  let timer = setTimeout(() => {
    const late = monotonicMs() - dueAt;
    if (late <= ON_TIME_MS) return callback();
    const more = late > HELD_UP_MS ? ONCE_MORE_MS : Math.max(late, A_MOMENT_MS);
    timer = setTimeout(callback, Math.min(ms, more));
  }, ms);
  return () => clearTimeout(timer);
}
