// What the names in the states of a session stand for: restored, shared with other processes, refreshed.
import { assign, emit, enqueueActions } from "xstate";
import { corruptNotice, refreshNotice, unnotedNotice } from "../../config/notices.js";
import { asAuthError, AuthError, isOfNetwork, toReason } from "../../ground/errors.js";
import { RefreshFailure, type Refreshed } from "../../oauth/refresh-request.js";
import { retryDelayMs, waitAskedForMs } from "../../session/refresh-schedule.js";
import {
  hasAccessToken,
  isPastProof,
  isRefreshDue,
  isRenewable,
  isUsable,
  type LiveSession,
} from "../../session/session.js";
import { degradedFor, isGrantRefused } from "../../session/refused-in-other-words.js";
import type { Stored } from "../../session/read-stored.js";
import type { AuthContext, Failure } from "../vocabulary.js";
import { elsewhereNames } from "./elsewhere.js";

export const sessionNames = elsewhereNames.extend({
  guards: {
    isDueAtStart: ({ context }, { session }: Stored) =>
      session !== undefined && context.refreshOnStart && isRefreshDue(session, context.now()),
    isUsable: ({ context }, { session }: Stored) => session !== undefined && isUsable(session, context.now()),
    isUnread: ({ context }) => context.isUnread,
    // Renewed by another process: nothing to ask for, unless this one must mint its own access token.
    isFresh: ({ context }, { session }: Stored) =>
      context.target === undefined &&
      session !== undefined &&
      hasAccessToken(session, context.now()) &&
      !isRefreshDue(session, context.now()),
    isRenewable: ({ context }, { session }: Stored) =>
      session !== undefined && isRenewable(session, context.isForced),
    isForApi: ({ context }) => context.target !== undefined,
    // The server's, and whatever came of nothing that was sent: it says nothing of the session. What was lost does.
    isApiFailure: ({ context }, { fate }: Refusal) =>
      context.target !== undefined && fate !== "lost" && fate !== "silent",
    isRefused: ({ context }) => context.failure !== undefined,
    canRefresh: ({ context: { session }, event }) =>
      session !== undefined && isRenewable(session, event.type === "refresh" && event.isForced === true),
    isGrantRefused: ({ context: { session } }) => session !== undefined && isGrantRefused(session),
    isGrantRefusal: ({ context: { session } }, { error }: Failure) =>
      session !== undefined && error instanceof AuthError && error.code === "sign_in_required",
    isPastProof: ({ context: { session } }) => session !== undefined && isPastProof(session),
    // Whoever wakes up does not know what the server has asked for.
    isDue: ({ context: { session, now, notBefore = 0 } }) =>
      session !== undefined && isRefreshDue(session, now()) && now() >= notBefore,
    isSessionEnded: (_, { error }: Failure) =>
      error instanceof AuthError && (error.code === "session_ended" || error.code === "answer_lost"),
    doubtsPath: ({ context }) => context.isPathInDoubt && !context.ownsConnections,
    // A server may not answer a GET at all. Whoever has a token can wait; whoever has none, not for ever.
    goesUnchecked: ({ context: { session, failures, now } }, { error }: Failure) =>
      !(error instanceof AuthError && error.code === "discovery_failed") &&
      failures >= CHECKS_TO_WAIT_FOR &&
      session !== undefined &&
      !hasAccessToken(session, now() + MINUTE_MS),
    isSilent: ({ context }, { fate }: Refusal) => context.lostAnswers === 0 && fate === "silent",
    isLostOnce: ({ context }, { fate }: Refusal) => context.lostAnswers === 0 && fate === "lost",
  },
  actions: {
    doubtPath: assign({ isPathInDoubt: true }),
    trustPath: assign({ isPathInDoubt: false }),
    noteWish: assign(({ event }) =>
      event.type === "refresh" ? { isForced: event.isForced === true, target: event.target } : {},
    ),
    forgetForce: assign({ isForced: false }),
    forgetTarget: assign({ target: undefined }),
    /** The call is over; what goes on is for the session. */
    failMinting: enqueueActions(({ context: { target }, enqueue }, { error }: Failure) => {
      if (!target) return;
      enqueue.emit({ type: "minted", target, error: asAuthError(error) });
      enqueue.assign({ target: undefined });
    }),
    /** Nothing of the session changes that anybody sees: it is degraded as before, but for a save that has succeeded since. */
    adoptMinted: enqueueActions(
      ({ context: { target, session, candidate, failure, degraded, failures, resting }, enqueue }) => {
        if (!target || !candidate) return;
        // Nobody has asked for the session's own.
        const isAtRest = session !== undefined && versionOf(session) === resting;
        enqueue.emit({ type: "minted", target, error: failure });
        const isSaved = degraded?.code === "store_unavailable";
        enqueue.assign({
          session: candidate,
          candidate: undefined,
          failure: undefined,
          isPathInDoubt: false,
          resting: isAtRest ? versionOf(candidate) : resting,
          degraded: isSaved ? undefined : degraded,
          failures: isSaved ? 0 : failures,
        });
      },
    ),
    noteRestored: assign(({ context: { refreshOnStart, now } }, { session }: Stored) => ({
      session,
      resting: session && !refreshOnStart && isRefreshDue(session, now()) ? versionOf(session) : undefined,
      degraded: degradedFor(session, now()),
      reason: undefined,
      isUnread: false,
    })),
    /** It stays, and so does what is stored, with this beside it. */
    noteGrantRefused: assign(({ context: { session, now } }, { error, description }: Refusal) => {
      const { oauthError = "", stepUp } = asAuthError(error);
      const claims = stepUp?.authorizationParams?.["claims"];
      const refused = { generation: session?.generation ?? 0, error: oauthError, claims, description };
      const marked = session && { ...session, refused };
      return { session: marked, degraded: degradedFor(marked, now()), failures: 0, lostAnswers: 0 };
    }),
    noteUnread: assign(({ context }, { error }: Failure) => ({
      reason: toReason(asAuthError(error), context.now()),
      isUnread: true,
    })),
    noteUnusable: assign(({ context: { now } }, { session, corrupt, copied }: Stored) => {
      const error = corrupt ?? copied ?? (session && whyOver(session));
      return { reason: error && toReason(error, now()), isUnread: false };
    }),
    notePastProof: assign(({ context: { now } }) => ({ reason: toReason(pastProof(), now()) })),
    noteReason: assign(({ context }, { error }: Failure) => ({
      reason: toReason(asAuthError(error), context.now()),
    })),
    tellUnnoted: emit((_, { error }: Failure) => ({
      type: "notice" as const,
      notice: unnotedNotice(asAuthError(error)),
    })),
    tellCorrupt: enqueueActions(({ enqueue }, { corrupt }: Stored) => {
      if (corrupt) enqueue.emit({ type: "notice", notice: corruptNotice(corrupt) });
    }),
    noteRefreshed: assign((_, { session, refused }: Refreshed) => ({ candidate: session, failure: refused })),
    noteDegraded: assign(({ context }, { error }: Failure) => {
      const { failures, now, random, session, candidate } = context;
      const why = asAuthError(error);
      const nextRetryAt = now() + retryDelayMs(failures + 1, random, why.retryAfterMs);
      // What was refused before, and tried on purpose, is not tried again by itself.
      const stuck = candidate ? undefined : degradedFor(session, now());
      return {
        failures: failures + 1,
        notBefore: now() + waitAskedForMs(why.retryAfterMs),
        degraded: stuck ?? { ...toReason(why, now()), nextRetryAt },
        lostAnswers: 0,
        isPathInDoubt: context.isPathInDoubt || isOfNetwork(why),
      };
    }),
    /** After a silence the connection is closed, and the next request has waited long enough. */
    noteLost: assign(({ context }, { error, fate }: Refusal) => {
      const { failures, lostAnswers, now, random } = context;
      const why = asAuthError(error);
      const nextRetryAt = now() + (fate === "silent" ? 0 : retryDelayMs(1, random));
      return {
        failures: failures + 1,
        degraded: { ...toReason(why, now()), nextRetryAt },
        lostAnswers: lostAnswers + 1,
        isPathInDoubt: context.isPathInDoubt || isOfNetwork(why),
      };
    }),
    tellRefreshFailed: emit((_, { error }: Failure) => ({
      type: "notice" as const,
      notice: refreshNotice(asAuthError(error)),
    })),
    /** Only the refresh token was taken: the rest is tried again. */
    adoptRefused: enqueueActions(({ context: { candidate, failure, failures, now, random }, enqueue }) => {
      if (!failure || !candidate) return;
      const isOver = isPastProof(candidate);
      const reason = toReason(isOver ? pastProof() : failure, now());
      const retryAt = now() + retryDelayMs(failures + 1, random, failure.retryAfterMs);
      // Not tried again: what is left is the old access token.
      const nextRetryAt = isOver ? (candidate.view.accessTokenExpiresAt ?? retryAt) : retryAt;
      enqueue.emit({ type: "notice", notice: refreshNotice(failure) });
      enqueue.assign({
        session: candidate,
        candidate: undefined,
        failure: undefined,
        isPathInDoubt: false,
        lostAnswers: 0,
        failures: failures + 1,
        degraded: { ...reason, nextRetryAt },
      });
    }),
    adoptRefresh: assign(({ context }) => ({
      session: context.candidate,
      candidate: undefined,
      degraded: undefined,
      failures: 0,
      isPathInDoubt: false,
      lostAnswers: 0,
    })),
    forgetSession: assign({
      session: undefined,
      candidate: undefined,
      degraded: undefined,
      failures: 0,
      lostAnswers: 0,
    }),
  },
});

