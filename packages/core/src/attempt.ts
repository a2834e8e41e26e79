// One attempt to sign in: what was asked, until when, and the values that tie the redirect to it.
import { createProof, type Proof } from "./oauth/proof.js";
import type { ResolvedConfig } from "./config.js";
import { AuthError } from "./errors.js";
import type { Clock } from "./ports.js";

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
}

const OPTION_NAMES = ["signal", "openBrowser", "timeoutMs", "scope", "prompt", "loginHint"];

export interface Attempt {
  readonly id: number;
  /** Epoch milliseconds. */
  readonly deadline: number;
  readonly openBrowser: boolean;
  readonly scope: string;
  readonly prompt?: string;
  readonly loginHint?: string;
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
  const unknown = Object.keys(options).find((name) => !OPTION_NAMES.includes(name));
  if (unknown !== undefined)
    throw wrongOption(unknown, `is not known; signIn() takes ${OPTION_NAMES.join(", ")}`);
  const timeoutMs = options.timeoutMs ?? config.signInTimeoutMs;
  if (!(Number.isFinite(timeoutMs) && timeoutMs > 0))
    throw wrongOption("timeoutMs", "must be a positive number of milliseconds, like 300_000");
  const scope = options.scope ?? config.scope;
  if (typeof scope !== "string" || scope.trim() === "")
    throw wrongOption("scope", `must be a space-separated list, like "openid offline_access"`);
  return {
    id,
    deadline: clock.now() + timeoutMs,
    openBrowser: options.openBrowser ?? true,
    scope,
    ...(options.prompt === undefined ? {} : { prompt: options.prompt }),
    ...(options.loginHint === undefined ? {} : { loginHint: options.loginHint }),
    proof: createProof(),
  };
}

/** Whether two calls ask for the same sign-in, so that the second may join the first. */
export function asksTheSame(a: SignInOptions, b: SignInOptions): boolean {
  return OPTION_NAMES.every(
    (name) => name === "signal" || a[name as keyof SignInOptions] === b[name as keyof SignInOptions],
  );
}

function wrongOption(name: string, why: string): AuthError {
  return new AuthError("invalid_config", `The option "${name}" ${why}.`, { detail: name });
}
