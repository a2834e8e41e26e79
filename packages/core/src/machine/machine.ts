// The machine: states, and nothing but names in them. What a name stands for is in names/, a file a story; what an actor does,
// in actors/. The states that have states of their own are in states/.
import { nextRefreshAt, stored } from "./names/session.js";
import { allNames } from "./names/all.js";
import { awaitingCallback } from "./states/awaiting-callback.js";
import { exchanging } from "./states/exchanging.js";
import { givingUp } from "./states/giving-up.js";
import { loggingOut } from "./states/logging-out.js";
import { visiting } from "./states/visiting.js";
import { reviewing } from "./states/reviewing.js";
import { refreshing } from "./states/refreshing.js";
import { failed } from "./vocabulary.js";

/** Its refresh token is not sent any more, and there is nothing left to wait for. What is stored stays. */
const pastProof = {
  guard: "isPastProof",
  target: "idle",
  actions: ["notePastProof", "forgetSession"],
} as const;

export type { AuthContext, AuthEvent, AuthMachineInput } from "./vocabulary.js";

/**
 * A session as RFC 8252 and RFC 6749 tell it. Provide `actors` to run it (`createAuthClient` does); without, it can be
 * drawn, explored with `xstate/graph`, and driven by events.
 */
export const authMachine = allNames.createMachine({
  id: "loopkey",
  context: ({ input }) => ({
    ...input,
    attempt: undefined,
    session: undefined,
    resting: undefined,
    candidate: undefined,
    degraded: undefined,
    notBefore: undefined,
    failures: 0,
    isPathInDoubt: false,
    isForced: false,
    target: undefined,
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
        // A person is asked when the app starts. What was done elsewhere is not their wish, and an app may try again at each call.
        input: ({ event }) => ({
          holdsLock: false,
          quietly: event.type === "changedElsewhere" || event.type === "wake",
        }),
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
        changedElsewhere: "restoring",
      },
    },

    // Entered, it tries store and lock, listens, and starts the person's time.
    "awaiting-callback": awaitingCallback,

    exchanging,

    givingUp,

    authenticated: {
      entry: "forgetTarget",
      invoke: {
        id: "awaitRefresh",
        src: "awaitRefresh",
        input: ({ context }) => ({ at: nextRefreshAt(context) }),
      },
      on: {
        signIn: { target: "awaiting-callback", actions: "beginAttempt" },
        // The other entrance of a sign-out: `refreshing.pausing`.
        signOut: { target: "logging-out", actions: "beginSignOut" },
        changedElsewhere: "reviewing",
        refresh: [{ guard: "canRefresh", target: "refreshing", actions: "noteWish" }, pastProof],
        refreshDue: [{ guard: "canRefresh", target: "refreshing" }, pastProof],
        timerLate: { actions: "doubtPath" },
        networkFailed: { actions: "doubtPath" },
        wake: [
          { guard: "isDue", target: "refreshing", actions: "doubtPath" },
          { guard: "isGrantRefused", target: "reviewing", actions: "doubtPath" },
          { actions: "doubtPath" },
        ],
      },
    },

    reviewing,

    refreshing,

    "logging-out": loggingOut,

    visiting,

    "logged-out": {
      on: {
        signIn: { target: "awaiting-callback", actions: "beginAttempt" },
        changedElsewhere: "restoring",
      },
    },
  },
});
