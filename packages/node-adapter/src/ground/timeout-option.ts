// The one check of a time limit that every store and lock takes.

/** Node's timers cannot hold more, and would fire at once: 24.8 days. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Throws a TypeError that says what to write instead. */
export function checkTimeoutMs(timeoutMs: number): void {
  if (Number.isFinite(timeoutMs) && timeoutMs > 0 && timeoutMs <= LONGEST_TIMEOUT_MS) return;
  throw new TypeError(`timeoutMs is ${timeoutMs}. Write milliseconds, such as timeoutMs: 60_000.`);
}
