// What the names in the machine's table do. Pure: what touches the world is an actor, provided by actors.ts.
import {
  assign,
  emit,
  enqueueActions,
  fromCallback,
  fromPromise,
  setup,
  type NonReducibleUnknown,
} from "xstate";
import { failurePage, signedInPage } from "./answer-pages.js";
import { isStepUp, type Attempt } from "./attempt.js";
import { asAuthError, AuthError, toReason } from "./errors.js";
import type {
  AttemptContext,
  AuthContext,
  AuthEmitted,
  AuthEvent,
  AuthMachineInput,
  SignOutResult,
  SignOutStep,
} from "./machine-types.js";
import {
  adoptedNotice,
  browserNotice,
  corruptNotice,
  deviceNotice,
  notRenewableNotice,
  refreshNotice,
  strayNotice,
  visitNotice,
} from "./notices.js";
import {
  offersDeviceCode,
  readResponse,
  type AuthorizationRequest,
  type AuthorizationRequestFacts,
  type AuthorizationServer,
  type CodeRedemption,
  type DeviceApproval,
  type DeviceAuthorization,
  type DeviceRequest,
  type Refreshed,
  type ValidatedResponse,
} from "./oauth/index.js";
import type { RedirectResponse } from "./ports.js";
import type { Renewal } from "./request-renewal.js";
import { retryDelayMs } from "./schedule.js";
import { Secret } from "./secret.js";
import { hasAccessToken, isRefreshDue, isUsable, type LiveSession } from "./session.js";
import { judge, type Stored } from "./stored-session.js";

export interface SessionInput {
  readonly session: LiveSession;
}

export interface RefreshTime {
  /** Epoch milliseconds; never, when it is not known. */
  readonly at: number | undefined;
  /** Whether a process that has nothing else to do stays for it. @default false */
  readonly keepAlive?: boolean;
}

export interface Failure {
  readonly error: unknown;
}

/** Stands where an actor is to be provided: it never ends by itself, so whoever drives the machine decides. */
const driven = <Output, Input extends NonReducibleUnknown>() =>
  fromPromise<Output, Input>(() => new Promise<Output>(() => {}));
const drivenByEvents = <Input extends NonReducibleUnknown>() => fromCallback<AuthEvent, Input>(() => {});

