// What every token response (RFC 6749 5.1) must hold to, and the session it makes.
import { getValidatedIdTokenClaims, type TokenEndpointResponse } from "oauth4webapi";
import { OTHER_TOKEN_TYPES } from "../../config/reserved-parameters.js";
import { AuthError } from "../../ground/errors.js";
import { printable } from "../../ground/printable.js";
import { refreshDueAt, type Random } from "../../session/refresh-schedule.js";
import { Secret } from "../../ground/secret.js";
import { claimsToShow, type Claims, type LiveSession, type ResponseMembers } from "../../session/session.js";
import type { DPoPKey } from "../dpop.js";

export const TOKEN_ENDPOINT = "The token endpoint";

/** For oauth4webapi, which knows two types: each is judged below, where it is known what was asked for. */
export const EVERY_TOKEN_TYPE = {
  recognizedTokenTypes: new Proxy<Record<string, () => void>>({}, { get: () => () => {} }),
} as const;

/**
 * The type must be what was asked for: bound to the session's key (RFC 9449 5), else bearer. A token of another type needs
 * a proof that was never made; one that is not bound is of use to whoever steals it.
 */
export function checkAccessToken(
  { access_token, token_type }: TokenEndpointResponse,
  dpopKey: DPoPKey | undefined,
): void {
  const wanted = dpopKey ? "dpop" : "bearer";
  if (token_type !== wanted)
    throw unusable(
      `a ${printable(token_type, 40)} token where a ${wanted} token was asked for`,
      "token_type",
      dpopKey ? undefined : hintForType(token_type),
    );
  // What is no token at all could end a header and begin another (RFC 6749 A.12).
  if (!/^[\x20-\x7e]+$/.test(access_token))
    throw unusable("an access token that no header can carry", "access_token");
}

/** What the app's author must know of the server to go on. */
function hintForType(type: string): string | undefined {
  if (type === "dpop") return 'The server binds tokens to keys: set "dpop: true".';
  if (OTHER_TOKEN_TYPES.has(type)) return undefined;
  const word = JSON.stringify(printable(type, 40));
  return `If that is the server's word for a bearer token, set "bearerTokenTypes: [${word}]".`;
}

function unusable(what: string, detail: string, hint?: string): AuthError {
  return new AuthError("invalid_response", `${TOKEN_ENDPOINT} sent ${what}.`, { detail, hint });
}

/** Thirty years. What is longer has no end that anybody will see, and numbers that nobody can reckon with. */
const LONGEST_LIFE_SECONDS = 1e9;

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
  readonly dpopKey: DPoPKey | undefined;
  readonly clientSecret: Secret<string> | undefined;
  /** Epoch milliseconds. */
  readonly clientSecretExpiresAt: number | undefined;
  /** Members of the answer that the app wants to see. */
  readonly keeps: readonly string[];
}

export function toSession(tokens: TokenEndpointResponse, facts: SessionFacts): LiveSession {
  const { before, askedAt } = facts;
  const validated: Claims | undefined = getValidatedIdTokenClaims(tokens);
  const claims = validated ? claimsToShow(validated) : before?.view.claims;
  const subject = claims?.["sub"] ?? before?.view.subject;
  const idTokenIssuer = validated?.["iss"] ?? before?.idTokenIssuer;
  const { expires_in: seconds } = tokens;
  const expiresAt =
    seconds === undefined ? undefined : askedAt + Math.min(seconds, LONGEST_LIFE_SECONDS) * 1000;
  // No new refresh token means keep the old one (RFC 6749 6).
  const refreshToken = secret(tokens.refresh_token) ?? before?.tokens.refreshToken;
  const idToken = secret(tokens.id_token) ?? before?.tokens.idToken;
  const response = membersToShow(tokens, facts);
  const { clientSecretExpiresAt } = facts;
  return {
    id: facts.id,
    generation: facts.generation,
    view: {
      scope: tokens.scope?.split(" ").filter(Boolean) ?? facts.scope,
      ...(typeof subject === "string" ? { subject } : {}),
      ...(claims === undefined ? {} : { claims }),
      ...(response === undefined ? {} : { response }),
      ...(expiresAt === undefined ? {} : { accessTokenExpiresAt: expiresAt }),
      ...(clientSecretExpiresAt === undefined ? {} : { clientSecretExpiresAt }),
    },
    tokens: {
      accessToken: new Secret(tokens.access_token),
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(idToken === undefined ? {} : { idToken }),
    },
    ...(typeof idTokenIssuer === "string" ? { idTokenIssuer } : {}),
    ...(before?.machine === undefined ? {} : { machine: before.machine }),
    ...(before?.others === undefined ? {} : { others: before.others }),
    ...(before?.apiTokens === undefined ? {} : { apiTokens: before.apiTokens }),
    ...(facts.dpopKey === undefined ? {} : { dpopKey: facts.dpopKey }),
    ...(facts.clientSecret === undefined ? {} : { clientSecret: facts.clientSecret }),
    ...(expiresAt === undefined || refreshToken === undefined
      ? {}
      : { refreshDueAt: refreshDueAt(askedAt, expiresAt, facts.random) }),
  };
}

const LONGEST_MEMBER = 2_048;

/**
 * Those of an earlier answer stay where this one does not name them, also those that only another program with this session asks
 * for. What equals a token or a secret is left out.
 */
function membersToShow(
  answer: TokenEndpointResponse,
  { keeps, before, clientSecret }: SessionFacts,
): ResponseMembers | undefined {
  const earlier = before?.view.response;
  if (keeps.length === 0 && earlier === undefined) return undefined;
  const { access_token, refresh_token, id_token } = answer;
  const { accessToken, refreshToken, idToken } = before?.tokens ?? {};
  const kept = [accessToken, refreshToken, idToken, clientSecret].map((each) => each?.reveal());
  const hidden = new Set<unknown>([access_token, refresh_token, id_token, ...kept]);
  const names = new Set([...keeps, ...Object.keys(earlier ?? {})]);
  const shown = [...names].flatMap((name) => {
    const value = Object.hasOwn(answer, name) ? answer[name] : earlier?.[name];
    return isShowable(value) && !hidden.has(value) ? [[name, value] as const] : [];
  });
  return Object.fromEntries(shown);
}

function isShowable(value: unknown): value is string | number | boolean {
  if (typeof value === "string") return value.length <= LONGEST_MEMBER;
  return typeof value === "number" || typeof value === "boolean";
}

function secret(value: string | undefined): Secret<string> | undefined {
  return value === undefined ? undefined : new Secret(value);
}
