// Time that counts sleep and that no setting moves.
import { uptime } from "node:os";
import { monotonicMs } from "../ground/monotonic.js";

export interface TimeSources {
  /** Milliseconds, finely; may stand still while the machine sleeps. @default the clock of performance.now */
  readonly awake?: () => number;
  /** Seconds since the machine was started, its sleep included. @default os.uptime */
  readonly sinceBoot?: () => number;
  readonly platform?: NodeJS.Platform;
}

/** What the coarseness of the time since boot (10 ms on Linux, 16 on Windows) and a pause between two looks may make. */
const NOT_SLEEP_MS = 100;

/**
 * Milliseconds since some moment: fine as `performance.now()`, and the machine's sleep in it. Never goes back. What libuv
 * offers for it:
 *
 * - Linux: `performance.now()` (CLOCK_MONOTONIC) stops in sleep, `os.uptime()` (/proc/uptime, which is CLOCK_BOOTTIME) does
 *   not; it has 10 ms, and a look costs 7 µs.
 * - Windows: `os.uptime()` is GetTickCount64, which counts sleep and hibernation (libuv#3470).
 * - macOS: `performance.now()` counts sleep itself (mach_continuous_time, libuv#2894); `os.uptime()` is made of the wall
 *   clock and whole seconds, and is of no use here.
 */
export function createElapsed(sources: TimeSources = {}): () => number {
  const { awake = monotonicMs, sinceBoot = uptime, platform = process.platform } = sources;
  if (platform === "darwin") return awake;
  /** How far the time since boot is ahead: it grows with each sleep. */
  let ahead: number | undefined;
  return () => {
    const now = awake();
    const seen = sinceBoot() * 1_000 - now;
    // Sleep that is too short to be told from coarseness adds up until it is not.
    if (ahead === undefined || seen > ahead + NOT_SLEEP_MS) ahead = seen;
    return now + ahead;
  };
}
