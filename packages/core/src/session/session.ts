// What a signed-in person has: the public view of it, and the tokens behind it.
import type { TokenTarget } from "../config/api-origins.js";
import type { Reason } from "../ground/errors.js";
import type { Secret } from "../ground/secret.js";
import { isGrantRefused, type RefusedGrant } from "./refused-in-other-words.js";

/** Claims of the ID token or of the userinfo endpoint (OpenID Connect Core 5.1). */
export type Claims = Readonly<Record<string, unknown>>;

/** Who is signed in and what was granted. No token in it. */
export interface Session {
  /** `sub` of the ID token; absent without scope `openid`. */
  readonly subject?: string;
  /** The claims of the validated ID token, without its spent `nonce`. */
  readonly claims?: Claims;
  /** What the server granted, which may differ from what was asked for (RFC 6749 5.1). */
  readonly scope: readonly string[];
  /** The members of the token answer that `keepResponseMembers` names. */
  readonly response?: ResponseMembers;
  /** Of the access token in memory, in epoch milliseconds; absent when there is none, or the server did not say. */
  readonly accessTokenExpiresAt?: number;
  /** When the client's secret ends, in epoch milliseconds, where that is known: register the client again before. */
  readonly clientSecretExpiresAt?: number;
}

/** What a server says beside the tokens; no token. */
export type ResponseMembers = Readonly<Record<string, string | number | boolean>>;

/** Why the last refresh did not succeed, and when the next one is tried. The session stays. */
export type Degraded = Reason & {
  /** Epoch milliseconds. Absent: it is not tried again by itself, for the server has refused it. */
  readonly nextRetryAt?: number;
};

/** The tokens of a session, as the token endpoint gave them. */
interface Tokens {
  /** Absent after a start, until one is minted from the refresh token. */
  readonly accessToken?: Secret<string>;
  readonly refreshToken?: Secret<string>;
  readonly idToken?: Secret<string>;
}

/** The private key that a session's tokens are bound to, as JSON (RFC 7518 6.2.2). A type of our own: not every runtime's declarations have one. */
export interface PrivateJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

/** An access token, and the key it must be shown with. */
export interface AccessToken {
  readonly value: string;
  readonly dpopKey?: Secret<PrivateJwk>;
}

/** What other versions of this app have written into the stored record: it is handed on. */
export interface OthersMembers {
  readonly record: Readonly<Record<string, unknown>>;
  /** Of the access token that it was kept with, and of no later one. */
  readonly accessToken?: {
    readonly of: Secret<string>;
    readonly members: Readonly<Record<string, unknown>>;
  };
}

/** An access token for another API than the session's own, from the same grant (RFC 8707 2.2). */
export interface ApiToken extends TokenTarget {
  readonly accessToken: Secret<string>;
  /** Epoch milliseconds. */
  readonly expiresAt?: number;
  /** When to ask for the next one, in epoch milliseconds. */
  readonly dueAt?: number;
  /** What another version of this app has stored beside it. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** A session with its tokens: what the machine holds while a person is signed in. */
export interface LiveSession {
  /** New at each sign-in. */
  readonly id: string;
  /** Grows with every save. */
  readonly generation: number;
  readonly view: Session;
  readonly tokens: Tokens;
  /** What the tokens are bound to (RFC 9449); absent: they are bearer tokens. */
  readonly dpopKey?: Secret<PrivateJwk>;
  /** The one that came last at the end. */
  readonly apiTokens?: readonly ApiToken[];
  /** What the client shows at the token endpoint, where the app has one. */
  readonly clientSecret?: Secret<string>;
  /** `iss` of the ID token: the same `sub` of another issuer is somebody else. */
  readonly idTokenIssuer?: string;
  /**
   * The refresh token came beside an ID token that is not this person's: what it brings is refused until an ID token says
   * whose it is.
   */
  readonly subjectInDoubt?: boolean;
  /** How many answers in a row have not said so. */
  readonly answersInDoubt?: number;
  /** The server has refused the refresh token of that generation, in other words than that the grant is over. */
  readonly refused?: RefusedGrant;
  /** Where the person signed in, where that is known. */
  readonly machine?: string;
  readonly others?: Secret<OthersMembers>;
  /** When to mint the next access token, in epoch milliseconds; absent when it does not expire or cannot be minted. */
  readonly refreshDueAt?: number;
}

/** What of an ID token is the app's to see: `nonce` tied it to one request, and is nobody's business after that. */
export function claimsToShow(claims: Claims): Claims {
  const { nonce: _, ...rest } = claims;
  return rest;
}

/**
 * The same `sub` of the same issuer (OpenID Connect Core 5.7); where one of them does not say whose ID token it had, the
 * same `sub`.
 */
export function isSamePerson(a: LiveSession, b: LiveSession): boolean {
  const isSameIssuer =
    a.idTokenIssuer === undefined || b.idTokenIssuer === undefined || a.idTokenIssuer === b.idTokenIssuer;
  return a.view.subject === b.view.subject && isSameIssuer;
}

/** Answers that leave it open whose they are, until it is no use to ask for more. */
const MOST_ANSWERS_IN_DOUBT = 3;

/** Whether only a sign-in can say whose it is. */
export function isPastProof({ subjectInDoubt, answersInDoubt = 0 }: LiveSession): boolean {
  return subjectInDoubt === true && answersInDoubt >= MOST_ANSWERS_IN_DOUBT;
}

/** Whether there is a refresh token that may be sent. `isForced`: although it was refused. */
export function isRenewable(session: LiveSession, isForced = false): boolean {
  const mayBeSent = isForced || !isGrantRefused(session);
  return session.tokens.refreshToken !== undefined && !isPastProof(session) && mayBeSent;
}

/** Whether the access token in memory will still be valid at `at` (epoch ms). */
export function hasAccessToken({ tokens, view }: LiveSession, at: number): boolean {
  return tokens.accessToken !== undefined && (view.accessTokenExpiresAt ?? Infinity) > at;
}

/**
 * Whether the access token is what a caller gets: good for that long, or, where nothing is said, not due for renewal yet. `now`
 * and `minValidityMs` in milliseconds.
 */
export function isGoodFor(session: LiveSession, now: number, minValidityMs: number | undefined): boolean {
  if (!hasAccessToken(session, now + (minValidityMs ?? 0))) return false;
  return minValidityMs !== undefined || !isRefreshDue(session, now);
}

/** Whether anything can still come of it: a token that is valid, or the means to get one. */
export function isUsable(session: LiveSession, now: number): boolean {
  return isRenewable(session, true) || hasAccessToken(session, now);
}

/** Whether a new access token is wanted now: there is none, or it is about to expire. */
export function isRefreshDue(session: LiveSession, now: number): boolean {
  const { tokens, refreshDueAt } = session;
  if (!isRenewable(session)) return false;
  return tokens.accessToken === undefined || (refreshDueAt !== undefined && refreshDueAt <= now);
}
