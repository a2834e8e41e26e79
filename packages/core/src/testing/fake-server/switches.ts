// What a test may change while the fake server runs, and the requests it may look at.

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly path: string;
  /** The body as a form. */
  readonly body: URLSearchParams;
  /** The body as it came. */
  readonly text: string;
  readonly headers: Headers;
  readonly authorization: string | null;
}

/** What a test may put in the way of one request: an answer of its own, or undefined to let the server answer. */
export type Interception = (request: SeenRequest) => Response | Promise<Response> | undefined;

/** How a person signed in. */
export interface PersonSignIn {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Authentication Context Class Reference (OpenID Connect Core 2). */
  readonly acr?: string;
}

/** What a test may change while the server runs. */
export interface Switches {
  /** Claims of the next ID tokens, over the right ones; undefined takes one away. */
  idTokenClaims: Readonly<Record<string, unknown>>;
  /** More members of every token answer. */
  tokenMembers: Readonly<Record<string, unknown>>;
  /** Asked before each request is answered. */
  intercept: Interception | undefined;
  /** When the server says that the person signed in, whatever was asked (epoch ms). @default the truth */
  signedInAt: number | undefined;
  /** How the server says that the person signed in, whatever was asked. @default the first of `acr_values` */
  acr: string | undefined;
  /** What `/api/strict` asks of a sign-in (RFC 9470 3). @default { acrValues: ['urn:strong'], maxAgeSeconds: 300 } */
  strict: { readonly acrValues: readonly string[]; readonly maxAgeSeconds?: number };
  /** Where DPoP proofs must carry the server's nonce (RFC 9449 8, 9). @default [] */
  demandsNonce: readonly ("token" | "api")[];
  /** How long a refresh token that was spent may come again (RFC 9700 4.14.2 knows none). @default 0 */
  refreshGraceSeconds: number;
  /** How many of the next polls of a device are answered with `slow_down`. @default 0 */
  slowDowns: number;
}
