// Medians, and how sure they are: 95 % intervals by the bootstrap (Efron), over whole rounds.

export interface Estimate {
  readonly median: number;
  /** The 95 % interval. */
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2_000;

export function estimate(values: readonly number[]): Estimate {
  const random = seeded(values.length);
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)]!)),
  ).toSorted((a, b) => a - b);
  return { median: median(values), low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}

/** Of two that ran in the same rounds: how many times the second the first takes. */
export function ratio(values: readonly number[], base: readonly number[]): Estimate {
  return estimate(values.map((value, round) => value / base[round]!));
}

/** Of two that ran in the same rounds: how much more the first takes. */
export function difference(values: readonly number[], base: readonly number[]): Estimate {
  return estimate(values.map((value, round) => value - base[round]!));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.round((sorted.length - 1) * part)]!;
}

/** For intervals that are the same each time the same values are looked at (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