const MINUTE_MS = 60_000;
const CHECKS_TO_WAIT_FOR = 3;

/** Without a refresh token a session is over with its access token, which is in memory only unless the app wants it stored. */
function notRenewable(): AuthError {
  return new AuthError("sign_in_required", "The stored session is over: the server gave no refresh token.", {
    hint: 'Sign in again. To stay signed in, ask for "offline_access" in the scope.',
  });
}

function pastProof(): AuthError {
  return new AuthError("sign_in_required", "Nothing shows any more that the session is this person's.", {
    detail: "in doubt",
    hint: "Sign in again. The server has mixed up people: tell its operator.",
  });
}

/** Why nothing can come of a stored session. */
function whyOver(session: LiveSession): AuthError {
  return isPastProof(session) ? pastProof() : notRenewable();
}

function versionOf({ id, generation }: LiveSession): string {
  return `${id} ${generation}`;
}

/** After a failure the next try, else when the token is due; of a session at rest when somebody asks. */
export function nextRefreshAt({ degraded, session, resting }: AuthContext): number | undefined {
  if (degraded) return degraded.nextRetryAt;
  const isAtRest = session !== undefined && versionOf(session) === resting;
  return isAtRest ? undefined : session?.refreshDueAt;
}

/** What a refresh failed with, and what became of its request. */
export interface Refusal extends Failure {
  readonly fate: RefreshFailure["fate"];
  readonly description?: string | undefined;
}

/** Whatever else went wrong did so before anything was sent. */
export function refused({ event: { error } }: { readonly event: Failure }): Refusal {
  return error instanceof RefreshFailure ? error : { error, fate: "unsent" };
}

export function stored({ event }: { readonly event: { readonly output: Stored } }): Stored {
  return event.output;
}
