// When to refresh, and when to try again after a failure. Pure: the randomness comes from the caller.

/** A number from 0 to 1, as Math.random gives it. */
export type Random = () => number;

const LONGEST_MARGIN_MS = 300_000;
/** Of the token's life: many machines that signed in together must not come back together. */
const RANDOM_PART = 0.2;
/** A server that gives tokens without a life must not be asked without a pause. */
const SHORTEST_LIFE_MS = 1_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 300_000;
/** A server that asks for more than this is asked again all the same. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** How often a process tries to save before it may end: after 1, 2, 4, 8 and 16 seconds, half a minute in all. */
export const SAVES_TO_STAY_FOR = 5;

/**
 * A tenth of the token's life before it ends, five minutes at the most, and up to a fifth of its life earlier; never within
 * its first second.
 */
export function refreshDueAt(obtainedAt: number, expiresAt: number, random: Random): number {
  const life = expiresAt - obtainedAt;
  const dueAt = expiresAt - Math.min(life / 10, LONGEST_MARGIN_MS) - life * RANDOM_PART * random();
  return Math.max(dueAt, obtainedAt + SHORTEST_LIFE_MS);
}

/**
 * Doubles with every failure in a row, up to five minutes, less up to half of it; never before the server's own
 * `Retry-After`, up to an hour. @param failures how many so far, from 1
 */
export function retryDelayMs(failures: number, random: Random, retryAfterMs = 0): number {
  const longest = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
  return Math.max(longest * (1 - random() / 2), waitAskedForMs(retryAfterMs));
}

/** The server's own `Retry-After`, up to an hour: nothing is sent before, unless somebody asks for it on purpose. */
export function waitAskedForMs(retryAfterMs = 0): number {
  return Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
}
