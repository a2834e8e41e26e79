// Limits of ours. They count only time in which the event loop ran: what arrived while it stood still has not been looked at.
import type { Clock } from "./ports.js";

/** A timer that is later than this was held up: by work that blocked the loop, by SIGSTOP, by the machine's sleep. */
const HELD_UP_MS = 1_000;
/** Long enough to read what has arrived, and to ask again for a nonce. */
const ONCE_MORE_MS = 5_000;

/**
 * Runs `callback` after `ms`. When that comes more than a second late it waits once more, for `ms` or five seconds, whichever
 * is less. Keeps the process alive. Returns the function that calls it off.
 */
export function startLimit(clock: Clock, ms: number, callback: () => void): () => void {
  const keepAlive = { keepAlive: true };
  const dueAt = elapsed(clock) + ms;
  let timer = clock.setTimeout(
    () => {
      if (elapsed(clock) - dueAt <= HELD_UP_MS) return callback();
      timer = clock.setTimeout(callback, Math.min(ms, ONCE_MORE_MS), keepAlive);
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
