// Elapsed time inside this process: what nobody sets, and what costs a short command nothing.

/**
 * Milliseconds since some moment, finely, of the same clock as `performance.now()`. That one is a getter which loads `perf_hooks`, eight
 * modules of Node, at its first touch; this is there from the start.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}
