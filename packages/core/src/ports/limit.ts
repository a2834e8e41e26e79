// Limits of ours. They count only time in which the event loop ran: what arrived while it stood still has not been looked at.
import type { Clock } from "./ports.js";

/** No timer comes to the millisecond. */
const ON_TIME_MS = 10;
/** Enough to read what lies there, on a machine that is busy. */
const A_MOMENT_MS = 250;
/** A timer that is later than this was held up for long: by work that blocked the loop, by SIGSTOP, by the machine's sleep. */
const HELD_UP_MS = 1_000;
/** Long enough to ask again for a nonce, too. */
const ONCE_MORE_MS = 5_000;

/**
 * Runs `callback` after `ms`. When that comes late it waits once more: for as long as it was late, and for five seconds where that
 * is more than one; never for more than `ms`. Keeps the process alive. Returns the function that calls it off.
 */
export function startLimit(clock: Clock, ms: number, callback: () => void): () => void {
  const keepAlive = { keepAlive: true };
  const dueAt = elapsed(clock) + ms;
  let timer = clock.setTimeout(
    () => {
      const late = elapsed(clock) - dueAt;
      if (late <= ON_TIME_MS) return callback();
      const more = late > HELD_UP_MS ? ONCE_MORE_MS : Math.max(late, A_MOMENT_MS);
      timer = clock.setTimeout(callback, Math.min(ms, more), keepAlive);
    },
    ms,
    keepAlive,
  );
  return () => clock.clearTimeout(timer);
}

/** The time that no setting moves, where there is one. */
function elapsed(clock: Clock): number {
  return clock.elapsed?.() ?? clock.now();
}
