// What the names in the states of a sign-in stand for. All but the answer to the browser is pure: what touches the world is an actor.
import { assign, emit, enqueueActions } from "xstate";
import type { RequestToRenew } from "../../actors/declarations.js";
import { signedInPage } from "../../actors/answer-pages.js";
import { browserNotice, deviceNotice, notRenewableNotice, strayNotice } from "../../config/notices.js";
import { asAuthError, AuthError } from "../../ground/errors.js";
import { Secret } from "../../ground/secret.js";
import type { AuthorizationRequest, AuthorizationRequestFacts } from "../../oauth/authorization-request.js";
import { readResponse, type ValidatedResponse } from "../../oauth/authorization-response.js";
import type { CodeRedemption } from "../../oauth/code-request.js";
import type { DeviceApproval } from "../../oauth/device-polling.js";
import {
  offersDeviceCode,
  type DeviceAuthorization,
  type DeviceRequest,
} from "../../oauth/device-request.js";
import type { AuthorizationServer } from "../../oauth/discovery.js";
import { askedScope, isStepUp } from "../../oauth/sign-in-attempt.js";
import { isSamePerson, type LiveSession } from "../../session/session.js";
import { known, type AttemptContext, type AuthContext, type AuthEvent, type Failure } from "../vocabulary.js";
import { failureNames } from "./sign-in-failures.js";

export const signInNames = failureNames.extend({
  guards: {
    isSignedIn: ({ context }) => context.session !== undefined,
    isListening: ({ context }) => context.attempt?.redirectUri !== undefined,
    asksForDeviceCode: ({ context }) => context.attempt?.flow === "device",
    // A server that posts the redirect has nothing to say to another device: see `responseMode`.
    offersDeviceCode: ({ context: { attempt } }) =>
      attempt?.responseMode === "query" && attempt.server !== undefined && offersDeviceCode(attempt.server),
    fallsBackToDeviceCode: ({ context: { attempt } }) =>
      attempt?.flow === "auto" &&
      attempt.responseMode === "query" &&
      attempt.server !== undefined &&
      offersDeviceCode(attempt.server),
    isDenied: (_, { error }: Failure) => error instanceof AuthError && error.code === "access_denied",
    // A step-up is of the person who is signed in: somebody else's stronger sign-in does not stand for theirs.
    isSomebodyElse: ({ context: { attempt, session } }, candidate: LiveSession) =>
      attempt !== undefined &&
      isStepUp(attempt) &&
      session?.view.subject !== undefined &&
      !isSamePerson(session, candidate),
    opensBrowser: ({ context }) => context.attempt?.openBrowser === true,
    isRequested: ({ context }) => context.attempt?.url !== undefined,
    grantsCode: ({ context, event }) => readRedirect(context, event) instanceof Secret,
  },
  actions: {
    beginAttempt: assign(({ event }) =>
      event.type === "signIn" ? { attempt: event.attempt, reason: undefined } : {},
    ),
    noteListening: assign(({ context, event }) =>
      event.type === "listening" ? noteAttempt(context, { redirectUri: event.redirectUri }) : {},
    ),
    noteServer: assign(({ context }, server: AuthorizationServer) => {
      const { attempt } = context;
      return attempt ? noteAttempt(context, { server, scope: askedScope(attempt, server) }) : {};
    }),
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
    /** A sign-in's: the attempt is over, and whoever waited for it is told. */
    adoptSignIn: enqueueActions(({ context: { attempt, candidate }, enqueue }) => {
      if (!attempt || !candidate) return;
      enqueue.emit({ type: "signedIn", attemptId: attempt.id, session: candidate.view });
      if (!candidate.tokens.refreshToken)
        enqueue.emit({ type: "notice", notice: notRenewableNotice(attempt) });
      enqueue.assign({
        session: candidate,
        candidate: undefined,
        attempt: undefined,
        degraded: undefined,
        failures: 0,
        isPathInDoubt: false,
        isUnread: false,
      });
    }),
  },
});

/** What the redirect says, judged against the attempt it belongs to. Pure: asked by the guard and by the action. */
function readRedirect(
  { attempt, clientId }: AuthContext,
  event: AuthEvent,
): ValidatedResponse | AuthError | undefined {
  if (event.type !== "redirected" || !attempt?.server || !attempt.url) return undefined;
  return readResponse(event.redirect.reveal().url, attempt.server, clientId, attempt);
}

function noteAttempt(context: AuthContext, facts: Partial<AttemptContext>): Partial<AuthContext> {
  return context.attempt ? { attempt: { ...context.attempt, ...facts } } : {};
}

/** The attempt, in a state that has one. */
export function begun({ attempt }: AuthContext): AttemptContext {
  return known(attempt);
}

export function requestInput(attempt: AttemptContext): AuthorizationRequestFacts {
  const { server, redirectUri, dpopKey } = attempt;
  return { attempt, server: known(server), redirectUri: known(redirectUri), dpopKey };
}

/** Only an address that expires needs one. */
export function renewal(attempt: AttemptContext): RequestToRenew | undefined {
  const { urlExpiresAt } = attempt;
  return urlExpiresAt === undefined ? undefined : { ...requestInput(attempt), urlExpiresAt };
}

export function redemption(attempt: AttemptContext): CodeRedemption {
  return { ...requestInput(attempt), response: known(attempt.response) };
}

export function deviceRequest(attempt: AttemptContext): DeviceRequest {
  return { attempt, server: known(attempt.server) };
}

export function approval(attempt: AttemptContext): DeviceApproval {
  return { ...deviceRequest(attempt), device: known(attempt.device) };
}
