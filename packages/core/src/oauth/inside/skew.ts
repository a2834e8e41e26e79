// How far the server's clock is from ours, measured from the Date header of its answers (RFC 9110 6.6.1).
import type { Clock } from "../../ports/ports.js";

export interface SkewMeter {
  /** What to add to our time to get the server's, in milliseconds; 0 while it is within the tolerance. */
  milliseconds(): number;
  /** Takes one answer into account. */
  measure(headers: Headers, sentAt: number): void;
}

export interface SkewMeterOptions {
  readonly clock: Clock;
  /** Below this it is not worth a word: tokens are checked with that much tolerance anyway. */
  readonly toleranceMs: number;
  /** Told when the clocks begin to differ by more than the tolerance. */
  readonly onSkew: (milliseconds: number) => void;
}

export function createSkewMeter({ clock, toleranceMs, onSkew }: SkewMeterOptions): SkewMeter {
  let skew = 0;
  return {
    milliseconds: () => skew,
    measure(headers, sentAt) {
      const measured = measureSkew(headers, { sentAt, now: clock.now(), toleranceMs });
      if (measured === undefined) return;
      if (measured !== 0 && skew === 0) onSkew(measured);
      skew = measured;
    },
  };
}

export interface AnswerTimes {
  readonly sentAt: number;
  readonly now: number;
  readonly toleranceMs: number;
}

/** No server that keeps sessions has another time than one of these years. */
const [EARLIEST, LATEST] = [Date.UTC(2020), Date.UTC(2100)];
/** Further apart one of two clocks must say so by itself: a machine that has lost its time starts at an epoch of long ago. */
const FURTHEST_MS = 2 * 366 * 86_400_000;

/** What one answer says: 0 within the tolerance, undefined when it names no time, or one that cannot be. */
export function measureSkew(headers: Headers, { sentAt, now, toleranceMs }: AnswerTimes): number | undefined {
  const header = headers.get("date") ?? "";
  const date = header.endsWith("GMT") ? Date.parse(header) : NaN;
  if (!(date >= EARLIEST && date < LATEST)) return undefined;
  if (Math.abs(date - now) > FURTHEST_MS && now >= EARLIEST) return undefined;
  // The header has whole seconds and was written some time between the request and the answer.
  const earliest = date - now;
  const latest = date + 999 - sentAt;
  const isWithin = earliest <= toleranceMs && latest >= -toleranceMs;
  return isWithin ? 0 : Math.round((earliest + latest) / 2);
}
