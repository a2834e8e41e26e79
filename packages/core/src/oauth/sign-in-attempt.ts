// One attempt to sign in: what was asked, until when, and the values that tie the redirect to it.
import { FLOWS, type Flow, type ResolvedConfig } from "../config/config.js";
import { oneOf, positive, refuseUnknown, text } from "../config/option-checks.js";
import { checkStepUp, SIGN_IN_OPTION_NAMES, type SignInOptions } from "../config/sign-in-options.js";
import type { Clock } from "../ports/ports.js";
import { createProof, type Proof } from "./proof.js";

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
  refuseUnknown(options, SIGN_IN_OPTION_NAMES);
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

/** Whether it asks for more than who somebody is: the result is checked, and must be of the person signed in. */
export function isStepUp({ maxAge, acrValues }: Pick<Attempt, "maxAge" | "acrValues">): boolean {
  return maxAge !== undefined || acrValues !== undefined;
}
