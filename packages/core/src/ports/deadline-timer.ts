// Deadlines: right after a machine's sleep, and beyond what one timer can hold.
import type { Clock } from "./ports.js";

/** A timer stands still while the machine sleeps: look at the time at least this often. */
const LONGEST_STEP_MS = 30_000;

/** A step that is later than this says that the machine slept, or this process was stopped. */
const SLEPT_MS = 10_000;

/**
 * Runs `callback` once `at` (by the clock's `now()`) has come, and `onLate`, before it, whenever a step towards it comes more
 * than ten seconds late. Returns the function that calls it off.
 */
export function runAt(
  clock: Clock,
  at: number,
  callback: () => void,
  keepAlive: boolean,
  onLate: () => void = () => {},
): () => void {
  let timer: unknown;
  const elapsed = (): number => clock.elapsed?.() ?? clock.now();
  const step = (): void => {
    const ms = Math.min(Math.max(at - clock.now(), 0), LONGEST_STEP_MS);
    const dueAt = elapsed() + ms;
    const arrive = (): void => {
      // The next step first: whoever is told of the lateness may call it off.
      const isDue = at - clock.now() <= 0;
      if (!isDue) step();
      if (elapsed() - dueAt > SLEPT_MS) onLate();
      if (isDue) callback();
    };
    timer = clock.setTimeout(arrive, ms, { keepAlive });
  };
  // The first look is a timer too: the callback never runs before runAt has returned.
  step();
  return () => clock.clearTimeout(timer);
}
