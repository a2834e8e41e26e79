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
  /** Ends this call's wait; a refresh that is under way goes on. */
  readonly signal?: AbortSignal;
}

const NAMES: readonly (keyof AccessTokenOptions)[] = ["minValidityMs", "forceRefresh", "signal"];

/** Throws `invalid_config`. */
export function checkAccessTokenOptions(options: AccessTokenOptions): void {
  refuseUnknown(options, NAMES);
  // With NaN no token would ever be valid for long enough: each call would ask the server.
  if (options.minValidityMs !== undefined)
    notNegative("minValidityMs", options.minValidityMs, "milliseconds");
}
