// One attempt to sign in: what was asked, until when, and the values that tie the redirect to it. What it asks for by default leaves
// out `offline_access` where the server does not list it.
import type { AuthorizationServer } from "oauth4webapi";
import { FLOWS, type Flow, type ResponseMode } from "../config/auth-config.js";
import type { ResolvedConfig } from "../config/config.js";
import { oneOf, positive, refuseUnknown, scopeOf, wrongOption } from "../config/option-checks.js";
import { authorizationParams, checkResponseMode } from "../config/request-options.js";
import { secretEnded, secretExpiryOf } from "../config/secret-expiry.js";
import { checkStepUp, SIGN_IN_OPTION_NAMES, type SignInOptions } from "../config/sign-in-options.js";
import type { AuthError } from "../ground/errors.js";
import type { Secret } from "../ground/secret.js";
import type { Clock } from "../ports/ports.js";
import type { SteadyClock } from "../ports/steady-clock.js";
import type { LiveSession } from "../session/session.js";
import { secretOf } from "./inside/client-authentication.js";
import { createProof, type Proof } from "./proof.js";

export interface Attempt {
  readonly id: number;
  /** Epoch milliseconds. */
  readonly deadline: number;
  readonly openBrowser: boolean;
  readonly scope: string;
  /** Nobody wrote it: the server's list has a say. */
  readonly isDefaultScope: boolean;
  readonly prompt?: string;
  readonly loginHint?: string;
  readonly flow: Flow;
  readonly maxAge?: number;
  readonly acrValues?: readonly string[];
  readonly authorizationParams: Readonly<Record<string, string>>;
  readonly responseMode: ResponseMode;
  /** What the redirect may name as the issuer instead of the server's: see `idTokenIssuer` of the configuration. */
  readonly idTokenIssuers: readonly string[];
  readonly clientSecret?: Secret<string>;
  /** Epoch milliseconds. */
  readonly clientSecretExpiresAt?: number;
  /** New for every attempt (RFC 9700 4.5.3). */
  readonly proof: Proof;
}

/**
 * Begins an attempt with fresh `state`, `nonce` and code verifier. `session`: the one there is, whose secret it may
 * be. Throws `invalid_config` for a bad option, and where the client is to show a secret that it does not have, or that has ended.
 */
export function createAttempt(
  id: number,
  options: SignInOptions,
  config: ResolvedConfig,
  clock: Clock & Partial<Pick<SteadyClock, "wall">>,
  session?: LiveSession,
): Attempt {
  refuseUnknown(options, SIGN_IN_OPTION_NAMES);
  const timeoutMs = positive("timeoutMs", options.timeoutMs ?? config.signInTimeoutMs, "milliseconds");
  const scope = scopeOf("scope", options.scope ?? config.scope);
  const flow = oneOf("flow", options.flow ?? config.flow, FLOWS);
  checkStepUp(options, scope);
  checkResponseMode(config.responseMode, flow);
  const clientSecret = secretOf(config, session?.clientSecret);
  if (!clientSecret && (config.tokenEndpointAuthMethod ?? "none") !== "none") throw secretMissing(config);
  const clientSecretExpiresAt = secretExpiryOf(config, session?.view.clientSecretExpiresAt);
  const wall = clock.wall?.() ?? clock.now();
  if (clientSecretExpiresAt !== undefined && clientSecretExpiresAt <= wall)
    throw secretEnded(clientSecretExpiresAt);
  const { prompt, loginHint, maxAge, acrValues } = options;
  return {
    id,
    deadline: clock.now() + timeoutMs,
    openBrowser: options.openBrowser ?? true,
    scope,
    isDefaultScope: config.isDefaultScope && options.scope === undefined,
    flow,
    authorizationParams: {
      ...config.authorizationParams,
      ...authorizationParams(options.authorizationParams ?? {}),
    },
    responseMode: config.responseMode,
    idTokenIssuers: config.idTokenIssuers,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(clientSecretExpiresAt === undefined ? {} : { clientSecretExpiresAt }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(loginHint === undefined ? {} : { loginHint }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(acrValues === undefined ? {} : { acrValues: [...acrValues] }),
    proof: createProof(),
  };
}

/**
 * What is really asked for: a scope that nobody wrote leaves `offline_access` out where the server lists its scopes and has
 * it not. Some refuse what they do not know.
 */
export function askedScope({ scope, isDefaultScope }: Attempt, server: AuthorizationServer): string {
  const { scopes_supported: listed } = server;
  if (!isDefaultScope || !Array.isArray(listed) || listed.includes("offline_access")) return scope;
  return scope
    .split(" ")
    .filter((each) => each !== "offline_access")
    .join(" ");
}

function secretMissing({ tokenEndpointAuthMethod: method }: ResolvedConfig): AuthError {
  return wrongOption(
    "clientSecret",
    `is missing: with tokenEndpointAuthMethod "${method}" there is one to show. Write it, or "none"`,
  );
}

/** Whether it asks for more than who somebody is: the result is checked, and must be of the person signed in. */
export function isStepUp({ maxAge, acrValues }: Pick<Attempt, "maxAge" | "acrValues">): boolean {
  return maxAge !== undefined || acrValues !== undefined;
}