export const machineSetup = setup({
  types: {
    context: {} as AuthContext,
    events: {} as AuthEvent,
    input: {} as AuthMachineInput,
    emitted: {} as AuthEmitted,
  },
  actors: {
    readStore: driven<Stored, { readonly holdsLock: boolean }>(),
    holdLock: drivenByEvents<void>(),
    probeStore: driven<void, void>(),
    listenForRedirect: drivenByEvents<{ readonly attempt: Attempt }>(),
    awaitDeadline: drivenByEvents<{ readonly deadline: number }>(),
    discoverServer: driven<AuthorizationServer, void>(),
    buildRequest: driven<AuthorizationRequest, AuthorizationRequestFacts>(),
    keepRequestFresh: drivenByEvents<{ readonly renewal: Renewal | undefined }>(),
    requestDeviceCode: driven<DeviceAuthorization, DeviceRequest>(),
    awaitApproval: driven<LiveSession, DeviceApproval>(),
    openBrowser: driven<void, { readonly url: string }>(),
    answerBrowser: drivenByEvents<{ readonly redirect: Secret<RedirectResponse> | undefined }>(),
    redeemCode: driven<LiveSession, CodeRedemption>(),
    saveUnderLock: driven<void, SessionInput>(),
    saveSession: driven<void, SessionInput>(),
    awaitRefresh: drivenByEvents<RefreshTime>(),
    refreshSession: driven<Refreshed, SessionInput>(),
    clearStore: driven<void, void>(),
    revokeTokens: driven<SignOutStep, SessionInput>(),
    visitEndSession: drivenByEvents<SessionInput>(),
  },
  guards: {
    isSignedIn: ({ context }) => context.session !== undefined,
    isDueAtStart: ({ context }, { session }: Stored) =>
      session !== undefined && context.refreshOnStart && isRefreshDue(session, context.now()),
    isUsable: ({ context }, { session }: Stored) => session !== undefined && isUsable(session, context.now()),
    isUnread: ({ context }) => context.isUnread,
    isGone: ({ context }, stored: Stored) => judge(stored, context.session) === "gone",
    isStranger: ({ context }, stored: Stored) => judge(stored, context.session) === "stranger",
    isOurs: ({ context }, stored: Stored) => judge(stored, context.session) === "ours",
    // Renewed by another process: nothing to ask for, unless this one must mint its own access token.
    isFresh: ({ context }, { session }: Stored) =>
      session !== undefined &&
      hasAccessToken(session, context.now()) &&
      !isRefreshDue(session, context.now()),
    isRenewable: (_, { session }: Stored) => session?.tokens.refreshToken !== undefined,
    isListening: ({ context }) => context.attempt?.redirectUri !== undefined,
    asksForDeviceCode: ({ context }) => context.attempt?.flow === "device",
    offersDeviceCode: ({ context: { attempt } }) =>
      attempt?.server !== undefined && offersDeviceCode(attempt.server),
    fallsBackToDeviceCode: ({ context: { attempt } }) =>
      attempt?.flow === "auto" && attempt.server !== undefined && offersDeviceCode(attempt.server),
    isDenied: (_, { error }: Failure) => error instanceof AuthError && error.code === "access_denied",
    // A step-up is of the person who is signed in: somebody else's stronger sign-in does not stand for theirs.
    isSomebodyElse: ({ context: { attempt, session } }, { view }: LiveSession) =>
      attempt !== undefined &&
      isStepUp(attempt) &&
      session?.view.subject !== undefined &&
      session.view.subject !== view.subject,
    opensBrowser: ({ context }) => context.attempt?.openBrowser === true,
    isRequested: ({ context }) => context.attempt?.url !== undefined,
    grantsCode: ({ context, event }) => readRedirect(context, event) instanceof Secret,
    isRefused: ({ context }) => context.failure !== undefined,
    canRefresh: ({ context }) => context.session?.tokens.refreshToken !== undefined,
    isDue: ({ context: { session, now } }) => session !== undefined && isRefreshDue(session, now()),
    isVerdict: (_, { error }: Failure) => error instanceof AuthError && error.code === "session_ended",
    isServerUnknown: (_, { error }: Failure) =>
      error instanceof AuthError && error.code === "discovery_failed",
    sparesStored: ({ context }) => context.signOut?.sparesStored === true,
    visits: ({ context }) => context.signOut?.visits === true,
  },
  actions: {
    beginAttempt: assign(({ event }) =>
      event.type === "signIn" ? { attempt: event.attempt, reason: undefined } : {},
    ),
    noteListening: assign(({ context, event }) =>
      event.type === "listening" ? noteAttempt(context, { redirectUri: event.redirectUri }) : {},
    ),
    noteServer: assign(({ context }, server: AuthorizationServer) => noteAttempt(context, { server })),
    noteRequest: assign(({ context }, request: AuthorizationRequest) => noteAttempt(context, request)),
    noteRenewed: assign(({ context, event }) =>
      event.type === "requestRenewed" ? noteAttempt(context, event.request) : {},
    ),
    noteDevice: assign(({ context }, device: DeviceAuthorization) => noteAttempt(context, { device })),
    forgetDevice: assign(({ context: { attempt } }) => {
      if (!attempt) return {};
      const { device: _, ...rest } = attempt;
      return { attempt: rest };
    }),
    noteBrowser: assign(({ context }, browser: "opened" | "failed") => noteAttempt(context, { browser })),
    noteRedirect: assign(({ context, event }) =>
      event.type === "redirected" ? noteAttempt(context, { redirect: event.redirect }) : {},
    ),
    noteResponse: assign(({ context, event }) => {
      const response = readRedirect(context, event);
      return response instanceof Secret ? noteAttempt(context, { response }) : { failure: response };
    }),
    noteRefreshed: assign((_, { session, refused }: Refreshed) => ({ candidate: session, failure: refused })),
    noteCandidate: assign((_, candidate: LiveSession) => ({ candidate })),
    noteFailure: assign((_, { error }: Failure) => ({ failure: asAuthError(error) })),
    noteReason: assign(({ context }, { error }: Failure) => ({
      reason: toReason(asAuthError(error), context.now()),
    })),
    noteRestored: assign((_, { session }: Stored) => ({ session, reason: undefined, isUnread: false })),
    noteUnread: assign(({ context }, { error }: Failure) => ({
      reason: toReason(asAuthError(error), context.now()),
      isUnread: true,
    })),
    noteUnusable: assign(({ context: { now } }, { session, corrupt }: Stored) => {
      const error = corrupt ?? (session && notRenewable());
      return { reason: error && toReason(error, now()), isUnread: false };
    }),
    noteElsewhere: assign(({ context: { now } }, code: "signed_out_elsewhere" | "account_changed") => ({
      reason: toReason(new AuthError(code, ELSEWHERE[code]), now()),
    })),
    /** Another process's newer record, of the same person. */
    adoptStored: assign(({ context }, { session = context.session }: Stored) => ({
      session,
      degraded: undefined,
      failures: 0,
    })),
    tellAdopted: emit({ type: "notice" as const, notice: adoptedNotice }),
    tellCorrupt: enqueueActions(({ enqueue }, { corrupt }: Stored) => {
      if (corrupt) enqueue.emit({ type: "notice", notice: corruptNotice(corrupt) });
    }),
    noteDegraded: assign(({ context: { failures, now, random } }, { error }: Failure) => {
      const why = asAuthError(error);
      const nextRetryAt = now() + retryDelayMs(failures + 1, random, why.retryAfterMs);
      return { failures: failures + 1, degraded: { ...toReason(why, now()), nextRetryAt } };
    }),
    tellStray: emit(({ event }) => ({
      type: "notice" as const,
      notice: strayNotice(event.type === "strayed" ? event.stray : { reason: "malformed_request" }),
    })),
    tellBrowserFailed: emit((_, { error }: Failure) => ({
      type: "notice" as const,
      notice: browserNotice(asAuthError(error)),
    })),
    tellDeviceFailed: emit((_, { error }: Failure) => ({
      type: "notice" as const,
      notice: deviceNotice(asAuthError(error)),
    })),
    tellVisitTimedOut: emit({ type: "notice" as const, notice: visitNotice }),
    tellRefreshFailed: emit((_, { error }: Failure) => ({
      type: "notice" as const,
      notice: refreshNotice(asAuthError(error)),
    })),
    answerSuccess: ({ context: { attempt } }) => void attempt?.redirect?.reveal().respond(signedInPage),
    answerFailure: ({ context: { attempt, failure } }) => {
      if (failure) void attempt?.redirect?.reveal().respond(failurePage(failure));
    },
    /** A sign-in's: the attempt is over, and whoever waited for it is told. */
    adoptSignIn: enqueueActions(({ context: { attempt, candidate }, enqueue }) => {
      if (!attempt || !candidate) return;
      enqueue.emit({ type: "signedIn", attemptId: attempt.id, session: candidate.view });
      if (!candidate.tokens.refreshToken) enqueue.emit({ type: "notice", notice: notRenewableNotice });
      enqueue.assign({
        session: candidate,
        candidate: undefined,
        attempt: undefined,
        degraded: undefined,
        failures: 0,
        isUnread: false,
      });
    }),
    /** Only the refresh token was taken: the rest is tried again. */
    adoptRefused: enqueueActions(({ context: { candidate, failure, failures, now, random }, enqueue }) => {
      if (!failure) return;
      const nextRetryAt = now() + retryDelayMs(failures + 1, random, failure.retryAfterMs);
      enqueue.emit({ type: "notice", notice: refreshNotice(failure) });
      enqueue.assign({
        session: candidate,
        candidate: undefined,
        failure: undefined,
        failures: failures + 1,
        degraded: { ...toReason(failure, now()), nextRetryAt },
      });
    }),
    adoptRefresh: assign(({ context }) => ({
      session: context.candidate,
      candidate: undefined,
      degraded: undefined,
      failures: 0,
    })),
    giveUp: enqueueActions(({ context: { attempt, failure, session, now }, enqueue }) => {
      if (!attempt || !failure) return;
      enqueue.emit({ type: "signInFailed", attemptId: attempt.id, error: failure });
      const reason = session ? undefined : toReason(failure, now());
      enqueue.assign({ attempt: undefined, candidate: undefined, failure: undefined, reason });
    }),
    forgetReason: assign({ reason: undefined }),
    forgetSession: assign({ session: undefined, candidate: undefined, degraded: undefined, failures: 0 }),
    beginSignOut: assign(({ context, event }) =>
      event.type === "signOut"
        ? {
            // The newest tokens, saved or not: they are the ones to revoke.
            session: context.candidate ?? context.session,
            candidate: undefined,
            failure: undefined,
            signOut: {
              visits: event.visits,
              timeoutMs: event.timeoutMs,
              sparesStored: false,
              result: NOTHING_DONE,
            },
          }
        : {},
    ),
    noteDone: assign(({ context: { signOut } }, done: Partial<SignOutResult>) =>
      signOut ? { signOut: { ...signOut, result: { ...signOut.result, ...done } } } : {},
    ),
    skipVisit: assign(({ context: { signOut } }) =>
      signOut ? { signOut: { ...signOut, visits: false } } : {},
    ),
    giveUpServer: assign(({ context: { signOut } }) => {
      if (!signOut) return {};
      const { visits, result } = signOut;
      const endSession = visits ? ("failed" as const) : result.endSession;
      return {
        signOut: { ...signOut, visits: false, result: { ...result, revocation: "failed", endSession } },
      };
    }),
    /** The person is signed out here: what is left is for the server to know whose session to end. */
    keepHintOnly: assign(({ context: { session } }) => {
      const idToken = session?.tokens.idToken;
      return session ? { session: { ...session, tokens: idToken ? { idToken } : {} } } : {};
    }),
    /** Nothing of ours is stored: `done`. Not known, because another process keeps the lock: `failed`. */
    spareStored: assign(({ context: { signOut } }, local: SignOutStep) =>
      signOut ? { signOut: { ...signOut, sparesStored: true, result: { ...signOut.result, local } } } : {},
    ),
    noteVisit: assign(({ context: { signOut }, event }) =>
      event.type === "visitReady" && signOut ? { signOut: { ...signOut, url: event.url } } : {},
    ),
    endSignOut: enqueueActions(({ context: { signOut, now }, enqueue }) => {
      if (!signOut) return;
      enqueue.emit({ type: "signedOut", result: signOut.result });
      const reason = toReason(new AuthError("signed_out", "You signed out."), now());
      enqueue.assign({ signOut: undefined, session: undefined, degraded: undefined, failures: 0, reason });
    }),
  },
});

const ELSEWHERE = {
  signed_out_elsewhere: "You were signed out in another window or process of this app.",
  account_changed: "Somebody else has signed in in another window or process of this app.",
} as const;

/** Without a refresh token a session is over with its access token, which is in memory only unless the app wants it stored. */
function notRenewable(): AuthError {
  return new AuthError("sign_in_required", "The stored session is over: the server gave no refresh token.", {
    hint: 'Sign in again. To stay signed in, ask for "offline_access" in the scope.',
  });
}

const NOTHING_DONE: SignOutResult = { local: "skipped", revocation: "skipped", endSession: "skipped" };

function noteAttempt(context: AuthContext, facts: Partial<AttemptContext>): Partial<AuthContext> {
  return context.attempt ? { attempt: { ...context.attempt, ...facts } } : {};
}

/** What the redirect says, judged against the attempt it belongs to. Pure: asked by the guard and by the action. */
function readRedirect(
  { attempt, clientId }: AuthContext,
  event: AuthEvent,
): ValidatedResponse | AuthError | undefined {
  if (event.type !== "redirected" || !attempt?.server || !attempt.url) return undefined;
  return readResponse(event.redirect.reveal().url, attempt.server, clientId, attempt.proof);
}
