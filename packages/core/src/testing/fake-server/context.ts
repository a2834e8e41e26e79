// What the endpoints of the fake server share.
import type { FakeServerOptions } from "./types.js";
import type { PersonSignIn, Switches } from "./switches.js";

export interface ServerContext {
  readonly options: FakeServerOptions;
  readonly issuer: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly switches: Switches;
  /** Notes what a well-behaved client does not do. */
  readonly note: (violation: string) => void;
  /** A spent refresh token came again. */
  readonly noteReuse: () => void;
  /** A new secret of this kind, noted as one. */
  readonly issue: (kind: string) => string;
  readonly secrets: string[];
}

/** What came from one authorization: all of it ends together. */
export interface Grant {
  readonly clientId: string;
  /** Of the authorization request, or of the device's. */
  readonly parameters: URLSearchParams;
  readonly signIn: PersonSignIn;
  /** Thumbprint of the key it is bound to (RFC 9449 6); a bearer's has none. */
  jkt?: string | undefined;
  isOver: boolean;
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store", ...headers } });
}

/** An error answer of the token endpoint and its like (RFC 6749 5.2). */
export function oauthError(error: string, description: string, status = 400): Response {
  return json({ error, error_description: description }, status);
}
