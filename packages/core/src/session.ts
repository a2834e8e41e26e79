// What a signed-in person has: the public view of it, and the tokens behind it.
import type { Secret } from "./secret.js";

/** Claims of the ID token or of the userinfo endpoint (OpenID Connect Core 5.1). */
export type Claims = Readonly<Record<string, unknown>>;

/** Who is signed in and what was granted. No token in it. */
export interface Session {
  /** `sub` of the ID token; absent without scope `openid`. */
  readonly subject?: string;
  /** The claims of the validated ID token. */
  readonly claims?: Claims;
  /** What the server granted, which may differ from what was asked for (RFC 6749 5.1). */
  readonly scope: readonly string[];
  /** Epoch milliseconds; absent when the server did not say. */
  readonly accessTokenExpiresAt?: number;
}

/** The tokens of a session, as the token endpoint gave them. */
export interface Tokens {
  readonly accessToken: Secret<string>;
  readonly refreshToken?: Secret<string>;
  readonly idToken?: Secret<string>;
}

/** A session with its tokens: what the machine holds while a person is signed in. */
export interface LiveSession {
  /** New at each sign-in. */
  readonly id: string;
  /** Grows with every save. */
  readonly generation: number;
  readonly issuer: string;
  readonly view: Session;
  readonly tokens: Tokens;
}

/** The session as one line of text for the store. Holds secrets: hand it to nothing but the store. */
export function encodeRecord(session: LiveSession, clientId: string, savedAt: number): string {
  return JSON.stringify({
    v: 1,
    sessionId: session.id,
    generation: session.generation,
    issuer: session.issuer,
    clientId,
    subject: session.view.subject,
    refreshToken: session.tokens.refreshToken?.reveal(),
    idToken: session.tokens.idToken?.reveal(),
    scope: session.view.scope,
    savedAt,
  });
}
