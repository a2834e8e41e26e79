// Time limits that count only time in which the event loop ran: what arrived while it stood still has not been looked at.
import { monotonicMs } from "./monotonic.js";

/** A timer that is later than this was held up: by work that blocked the loop, by SIGSTOP, by the machine's sleep. */
const HELD_UP_MS = 1_000;
/** Long enough to read what has arrived meanwhile. */
const ONCE_MORE_MS = 5_000;

/**
 * Runs `callback` after `ms`. When that comes more than a second late it waits once more, for `ms` or five seconds, whichever
 * is less: timers run before what has arrived is read. Keeps the process alive. Returns the function that calls it off.
 */
export function startLimit(ms: number, callback: () => void): () => void {
  // Not the wall clock: somebody may set it.
  const dueAt = monotonicMs() + ms;
  let timer = setTimeout(() => {
    if (monotonicMs() - dueAt <= HELD_UP_MS) callback();
    else timer = setTimeout(callback, Math.min(ms, ONCE_MORE_MS));
  }, ms);
  return () => clearTimeout(timer);
}
