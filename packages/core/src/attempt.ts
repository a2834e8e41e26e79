// One attempt to sign in: what was asked, until when, and the values that tie the redirect to it.
import { FLOWS, type Flow, type ResolvedConfig } from "./config.js";
import { requestsOpenId } from "./oauth/authorization-request.js";
import { createProof, type Proof } from "./oauth/proof.js";
import { oneOf, positive, refuseUnknown, text, wrongOption } from "./options.js";
import type { Clock } from "./ports.js";

/** Of one sign-in. */
export interface SignInOptions {
  /** Gives up this call's wait; the sign-in itself is cancelled when no call waits for it any more. */
  readonly signal?: AbortSignal;
  /** `false`: do not open a browser; the app shows `state.url`. @default true */
  readonly openBrowser?: boolean;
  /** How long to wait for the person, in milliseconds. @default `signInTimeoutMs` of the configuration */
  readonly timeoutMs?: number;
  /** Space-separated. @default `scope` of the configuration */
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
}

const OPTION_NAMES: readonly (keyof SignInOptions)[] = [
  "signal",
  "openBrowser",
  "timeoutMs",
  "scope",
  "prompt",
  "loginHint",
  "flow",
  "maxAge",
  "acrValues",
];

export interface Attempt {
  readonly id: number;
  /** Epoch milliseconds. */
  readonly deadline: number;
  readonly openBrowser: boolean;
  readonly scope: string;
  readonly prompt?: string;
  readonly loginHint?: string;
  readonly flow: Flow;
  readonly maxAge?: number;
  readonly acrValues?: readonly string[];
  /** New for every attempt (RFC 9700 4.5.3). */
  readonly proof: Proof;
}

/** Begins an attempt with fresh `state`, `nonce` and code verifier. Throws `invalid_config` for a bad option. */
export function createAttempt(
  id: number,
  options: SignInOptions,
  config: ResolvedConfig,
  clock: Clock,
): Attempt {
  refuseUnknown(options, OPTION_NAMES);
  const timeoutMs = positive("timeoutMs", options.timeoutMs ?? config.signInTimeoutMs, "milliseconds");
  const scope = text("scope", options.scope ?? config.scope, 'a list like "openid offline_access"');
  checkStepUp(options, scope);
  const { prompt, loginHint, maxAge, acrValues } = options;
  return {
    id,
    deadline: clock.now() + timeoutMs,
    openBrowser: options.openBrowser ?? true,
    scope,
    flow: oneOf("flow", options.flow ?? config.flow, FLOWS),
    ...(prompt === undefined ? {} : { prompt }),
    ...(loginHint === undefined ? {} : { loginHint }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(acrValues === undefined ? {} : { acrValues: [...acrValues] }),
    proof: createProof(),
  };
}

/** Whether two calls ask for the same sign-in, so that the second may join the first. */
export function asksTheSame(a: SignInOptions, b: SignInOptions): boolean {
  return OPTION_NAMES.every(
    (name) => name === "signal" || JSON.stringify(a[name]) === JSON.stringify(b[name]),
  );
}

/** Whether it asks for more than who somebody is: the result is checked, and must be of the person signed in. */
export function isStepUp({ maxAge, acrValues }: Pick<Attempt, "maxAge" | "acrValues">): boolean {
  return maxAge !== undefined || acrValues !== undefined;
}

function checkStepUp({ maxAge, acrValues }: SignInOptions, scope: string): void {
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
