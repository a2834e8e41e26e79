// When to refresh, and when to try again after a failure. Pure: the randomness comes from the caller.

const LONGEST_MARGIN_MS = 300_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 300_000;

/** A tenth of the token's life before it ends, five minutes at the most. */
export function refreshDueAt(obtainedAt: number, expiresAt: number): number {
  return expiresAt - Math.min((expiresAt - obtainedAt) / 10, LONGEST_MARGIN_MS);
}

/** Doubles with every failure in a row, up to five minutes. @param failures how many so far, from 1 */
export function retryDelayMs(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
}
