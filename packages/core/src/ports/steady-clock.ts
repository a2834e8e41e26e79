// The one time that is reckoned with inside a process: whoever sets the wall clock does not move it.
import type { AuthPorts, Clock } from "./ports.js";

/** Its `now()` is the wall clock of when it was made, and goes on from there by elapsed time. */
export interface SteadyClock extends Clock {
  /** What the wall clock says, in epoch milliseconds: for what is stored, or comes from elsewhere. */
  readonly wall: () => number;
  /** What the wall clock will say at this time of `now()`: for people. The same as long as nobody sets it. */
  readonly shown: (at: number) => number;
}

export type SteadyPorts = AuthPorts & { readonly clock: SteadyClock };

/** Two clocks that run beside each other drift: what a person is shown must not change with each of their milliseconds. */
const DRIFT_MS = 1_000;

/** The same ports, on a clock that no setting moves. Where the system has no such time it is the wall clock. */
export function steadily(ports: AuthPorts): SteadyPorts {
  return { ...ports, clock: createSteadyClock(ports.clock) };
}

export function createSteadyClock(clock: Clock): SteadyClock {
  const elapsed = (): number => clock.elapsed?.() ?? clock.now();
  const [startedAt, elapsedBefore] = [clock.now(), elapsed()];
  const now = (): number => startedAt + Math.round(elapsed() - elapsedBefore);
  let offset = 0;
  return {
    now,
    elapsed,
    wall: () => clock.now(),
    shown(at) {
      const apart = clock.now() - now();
      if (Math.abs(apart - offset) >= DRIFT_MS) offset = apart;
      return at + offset;
    },
    setTimeout: (callback, ms, options) => clock.setTimeout(callback, ms, options),
    clearTimeout: (timer) => clock.clearTimeout(timer),
  };
}
