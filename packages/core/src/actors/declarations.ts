// Between the machine and the world: what it hears, and its actors by name, with what each is given and reports. What they do
// stands in create-actors.ts.
import type { NonReducibleUnknown } from "xstate";
import type { TokenTarget } from "../config/api-origins.js";
import type { AuthError } from "../ground/errors.js";
import type { Secret } from "../ground/secret.js";
import type { AuthorizationRequest, AuthorizationRequestFacts } from "../oauth/authorization-request.js";
import type { CodeRedemption } from "../oauth/code-request.js";
import type { DeviceApproval } from "../oauth/device-polling.js";
import type { DeviceAuthorization, DeviceRequest } from "../oauth/device-request.js";
import type { Refreshed } from "../oauth/refresh-request.js";
import type { AuthorizationServer } from "../oauth/discovery.js";
import type { Attempt } from "../oauth/sign-in-attempt.js";
import type { RedirectResponse, StrayRequest } from "../ports/ports.js";
import type { LiveSession } from "../session/session.js";
import type { SignOutStep } from "../session/sign-out-result.js";
import type { Stored } from "../session/read-stored.js";
import { hostedCallback, hostedPromise } from "./hosting.js";
import type { RequestToRenew } from "./inside/pushed-request-renewal.js";

export type { RequestToRenew };

/** What the app asks for. */
type AuthCommand =
  | { readonly type: "signIn"; readonly attempt: Attempt }
  | { readonly type: "cancel" }
  | { readonly type: "useDeviceCode" }
  /** `isForced`: also with a refresh token that was refused. `target`: for a token of another API. */
  | { readonly type: "refresh"; readonly isForced?: boolean; readonly target?: TokenTarget }
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
  /** What is stored now; undefined where the store does not say. */
  | { readonly type: "reviewed"; readonly stored: Stored | undefined }
  /** The machine slept, or the process was stopped. */
  // A timer was late, as after sleep: the path is in doubt (`doubtPath`), in `authenticated` and `refreshing`.
  | { readonly type: "timerLate" }
  /** A request of the app's, or of ours for it, did not get through. */
  // The same by a request of the app that failed; in `reviewing` too.
  | { readonly type: "networkFailed" }
  | { readonly type: "locked" }
  | { readonly type: "lockFailed"; readonly error: AuthError }
  | { readonly type: "noteFailed"; readonly error: AuthError }
  | { readonly type: "visitReady"; readonly url: string }
  | { readonly type: "visitFailed"; readonly error: AuthError }
  | { readonly type: "visitEnded"; readonly endSession: SignOutStep };

/** What the client finds out before it answers a call: see `client/inside/look-elsewhere.ts`. */
type AuthFinding = { readonly type: "changedElsewhere" };

export type AuthEvent = AuthCommand | AuthFact | AuthFinding;

export interface SessionInput {
  readonly session: LiveSession;
}

export interface RefreshInput extends SessionInput {
  /** Another API than the session's own. */
  readonly target: TokenTarget | undefined;
}

export interface SavedSession extends SessionInput {
  /** Other processes wait for it: they had given it up. */
  readonly isNews: boolean;
}

export interface RefreshTime {
  /** Epoch milliseconds; never, when it is not known. */
  readonly at: number | undefined;
  /** Whether a process that has nothing else to do stays for it. @default false */
  readonly keepAlive?: boolean;
}

export interface StoreReading {
  readonly holdsLock: boolean;
  /** For a change that was made elsewhere: no person is asked for it. @default false */
  readonly quietly?: boolean;
}

export interface Clearing {
  /** Because of an answer that was lost: whoever finds nothing stored is to know. */
  readonly isLost: boolean;
}

/** Without a redirect nobody waits for an answer: another device was used, or the address was pasted. */
export interface AnswerInput {
  readonly redirect: Secret<RedirectResponse> | undefined;
}

const driven = hostedPromise;
const drivenByEvents = <Input extends NonReducibleUnknown>() => hostedCallback<AuthEvent, Input>();

export const declaredActors = {
  readStore: driven<Stored, StoreReading>(),
  holdLock: drivenByEvents<void>(),
  probeKeeping: driven<void, void>(),
  reviewStored: drivenByEvents<void>(),
  listenForRedirect: drivenByEvents<{ readonly attempt: Attempt }>(),
  awaitDeadline: drivenByEvents<{ readonly deadline: number }>(),
  discoverServer: driven<AuthorizationServer, void>(),
  buildRequest: driven<AuthorizationRequest, AuthorizationRequestFacts>(),
  keepRequestFresh: drivenByEvents<{ readonly renewal: RequestToRenew | undefined }>(),
  requestDeviceCode: driven<DeviceAuthorization, DeviceRequest>(),
  awaitApproval: driven<LiveSession, DeviceApproval>(),
  openBrowser: driven<void, { readonly url: string }>(),
  answerBrowser: drivenByEvents<AnswerInput>(),
  redeemCode: driven<LiveSession, CodeRedemption>(),
  saveUnderLock: driven<void, SessionInput>(),
  saveSession: driven<void, SavedSession>(),
  markSession: driven<void, SessionInput>(),
  awaitRefresh: drivenByEvents<RefreshTime>(),
  checkPath: driven<void, void>(),
  prepareSave: driven<void, SessionInput>(),
  refreshSession: driven<Refreshed, RefreshInput>(),
  clearStore: driven<void, Clearing>(),
  revokeTokens: driven<SignOutStep, SessionInput>(),
  visitEndSession: drivenByEvents<SessionInput>(),
};
