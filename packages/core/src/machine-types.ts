// The vocabulary of the machine: what it knows, what it hears, what it tells.
import type { Attempt } from "./attempt.js";
import type { AuthError, Reason } from "./errors.js";
import type { Notice } from "./notices.js";
import type { AuthorizationServer, ValidatedResponse } from "./oauth/index.js";
import type { RedirectResponse, StrayRequest } from "./ports.js";
import type { Secret } from "./secret.js";
import type { LiveSession, Session } from "./session.js";

export interface AuthMachineInput {
  readonly clientId: string;
  /** The wall clock, in epoch milliseconds. */
  readonly now: () => number;
}

/** An attempt under way. Lives in `awaiting-callback` and `exchanging`, nowhere else. */
export interface AttemptContext extends Attempt {
  readonly server?: AuthorizationServer;
  /** With the port that is really bound. */
  readonly redirectUri?: string;
  /** The authorization URL. */
  readonly url?: string;
  readonly browser?: "opened" | "failed";
  /** The accepted request: its browser waits for the answer. */
  readonly redirect?: Secret<RedirectResponse>;
  readonly response?: ValidatedResponse;
  /** Redeemed, not yet saved: nobody may see it. */
  readonly candidate?: LiveSession;
}

export interface AuthContext extends AuthMachineInput {
  readonly attempt: AttemptContext | undefined;
  readonly session: LiveSession | undefined;
  /** Why the machine is in `idle`. */
  readonly reason: Reason | undefined;
  /** Why the attempt is being given up; gone once that is done. */
  readonly failure: AuthError | undefined;
}

/** What the app asks for. */
type AuthCommand =
  | { readonly type: "signIn"; readonly attempt: Attempt }
  | { readonly type: "cancel" };

/** What the actors report. */
type AuthFact =
  | { readonly type: "listening"; readonly redirectUri: string }
  | { readonly type: "listenFailed"; readonly error: AuthError }
  | { readonly type: "strayed"; readonly stray: StrayRequest }
  | { readonly type: "redirected"; readonly redirect: Secret<RedirectResponse> }
  | { readonly type: "deadlinePassed" };

export type AuthEvent = AuthCommand | AuthFact;

/** What the machine tells whoever runs it. */
export type AuthEmitted =
  | { readonly type: "signedIn"; readonly attemptId: number; readonly session: Session }
  | { readonly type: "signInFailed"; readonly attemptId: number; readonly error: AuthError }
  | { readonly type: "notice"; readonly notice: Notice };
