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
import type { Attempt } from "./attempt.js";
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
import { browserNotice, refreshNotice, strayNotice } from "./notices.js";
import {
  readResponse,
  type AuthorizationServer,
  type CodeRedemption,
  type ValidatedResponse,
} from "./oauth/index.js";
import type { RedirectResponse } from "./ports.js";
import { retryDelayMs } from "./schedule.js";
import { Secret } from "./secret.js";
import { isRefreshDue, type LiveSession } from "./session.js";

export interface RequestInput {
  readonly server: AuthorizationServer;
  readonly attempt: Attempt;
  readonly redirectUri: string;
}

export interface SessionInput {
  readonly session: LiveSession;
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
    restoreSession: driven<LiveSession | undefined, void>(),
    probeStore: driven<void, void>(),
    listenForRedirect: drivenByEvents<{ readonly attempt: Attempt }>(),
    awaitDeadline: drivenByEvents<{ readonly deadline: number }>(),
    discoverServer: driven<AuthorizationServer, void>(),
    buildRequest: driven<string, RequestInput>(),
    openBrowser: driven<void, { readonly url: string }>(),
    answerBrowser: drivenByEvents<{ readonly redirect: Secret<RedirectResponse> }>(),
    redeemCode: driven<LiveSession, CodeRedemption>(),
    saveSession: driven<void, SessionInput>(),
    awaitRefresh: drivenByEvents<{ readonly at: number | undefined }>(),
    refreshSession: driven<LiveSession, SessionInput>(),
    clearStore: driven<void, void>(),
    revokeTokens: driven<SignOutStep, SessionInput>(),
    visitEndSession: drivenByEvents<SessionInput>(),
  },
  guards: {
    isSignedIn: ({ context }) => context.session !== undefined,
    isDueAtStart: ({ context }, { session }: { readonly session: LiveSession | undefined }) =>
      session !== undefined && context.refreshOnStart && isRefreshDue(session, context.now()),
    isFound: (_, { session }: { readonly session: LiveSession | undefined }) => session !== undefined,
    isUnread: ({ context }) => context.reason?.code === "store_unavailable",
    isListening: ({ context }) => context.attempt?.redirectUri !== undefined,
    opensBrowser: ({ context }) => context.attempt?.openBrowser === true,
    isRequested: ({ context }) => context.attempt?.url !== undefined,
    grantsCode: ({ context, event }) => readRedirect(context, event) instanceof Secret,
    canRefresh: ({ context }) => context.session?.tokens.refreshToken !== undefined,
    isDue: ({ context: { session, now } }) => session !== undefined && isRefreshDue(session, now()),
    isVerdict: (_, { error }: Failure) => error instanceof AuthError && error.code === "session_ended",
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
    noteUrl: assign(({ context }, url: string) => noteAttempt(context, { url })),
    noteBrowser: assign(({ context }, browser: "opened" | "failed") => noteAttempt(context, { browser })),
    noteRedirect: assign(({ context, event }) =>
      event.type === "redirected" ? noteAttempt(context, { redirect: event.redirect }) : {},
    ),
    noteResponse: assign(({ context, event }) => {
      const response = readRedirect(context, event);
      return response instanceof Secret ? noteAttempt(context, { response }) : { failure: response };
    }),
    noteCandidate: assign((_, candidate: LiveSession) => ({ candidate })),
    noteFailure: assign((_, { error }: Failure) => ({ failure: asAuthError(error) })),
    noteReason: assign(({ context }, { error }: Failure) => ({
      reason: toReason(asAuthError(error), context.now()),
    })),
    noteRestored: assign((_, { session }: { readonly session: LiveSession | undefined }) => ({ session })),
    noteDegraded: assign(({ context: { failures, now } }, { error }: Failure) => ({
      failures: failures + 1,
      degraded: { ...toReason(asAuthError(error), now()), nextRetryAt: now() + retryDelayMs(failures + 1) },
    })),
    tellStray: emit(({ event }) => ({
      type: "notice" as const,
      notice: strayNotice(event.type === "strayed" ? event.stray : { reason: "malformed_request" }),
    })),
    tellBrowserFailed: emit((_, { error }: Failure) => ({
      type: "notice" as const,
      notice: browserNotice(asAuthError(error)),
    })),
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
      enqueue.assign({
        session: candidate,
        candidate: undefined,
        attempt: undefined,
        degraded: undefined,
        failures: 0,
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
    forgetSession: assign({ session: undefined, candidate: undefined, degraded: undefined, failures: 0 }),
    beginSignOut: assign(({ context, event }) =>
      event.type === "signOut"
        ? {
            // The newest tokens, saved or not: they are the ones to revoke.
            session: context.candidate ?? context.session,
            candidate: undefined,
            signOut: { visits: event.visits, timeoutMs: event.timeoutMs, result: NOTHING_DONE },
          }
        : {},
    ),
    noteDone: assign(({ context: { signOut } }, done: Partial<SignOutResult>) =>
      signOut ? { signOut: { ...signOut, result: { ...signOut.result, ...done } } } : {},
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
