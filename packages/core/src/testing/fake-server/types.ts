// The fake server as tests see it: what it can be told, and what it recorded.
import type { Clock } from "../../ports/ports.js";
import type { FakeClock } from "../fake-clock.js";
import type { Difference } from "./differences.js";
import type { FaultName, FaultSwitch } from "./faults/list.js";
import type { Outcome } from "./outcome.js";
import type { ScriptedAnswer } from "./script.js";
import type { SeenRequest, Switches } from "./switches.js";

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
  /** The app has a secret, and shows it in one of these ways. @default a public client, which shows none */
  readonly clientAuth?: {
    readonly secret: string;
    /** @default both */
    readonly methods?: readonly ("client_secret_post" | "client_secret_basic")[];
  };
  /** Where the metadata is: OpenID Connect Discovery 4, or RFC 8414 3 alone. @default 'openid' */
  readonly discovery?: "openid" | "oauth";
  /** Another path, where the metadata is alone. */
  readonly metadataPath?: string;
  /** What it differs in from what the specifications say, without being wrong enough to be refused. @default [] */
  readonly differs?: readonly Difference[];
  /** How far its clock is ahead of the client's, in milliseconds; negative: behind. Its answers say so then (`Date`). @default 0 */
  readonly clockAheadMs?: number;
  /** Seconds between two polls of a device (RFC 8628 3.2); undefined is not said, and means 5. @default 5 */
  readonly deviceIntervalSeconds?: number | undefined;
  /** How long a device code is good for. @default 600 */
  readonly deviceCodeSeconds?: number;
  /** An origin that is not the server's, where faults lead to. @default 'https://elsewhere.example' */
  readonly elsewhere?: string;
  /** Another origin of the server, where endpoints may be. @default 'https://other-host.example' */
  readonly otherHost?: string;
}

export interface FakeServer extends Switches, FaultSwitch {
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
  /** What becomes of the next answers, one by one; what has been used is gone from it. @default [] */
  script: readonly ScriptedAnswer[];
  /** Plays the end-session endpoint; the URL the browser is redirected to. */
  endSession(url: string): string;
}
