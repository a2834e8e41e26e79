// Deadlines: right after a machine's sleep, and beyond what one timer can hold.
import type { Clock } from "./ports.js";

/** A timer stands still while the machine sleeps: look at the time at least this often. */
const LONGEST_STEP_MS = 30_000;

/** Runs `callback` once `at` (by the clock's `now()`) has come. Returns the function that calls it off. */
export function runAt(clock: Clock, at: number, callback: () => void, keepAlive: boolean): () => void {
  let timer: unknown;
  const arm = (): void => {
    const remaining = at - clock.now();
    if (remaining <= 0) return callback();
    timer = clock.setTimeout(arm, Math.min(remaining, LONGEST_STEP_MS), { keepAlive });
  };
  // The first look is a timer too: the callback never runs before runAt has returned.
  timer = clock.setTimeout(arm, Math.min(Math.max(at - clock.now(), 0), LONGEST_STEP_MS), { keepAlive });
  return () => clock.clearTimeout(timer);
}
