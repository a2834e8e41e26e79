// What a sign-out came to.

/** What was done of a sign-out: `failed` was tried in vain, `skipped` was not wanted or not needed. */
export type SignOutStep = "done" | "failed" | "unsupported" | "skipped";

/** What was done of a sign-out, item by item. */
export interface SignOutResult {
  /** The session in the store. */
  readonly local: SignOutStep;
  /** The tokens at the server (RFC 7009). */
  readonly revocation: SignOutStep;
  /** The person's session at the server (RP-initiated logout), through the browser. */
  readonly endSession: SignOutStep;
}
