// What a caller may say of the access token that it wants, and its checks.
import { notNegative, refuseUnknown } from "./option-checks.js";

/** Options of `getAccessToken`. */
export interface AccessTokenOptions {
  /**
   * How long the token must still be valid, in milliseconds. A fresh token is given out even if the server makes it
   * shorter. @default until the refresh is due: a tenth of its life, five minutes at the most
   */
  readonly minValidityMs?: number;
  /** Ask the server for a new token whatever the one in memory is. @default false */
  readonly forceRefresh?: boolean;
  /**
   * A token for this API alone (RFC 8707 2.2), from the same session: an absolute URI without a fragment, among what the
   * sign-in asked for where the server wants that. Kept by itself, and asked for once for all callers; it changes nothing of
   * the session but its refresh token. What the server refuses of it rejects this call, and leaves the session as it is.
   * @default the session's own token
   */
  readonly resource?: string;
  /** A token with this scope alone, in the same way (RFC 6749 6); space-separated. @default that of the session */
  readonly scope?: string;
  /** Ends this call's wait; a refresh that is under way goes on. */
  readonly signal?: AbortSignal;
}

const NAMES: readonly (keyof AccessTokenOptions)[] = [
  "minValidityMs",
  "forceRefresh",
  "resource",
  "scope",
  "signal",
];

/** Throws `invalid_config`. */
export function checkAccessTokenOptions(options: AccessTokenOptions): void {
  refuseUnknown(options, NAMES);
  // With NaN no token would ever be valid for long enough: each call would ask the server.
  if (options.minValidityMs !== undefined)
    notNegative("minValidityMs", options.minValidityMs, "milliseconds");
}
