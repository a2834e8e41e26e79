// The fake server as tests see it: what it can be told, and what it recorded.
import type { Clock } from "../../ports.js";
import type { FakeClock } from "../fake-clock.js";
import type { FaultName } from "./faults/list.js";
import type { Outcome } from "./outcome.js";

/** What the server can do beside the code flow; its metadata says so, and only then do the endpoints answer. */
export type Offer = "par" | "dpop" | "device" | "registration";

export interface FakeServerOptions {
  /** A fake clock stands still while a request is being answered. */
  readonly clock: Clock & Partial<Pick<FakeClock, "holdFor">>;
  /** @default 'https://id.example' */
  readonly issuer?: string;
  /** @default 3600 */
  readonly accessTokenSeconds?: number;
  /** Members to add to the metadata, or to take away with undefined. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** @default [] */
  readonly offers?: readonly Offer[];
  /** Where the metadata is: OpenID Connect Discovery 4, or RFC 8414 3 alone. @default 'openid' */
  readonly discovery?: "openid" | "oauth";
  /** Seconds between two polls of a device (RFC 8628 3.2); undefined is not said, and means 5. @default 5 */
  readonly deviceIntervalSeconds?: number | undefined;
  /** How long a device code is good for. @default 600 */
  readonly deviceCodeSeconds?: number;
  /** An origin that is not the server's, where faults lead to. @default 'https://elsewhere.example' */
  readonly elsewhere?: string;
  /** Another origin of the server, where endpoints may be. @default 'https://other-host.example' */
  readonly otherHost?: string;
}

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
  /** What the server does wrong, see `FAULTS`; each request is answered by what is on then. @default undefined */
  fault: FaultName | readonly FaultName[] | undefined;
  /** How many of the next polls of a device are answered with `slow_down`. @default 0 */
  slowDowns: number;
}

export interface FakeServer extends Switches {
  readonly issuer: string;
  /** The server as a fetch function: follows redirects as `init.redirect` says, ends when the signal aborts. */
  readonly fetch: typeof globalThis.fetch;
  /** The same for whoever has sockets: what is to become of a request. */
  handle(request: Request): Promise<Outcome>;
  /** Every request of the client, those to other origins included. */
  readonly requests: readonly SeenRequest[];
  /** Requests that reached an origin that is not the server's: answered with 200. */
  readonly elsewhere: readonly SeenRequest[];
  /** The parameters of every authorization request, pushed ones included. */
  readonly authorizations: readonly URLSearchParams[];
  /** What the client did that a well-behaved one does not, in sentences. */
  readonly violations: readonly string[];
  /** The faults that took effect so far. */
  readonly faultsApplied: readonly FaultName[];
  /**
   * Plays the person at the authorization endpoint; the URL their browser is redirected to. A request that is wrong is
   * redirected with its `error`; throws where the server would show an error page of its own.
   */
  authorize(authorizationUrl: string, decision?: "allow" | "deny"): string;
  /** Plays the person who enters the user code of a device. Throws when nobody was given that code. */
  approveDevice(userCode: string, decision?: "allow" | "deny"): void;
  /** Every token, code and the like handed out so far: what must be found nowhere else. */
  readonly secrets: readonly string[];
  /** Spent refresh tokens that came again. */
  reuses: number;
  /** From now on only proofs with another nonce are taken; answers carry it. */
  rotateNonce(): void;
  /** Ends every grant, as an administrator would. */
  endSessions(): void;
  /** Plays the end-session endpoint; the URL the browser is redirected to. */
  endSession(url: string): string;
}
