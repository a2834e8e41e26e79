// What a signed-in person has: the public view of it, and the tokens behind it.
import type { Reason } from "../ground/errors.js";
import type { Secret } from "../ground/secret.js";

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
}

/** What a server says beside the tokens; no token. */
export type ResponseMembers = Readonly<Record<string, string | number | boolean>>;

/** Why the last refresh did not succeed, and when the next one is tried. The session stays. */
export type Degraded = Reason & {
  /** Epoch milliseconds. */
  readonly nextRetryAt: number;
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
  /** What the client shows at the token endpoint, where the app has one. */
  readonly clientSecret?: Secret<string>;
  /** The refresh token came beside an ID token of somebody else: what it brings is refused until an ID token says whose it is. */
  readonly subjectInDoubt?: boolean;
  /** When to mint the next access token, in epoch milliseconds; absent when it does not expire or cannot be minted. */
  readonly refreshDueAt?: number;
}

/** What of an ID token is the app's to see: `nonce` tied it to one request, and is nobody's business after that. */
export function claimsToShow(claims: Claims): Claims {
  const { nonce: _, ...rest } = claims;
  return rest;
}

/** Whether the access token in memory will still be valid at `at` (epoch ms). */
export function hasAccessToken({ tokens, view }: LiveSession, at: number): boolean {
  return tokens.accessToken !== undefined && (view.accessTokenExpiresAt ?? Infinity) > at;
}

/** Whether anything can still come of it: a token that is valid, or the means to get one. */
export function isUsable(session: LiveSession, now: number): boolean {
  return session.tokens.refreshToken !== undefined || hasAccessToken(session, now);
}

/** Whether a new access token is wanted now: there is none, or it is about to expire. */
export function isRefreshDue({ tokens, refreshDueAt }: LiveSession, now: number): boolean {
  if (tokens.refreshToken === undefined) return false;
  return tokens.accessToken === undefined || (refreshDueAt !== undefined && refreshDueAt <= now);
}
