// What the machine decides by. Pure, as everything in the machine.
import { isStepUp } from "../attempt.js";
import { AuthError } from "../errors.js";
import type { AuthContext, AuthEvent, Failure } from "../machine-types.js";
import { offersDeviceCode, readResponse, type ValidatedResponse } from "../oauth/index.js";
import { Secret } from "../secret.js";
import { hasAccessToken, isRefreshDue, isUsable, type LiveSession } from "../session.js";
import { judge, type Stored } from "../stored-session.js";
import { setupWithActors } from "./declared-actors.js";

export const setupWithGuards = setupWithActors.extend({
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
});

/** What the redirect says, judged against the attempt it belongs to. Pure: asked by the guard and by the action. */
export function readRedirect(
  { attempt, clientId }: AuthContext,
  event: AuthEvent,
): ValidatedResponse | AuthError | undefined {
  if (event.type !== "redirected" || !attempt?.server || !attempt.url) return undefined;
  return readResponse(event.redirect.reveal().url, attempt.server, clientId, attempt.proof);
}
