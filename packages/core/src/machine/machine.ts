// The machine: states, and nothing but names in them. What a name stands for is in names/, a file a story; what an actor does,
// in actors/. The states that have states of their own are in states/.
import { nextRefreshAt, stored } from "./names/session.js";
import { signOutNames } from "./names/sign-out.js";
import { awaitingCallback } from "./states/awaiting-callback.js";
import { exchanging } from "./states/exchanging.js";
import { loggingOut } from "./states/logging-out.js";
import { refreshing } from "./states/refreshing.js";
import { failed, known } from "./vocabulary.js";

export type { AuthContext, AuthEvent, AuthMachineInput } from "./vocabulary.js";

/**
 * A session as RFC 8252 and RFC 6749 tell it. Provide `actors` to run it (`createAuthClient` does); without, it can be
 * drawn, explored with `xstate/graph`, and driven by events.
 */
export const authMachine = signOutNames.createMachine({
  id: "loopkey",
  context: ({ input }) => ({
    ...input,
    attempt: undefined,
    session: undefined,
    candidate: undefined,
    degraded: undefined,
    failures: 0,
    isPathInDoubt: false,
    lostAnswers: 0,
    isUnread: false,
    signOut: undefined,
    reason: undefined,
    failure: undefined,
  }),
  initial: "restoring",
  states: {
    restoring: {
      invoke: {
        id: "readStore",
        src: "readStore",
        input: { holdsLock: false },
        onDone: [
          {
            guard: { type: "isDueAtStart", params: stored },
            target: "refreshing",
            actions: { type: "noteRestored", params: stored },
          },
          {
            guard: { type: "isUsable", params: stored },
            target: "authenticated",
            actions: { type: "noteRestored", params: stored },
          },
          {
            target: "idle",
            actions: [
              { type: "noteUnusable", params: stored },
              { type: "tellCorrupt", params: stored },
            ],
          },
        ],
        onError: { target: "idle", actions: { type: "noteUnread", params: failed } },
      },
    },

    idle: {
      on: {
        signIn: { target: "awaiting-callback", actions: "beginAttempt" },
        wake: { guard: "isUnread", target: "restoring" },
      },
    },

    "awaiting-callback": awaitingCallback,

    exchanging,

    // Never rests here: tells everyone, forgets the attempt, and goes back to where it began.
    givingUp: {
      entry: ["answerFailure", "giveUp"],
      always: [{ guard: "isSignedIn", target: "authenticated" }, { target: "idle" }],
    },

    authenticated: {
      invoke: {
        id: "awaitRefresh",
        src: "awaitRefresh",
        input: ({ context }) => ({ at: nextRefreshAt(context) }),
      },
      on: {
        signIn: { target: "awaiting-callback", actions: "beginAttempt" },
        signOut: { target: "logging-out", actions: "beginSignOut" },
        refresh: { guard: "canRefresh", target: "refreshing" },
        refreshDue: { guard: "canRefresh", target: "refreshing" },
        timerLate: { actions: "doubtPath" },
        wake: [{ guard: "isDue", target: "refreshing", actions: "doubtPath" }, { actions: "doubtPath" }],
      },
    },

    refreshing,

    "logging-out": loggingOut,

    // The person is signed out here already; this is for the server's session in their browser. No lock: it may take a
    // minute, and nothing is stored any more.
    visiting: {
      invoke: [
        {
          id: "visitEndSession",
          src: "visitEndSession",
          input: ({ context }) => ({ session: known(context.session) }),
        },
        {
          id: "awaitDeadline",
          src: "awaitDeadline",
          input: ({ context }) => ({ deadline: context.now() + (context.signOut?.timeoutMs ?? 0) }),
        },
      ],
      on: {
        strayed: { actions: "tellStray" },
        visitReady: { actions: "noteVisit" },
        visitEnded: {
          target: "logged-out",
          actions: { type: "noteDone", params: ({ event }) => ({ endSession: event.endSession }) },
        },
        deadlinePassed: {
          target: "logged-out",
          actions: [{ type: "noteDone", params: { endSession: "failed" } }, "tellVisitTimedOut"],
        },
        cancel: { target: "logged-out", actions: { type: "noteDone", params: { endSession: "failed" } } },
      },
    },

    "logged-out": {
      entry: "endSignOut",
      on: {
        signIn: { target: "awaiting-callback", actions: "beginAttempt" },
      },
    },
  },
});
