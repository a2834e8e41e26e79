// The runtime's clock and timers.
import type { Clock } from "@loopkey/core";
import { createElapsed } from "./elapsed.js";

/** Longer delays overflow in Node and would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * The system's time. `now()` is the wall clock in epoch milliseconds; `elapsed()` counts the machine's sleep, and goes on
 * evenly when the wall clock is set; timers with `keepAlive: false` do not keep the process running. Delays over 2^31-1 ms (24.8 days) fire after that time: the core looks at the clock and arms again.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: createElapsed(),
  setTimeout(callback, ms, { keepAlive }) {
    const timer = setTimeout(callback, Math.min(ms, LONGEST_DELAY_MS));
    if (!keepAlive) timer.unref();
    return timer;
  },
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
