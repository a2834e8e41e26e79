// What an app may ask of one sign-in.
import { requestsOpenId } from "./reserved-parameters.js";
import type { Flow } from "./auth-config.js";
import { wrongOption } from "./option-checks.js";

/** Of one sign-in. */
export interface SignInOptions {
  /** Gives up this call's wait; the sign-in itself is cancelled when no call waits for it any more. */
  readonly signal?: AbortSignal;
  /** `false`: do not open a browser; the app shows `state.url`. @default true */
  readonly openBrowser?: boolean;
  /** How long to wait for the person, in milliseconds. @default `signInTimeoutMs` of the configuration */
  readonly timeoutMs?: number;
  /** Space-separated; sent as it is, also an empty one. @default `scope` of the configuration */
  readonly scope?: string;
  /** `prompt` (OpenID Connect Core 3.1.2.1): `login`, `consent`, `select_account`, `none`. */
  readonly prompt?: string;
  /** `login_hint`: who will probably sign in. */
  readonly loginHint?: string;
  /** The way in. @default `flow` of the configuration */
  readonly flow?: Flow;
  /**
   * `max_age`: how long ago the person may have signed in at the server, in seconds; 0: now. Checked against `auth_time`
   * of the ID token (OpenID Connect Core 3.1.3.7), so it needs scope `openid`.
   */
  readonly maxAge?: number;
  /**
   * `acr_values`: how strong the sign-in must be, by the server's names, the best first (RFC 9470). `acr` of the ID token
   * must be one of them, so it needs scope `openid`.
   */
  readonly acrValues?: readonly string[];
  /** More parameters of this authorization request; they win over those of the configuration. @default {} */
  readonly authorizationParams?: Readonly<Record<string, string>>;
}

export const SIGN_IN_OPTION_NAMES: readonly (keyof SignInOptions)[] = [
  "signal",
  "openBrowser",
  "timeoutMs",
  "scope",
  "prompt",
  "loginHint",
  "flow",
  "maxAge",
  "acrValues",
  "authorizationParams",
];

/** Whether two calls ask for the same sign-in, so that the second may join the first. */
export function asksTheSame(a: SignInOptions, b: SignInOptions): boolean {
  return SIGN_IN_OPTION_NAMES.every(
    (name) => name === "signal" || JSON.stringify(a[name]) === JSON.stringify(b[name]),
  );
}

/** A step-up is checked against the ID token, so it must bring one. Throws `invalid_config`. */
export function checkStepUp({ maxAge, acrValues }: SignInOptions, scope: string): void {
  if (maxAge !== undefined && !(Number.isSafeInteger(maxAge) && maxAge >= 0))
    throw wrongOption("maxAge", "must be a whole number of seconds, like 300");
  const isList =
    Array.isArray(acrValues) && acrValues.length > 0 && acrValues.every((value) => /^[^\s"]+$/.test(value));
  if (acrValues !== undefined && !isList)
    throw wrongOption("acrValues", 'must be a list of the server\'s names without spaces, like ["phr"]');
  const name = maxAge === undefined ? "acrValues" : "maxAge";
  if ((maxAge !== undefined || acrValues !== undefined) && !requestsOpenId(scope))
    throw wrongOption(name, 'needs "openid" in the scope: the ID token says whether it holds');
}
