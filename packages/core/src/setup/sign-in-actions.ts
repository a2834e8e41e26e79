// What is noted and told of an attempt to sign in.
import { assign, emit, enqueueActions } from "xstate";
import { failurePage, signedInPage } from "../answer-pages.js";
import { asAuthError, toReason } from "../errors.js";
import type { AttemptContext, AuthContext, Failure } from "../machine-types.js";
import { browserNotice, deviceNotice, notRenewableNotice, strayNotice } from "../notices.js";
import type { AuthorizationRequest, AuthorizationServer, DeviceAuthorization } from "../oauth/index.js";
import { Secret } from "../secret.js";
import type { LiveSession } from "../session.js";
import { readRedirect, setupWithGuards } from "./guards.js";

export const setupWithSignIn = setupWithGuards.extend({
  actions: {
    beginAttempt: assign(({ event }) =>
      event.type === "signIn" ? { attempt: event.attempt, reason: undefined } : {},
    ),
    noteListening: assign(({ context, event }) =>
      event.type === "listening" ? noteAttempt(context, { redirectUri: event.redirectUri }) : {},
    ),
    noteServer: assign(({ context }, server: AuthorizationServer) => noteAttempt(context, { server })),
    noteRequest: assign(({ context }, request: AuthorizationRequest) => noteAttempt(context, request)),
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
    noteCandidate: assign((_, candidate: LiveSession) => ({ candidate })),
    noteFailure: assign((_, { error }: Failure) => ({ failure: asAuthError(error) })),
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
    giveUp: enqueueActions(({ context: { attempt, failure, session, now }, enqueue }) => {
      if (!attempt || !failure) return;
      enqueue.emit({ type: "signInFailed", attemptId: attempt.id, error: failure });
      const reason = session ? undefined : toReason(failure, now());
      enqueue.assign({ attempt: undefined, candidate: undefined, failure: undefined, reason });
    }),
  },
});

function noteAttempt(context: AuthContext, facts: Partial<AttemptContext>): Partial<AuthContext> {
  return context.attempt ? { attempt: { ...context.attempt, ...facts } } : {};
}
