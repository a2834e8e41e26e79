// The vocabulary of the machine: what it knows, what it hears, what it tells.
import type { Attempt } from "./attempt.js";
import type { AuthError, Reason } from "./errors.js";
import type { Notice } from "./notices.js";
import type {
  AuthorizationRequest,
  AuthorizationServer,
  DeviceAuthorization,
  DPoPKey,
  ValidatedResponse,
} from "./oauth/index.js";
import type { RedirectResponse, StrayRequest } from "./ports.js";
import type { Random } from "./schedule.js";
import type { Secret } from "./secret.js";
import type { LiveSession, Session } from "./session.js";

export interface AuthMachineInput {
  readonly clientId: string;
  readonly refreshOnStart: boolean;
  /** The wall clock, in epoch milliseconds. */
  readonly now: () => number;
  readonly random: Random;
}

/** An attempt under way. Lives in `awaiting-callback` and `exchanging`, nowhere else. */
export interface AttemptContext extends Attempt {
  readonly server?: AuthorizationServer;
  /** With the port that is really bound. */
  readonly redirectUri?: string;
  /** The authorization URL. */
  readonly url?: string;
  /** When the server knows it no more, in epoch milliseconds: of a pushed request. */
  readonly urlExpiresAt?: number;
  /** What the authorization request was made with, where the session is to be bound to a key. */
  readonly dpopKey?: DPoPKey;
  /** The code to type in elsewhere, while that way in is open. */
  readonly device?: DeviceAuthorization;
  readonly browser?: "opened" | "failed";
  /** The accepted request: its browser waits for the answer. */
  readonly redirect?: Secret<RedirectResponse>;
  readonly response?: ValidatedResponse;
}

/** Why the last refresh did not succeed, and when the next one is tried. The session stays. */
export type Degraded = Reason & {
  /** Epoch milliseconds. */
  readonly nextRetryAt: number;
};

/** What was done of a sign-out: `failed` was tried in vain, `skipped` was not wanted or not needed. */
export type SignOutStep = "done" | "failed" | "unsupported" | "skipped";

/** What was done of a sign-out, item by item. */
export interface SignOutResult {
  /** The session in the store. */
  readonly local: SignOutStep;
  /** The tokens at the server (RFC 7009). */
  readonly revocation: SignOutStep;
  /** The person's session at the server (RP-initiated logout), through the browser. */
  readonly endSession: SignOutStep;
}

interface SignOutContext {
  readonly visits: boolean;
  readonly timeoutMs: number;
  /** What is stored is not this session any more, and stays. */
  readonly sparesStored: boolean;
  readonly result: SignOutResult;
  /** The one-time address for the person's browser. */
  readonly url?: string;
}

export interface AuthContext extends AuthMachineInput {
  readonly attempt: AttemptContext | undefined;
  readonly session: LiveSession | undefined;
  /** Redeemed or refreshed, not yet saved: nobody may see it. */
  readonly candidate: LiveSession | undefined;
  readonly degraded: Degraded | undefined;
  /** Refreshes that failed in a row. */
  readonly failures: number;
  readonly signOut: SignOutContext | undefined;
  /** Whether the store could not be read yet: nobody knows who is signed in. */
  readonly isUnread: boolean;
  /** Why the machine is in `idle` or `logged-out`. */
  readonly reason: Reason | undefined;
  /** Why the attempt is being given up; gone once that is done. */
  readonly failure: AuthError | undefined;
}

/** What the app asks for. */
type AuthCommand =
  | { readonly type: "signIn"; readonly attempt: Attempt }
  | { readonly type: "cancel" }
  | { readonly type: "useDeviceCode" }
  | { readonly type: "refresh" }
  | { readonly type: "wake" }
  | { readonly type: "signOut"; readonly visits: boolean; readonly timeoutMs: number };

/** What the actors report. */
type AuthFact =
  | { readonly type: "listening"; readonly redirectUri: string }
  | { readonly type: "listenFailed"; readonly error: AuthError }
  | { readonly type: "strayed"; readonly stray: StrayRequest }
  | { readonly type: "requestRenewed"; readonly request: AuthorizationRequest }
  | { readonly type: "redirected"; readonly redirect: Secret<RedirectResponse> }
  | { readonly type: "deadlinePassed" }
  | { readonly type: "refreshDue" }
  | { readonly type: "locked" }
  | { readonly type: "lockFailed"; readonly error: AuthError }
  | { readonly type: "visitReady"; readonly url: string }
  | { readonly type: "visitEnded"; readonly endSession: SignOutStep };

export type AuthEvent = AuthCommand | AuthFact;

/** What an actor failed with, whatever that is. */
export interface Failure {
  readonly error: unknown;
}

/** What the machine tells whoever runs it. */
export type AuthEmitted =
  | { readonly type: "signedIn"; readonly attemptId: number; readonly session: Session }
  | { readonly type: "signInFailed"; readonly attemptId: number; readonly error: AuthError }
  | { readonly type: "signedOut"; readonly result: SignOutResult }
  | { readonly type: "notice"; readonly notice: Notice };
