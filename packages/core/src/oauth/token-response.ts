// What every token response (RFC 6749 5.1) must hold to, and the session it makes.
import { getValidatedIdTokenClaims, type TokenEndpointResponse } from "oauth4webapi";
import { AuthError } from "../errors.js";
import { refreshDueAt, type Random } from "../schedule.js";
import { Secret } from "../secret.js";
import type { LiveSession } from "../session.js";

export const TOKEN_ENDPOINT = "The token endpoint";

/** A token of another type needs a proof that was never made: using it as a bearer token would be a lie. */
export function requireBearer({ token_type }: TokenEndpointResponse): void {
  if (token_type === "bearer") return;
  throw new AuthError(
    "invalid_response",
    `${TOKEN_ENDPOINT} sent a ${token_type} token where a bearer token was asked for.`,
    { detail: "token_type" },
  );
}

export interface SessionFacts {
  readonly id: string;
  readonly generation: number;
  /** When the request was sent, in epoch milliseconds: the token is at least this old. */
  readonly askedAt: number;
  /** What was asked for; it stands where the answer names no scope. */
  readonly scope: readonly string[];
  readonly random: Random;
  /** What an answer without these leaves as it was. */
  readonly before?: LiveSession;
}

export function toSession(tokens: TokenEndpointResponse, facts: SessionFacts): LiveSession {
  const { before, askedAt } = facts;
  const claims = getValidatedIdTokenClaims(tokens) ?? before?.view.claims;
  const subject = claims?.["sub"] ?? before?.view.subject;
  const expiresAt = tokens.expires_in === undefined ? undefined : askedAt + tokens.expires_in * 1000;
  // No new refresh token means keep the old one (RFC 6749 6).
  const refreshToken = secret(tokens.refresh_token) ?? before?.tokens.refreshToken;
  const idToken = secret(tokens.id_token) ?? before?.tokens.idToken;
  return {
    id: facts.id,
    generation: facts.generation,
    view: {
      scope: tokens.scope?.split(" ").filter(Boolean) ?? facts.scope,
      ...(typeof subject === "string" ? { subject } : {}),
      ...(claims === undefined ? {} : { claims }),
      ...(expiresAt === undefined ? {} : { accessTokenExpiresAt: expiresAt }),
    },
    tokens: {
      accessToken: new Secret(tokens.access_token),
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(idToken === undefined ? {} : { idToken }),
    },
    ...(expiresAt === undefined || refreshToken === undefined
      ? {}
      : { refreshDueAt: refreshDueAt(askedAt, expiresAt, facts.random) }),
  };
}

function secret(value: string | undefined): Secret<string> | undefined {
  return value === undefined ? undefined : new Secret(value);
}
