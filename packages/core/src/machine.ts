// The machine: states, and nothing but names in them. What a name does stands in machine-setup.ts.
import { AuthError } from "./errors.js";
import { machineSetup, type Failure, type RequestInput } from "./machine-setup.js";
import type { AttemptContext, AuthContext } from "./machine-types.js";
import type { CodeRedemption, DeviceApproval, DeviceRequest } from "./oauth/index.js";
import type { Stored } from "./stored-session.js";

export type { AuthContext, AuthEvent, AuthMachineInput } from "./machine-types.js";

/**
 * A session as RFC 8252 and RFC 6749 tell it. Provide `actors` to run it (`createAuthClient` does); without, it can be
 * drawn, explored with `xstate/graph`, and driven by events.
 */
export const authMachine = machineSetup.createMachine({
  id: "loopkey",
  context: ({ input }) => ({
    ...input,
    attempt: undefined,
    session: undefined,
    candidate: undefined,
    degraded: undefined,
    failures: 0,
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

    // The listener lives exactly as long as this state; so does the person's time.
    "awaiting-callback": {
      initial: "probing",
      invoke: [
        {
          id: "listenForRedirect",
          src: "listenForRedirect",
          input: ({ context }) => ({ attempt: begun(context) }),
        },
        { id: "awaitDeadline", src: "awaitDeadline", input: ({ context }) => begun(context) },
      ],
      on: {
        listening: { actions: "noteListening" },
        strayed: { actions: "tellStray" },
        redirected: [
          { guard: "grantsCode", target: "exchanging", actions: ["noteRedirect", "noteResponse"] },
          { guard: "isRequested", target: "givingUp", actions: ["noteRedirect", "noteResponse"] },
        ],
        listenFailed: { target: "givingUp", actions: { type: "noteFailure", params: failed } },
        deadlinePassed: { target: "givingUp", actions: { type: "noteFailure", params: timedOut } },
        cancel: { target: "givingUp", actions: { type: "noteFailure", params: cancelled } },
      },
      states: {
        // Nobody should sign in only to learn that the session cannot be kept.
        probing: {
          invoke: {
            id: "probeStore",
            src: "probeStore",
            onDone: "discovering",
            onError: { target: "#loopkey.givingUp", actions: { type: "noteFailure", params: failed } },
          },
        },
        discovering: {
          invoke: {
            id: "discoverServer",
            src: "discoverServer",
            onDone: [
              {
                guard: "asksForDeviceCode",
                target: "requestingDeviceCode",
                actions: { type: "noteServer", params: ({ event }) => event.output },
              },
              { target: "binding", actions: { type: "noteServer", params: ({ event }) => event.output } },
            ],
            onError: { target: "#loopkey.givingUp", actions: { type: "noteFailure", params: failed } },
          },
        },
        binding: {
          always: { guard: "isListening", target: "requesting" },
        },
        requesting: {
          invoke: {
            id: "buildRequest",
            src: "buildRequest",
            input: ({ context }) => requestInput(begun(context)),
            onDone: [
              {
                guard: "opensBrowser",
                target: "opening",
                actions: { type: "noteRequest", params: ({ event }) => event.output },
              },
              { target: "waiting", actions: { type: "noteRequest", params: ({ event }) => event.output } },
            ],
            onError: { target: "#loopkey.givingUp", actions: { type: "noteFailure", params: failed } },
          },
        },
        // The redirect may come while the launcher is still being watched.
        opening: {
          invoke: {
            id: "openBrowser",
            src: "openBrowser",
            input: ({ context }) => ({ url: known(begun(context).url) }),
            onDone: { target: "waiting", actions: { type: "noteBrowser", params: "opened" } },
            onError: [
              {
                guard: "fallsBackToDeviceCode",
                target: "requestingDeviceCode",
                actions: [
                  { type: "noteBrowser", params: "failed" },
                  { type: "tellBrowserFailed", params: failed },
                ],
              },
              {
                target: "waiting",
                actions: [
                  { type: "noteBrowser", params: "failed" },
                  { type: "tellBrowserFailed", params: failed },
                ],
              },
            ],
          },
          on: { useDeviceCode: { guard: "offersDeviceCode", target: "requestingDeviceCode" } },
        },
        waiting: {
          on: { useDeviceCode: { guard: "offersDeviceCode", target: "requestingDeviceCode" } },
        },
        // Where a browser was asked too, its redirect may come at any time: the first way that finishes wins.
        requestingDeviceCode: {
          invoke: {
            id: "requestDeviceCode",
            src: "requestDeviceCode",
            input: ({ context }) => deviceRequest(begun(context)),
            onDone: {
              target: "device",
              actions: { type: "noteDevice", params: ({ event }) => event.output },
            },
            onError: [
              {
                guard: "isRequested",
                target: "waiting",
                actions: { type: "tellDeviceFailed", params: failed },
              },
              { target: "#loopkey.givingUp", actions: { type: "noteFailure", params: failed } },
            ],
          },
        },
        device: {
          invoke: {
            id: "awaitApproval",
            src: "awaitApproval",
            input: ({ context }) => approval(begun(context)),
            onDone: [
              {
                guard: { type: "isSomebodyElse", params: ({ event }) => event.output },
                target: "#loopkey.givingUp",
                actions: { type: "noteFailure", params: somebodyElse },
              },
              {
                target: "#loopkey.exchanging.saving",
                actions: { type: "noteCandidate", params: ({ event }) => event.output },
              },
            ],
            onError: [
              {
                guard: { type: "isDenied", params: failed },
                target: "#loopkey.givingUp",
                actions: { type: "noteFailure", params: failed },
              },
              {
                guard: "isRequested",
                target: "waiting",
                actions: ["forgetDevice", { type: "tellDeviceFailed", params: failed }],
              },
              { target: "#loopkey.givingUp", actions: { type: "noteFailure", params: failed } },
            ],
          },
        },
      },
    },

    // The browser's connection is open, where it came by one: it is answered when the outcome is known.
    exchanging: {
      initial: "redeeming",
      invoke: {
        id: "answerBrowser",
        src: "answerBrowser",
        input: ({ context }) => ({ redirect: begun(context).redirect }),
      },
      states: {
        redeeming: {
          invoke: {
            id: "redeemCode",
            src: "redeemCode",
            input: ({ context }) => redemption(begun(context)),
            onDone: [
              {
                guard: { type: "isSomebodyElse", params: ({ event }) => event.output },
                target: "#loopkey.givingUp",
                actions: { type: "noteFailure", params: somebodyElse },
              },
              { target: "saving", actions: { type: "noteCandidate", params: ({ event }) => event.output } },
            ],
            onError: { target: "#loopkey.givingUp", actions: { type: "noteFailure", params: failed } },
          },
          on: {
            cancel: { target: "#loopkey.givingUp", actions: { type: "noteFailure", params: cancelled } },
          },
        },
        // Not cancelled half-way: what is in the store must be known.
        saving: {
          invoke: {
            id: "saveUnderLock",
            src: "saveUnderLock",
            input: ({ context }) => ({ session: known(context.candidate) }),
            onDone: { target: "#loopkey.authenticated", actions: ["answerSuccess", "adoptSignIn"] },
            onError: { target: "#loopkey.givingUp", actions: { type: "noteFailure", params: failed } },
          },
        },
      },
    },

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
        wake: { guard: "isDue", target: "refreshing" },
      },
    },

    // The lock is held as long as this state: no other process redeems the same refresh token. It ends only by its own
    // outcome: no sign-out in between, that a late answer could undo.
    refreshing: {
      initial: "locking",
      invoke: { id: "holdLock", src: "holdLock" },
      states: {
        locking: {
          on: {
            locked: "reconciling",
            lockFailed: {
              target: "#loopkey.authenticated",
              actions: [
                { type: "noteDegraded", params: failed },
                { type: "tellRefreshFailed", params: failed },
              ],
            },
          },
        },
        // Another process may have been here first: what it stored counts.
        reconciling: {
          invoke: {
            id: "readStore",
            src: "readStore",
            input: { holdsLock: true },
            onDone: [
              {
                guard: { type: "isOurs", params: stored },
                target: "requesting",
                actions: { type: "tellCorrupt", params: stored },
              },
              {
                guard: { type: "isGone", params: stored },
                target: "#loopkey.logged-out",
                actions: ["forgetSession", { type: "noteElsewhere", params: "signed_out_elsewhere" }],
              },
              {
                guard: { type: "isStranger", params: stored },
                target: "#loopkey.logged-out",
                actions: ["forgetSession", { type: "noteElsewhere", params: "account_changed" }],
              },
              {
                guard: { type: "isFresh", params: stored },
                target: "#loopkey.authenticated",
                actions: [{ type: "adoptStored", params: stored }, "tellAdopted"],
              },
              {
                guard: { type: "isRenewable", params: stored },
                target: "requesting",
                actions: [{ type: "adoptStored", params: stored }, "tellAdopted"],
              },
              {
                target: "#loopkey.authenticated",
                actions: [{ type: "adoptStored", params: stored }, "tellAdopted"],
              },
            ],
            onError: {
              target: "#loopkey.authenticated",
              actions: [
                { type: "noteDegraded", params: failed },
                { type: "tellRefreshFailed", params: failed },
              ],
            },
          },
        },
        requesting: {
          invoke: {
            id: "refreshSession",
            src: "refreshSession",
            input: ({ context }) => ({ session: known(context.session) }),
            onDone: {
              target: "persisting",
              actions: { type: "noteRefreshed", params: ({ event }) => event.output },
            },
            onError: [
              {
                guard: { type: "isVerdict", params: failed },
                target: "judging",
                actions: { type: "noteReason", params: failed },
              },
              {
                target: "#loopkey.authenticated",
                actions: [
                  { type: "noteDegraded", params: failed },
                  { type: "tellRefreshFailed", params: failed },
                ],
              },
            ],
          },
        },
        // The verdict is on the token that was sent. Only if that is still the stored one is the session over.
        judging: {
          invoke: {
            id: "readStore",
            src: "readStore",
            input: { holdsLock: true },
            onDone: [
              { guard: { type: "isOurs", params: stored }, target: "ending" },
              {
                guard: { type: "isGone", params: stored },
                target: "#loopkey.logged-out",
                actions: ["forgetSession", { type: "noteElsewhere", params: "signed_out_elsewhere" }],
              },
              {
                guard: { type: "isStranger", params: stored },
                target: "#loopkey.logged-out",
                actions: ["forgetSession", { type: "noteElsewhere", params: "account_changed" }],
              },
              {
                guard: { type: "isFresh", params: stored },
                target: "#loopkey.authenticated",
                actions: [{ type: "adoptStored", params: stored }, "forgetReason", "tellAdopted"],
              },
              // A token that has not been refused yet.
              {
                guard: { type: "isRenewable", params: stored },
                target: "requesting",
                actions: [{ type: "adoptStored", params: stored }, "forgetReason", "tellAdopted"],
              },
              {
                target: "#loopkey.authenticated",
                actions: [{ type: "adoptStored", params: stored }, "forgetReason", "tellAdopted"],
              },
            ],
            // What is stored is not known, and stays; the grant that was refused is not tried again.
            onError: { target: "#loopkey.logged-out", actions: "forgetSession" },
          },
        },
        persisting: {
          invoke: {
            id: "saveSession",
            src: "saveSession",
            input: ({ context }) => ({ session: known(context.candidate) }),
            onDone: [
              { guard: "isRefused", target: "#loopkey.authenticated", actions: "adoptRefused" },
              { target: "#loopkey.authenticated", actions: "adoptRefresh" },
            ],
            onError: {
              target: "pausing",
              actions: [
                { type: "noteDegraded", params: failed },
                { type: "tellRefreshFailed", params: failed },
              ],
            },
          },
        },
        // The old refresh token is spent and the new one is not saved: nobody sees it, and it is not given up.
        pausing: {
          invoke: {
            id: "awaitRefresh",
            src: "awaitRefresh",
            input: ({ context }) => ({ at: nextRefreshAt(context) }),
          },
          on: {
            refreshDue: "persisting",
            wake: "persisting",
            signOut: { target: "#loopkey.logging-out", actions: "beginSignOut" },
          },
        },
        // The grant is over: what is stored of it can be of no use. A store that fails changes nothing about that.
        ending: {
          entry: "forgetSession",
          invoke: {
            id: "clearStore",
            src: "clearStore",
            onDone: "#loopkey.logged-out",
            onError: "#loopkey.logged-out",
          },
        },
      },
    },

    "logging-out": {
      initial: "locking",
      invoke: { id: "holdLock", src: "holdLock" },
      on: { cancel: { actions: "skipVisit" } },
      states: {
        locking: {
          on: {
            locked: "reconciling",
            // Another process holds the lock and hangs. What it is about to store is not ours to delete blindly: the grant is
            // revoked, this process forgets it, and the result says that the store was not cleared.
            lockFailed: { target: "revoking", actions: { type: "spareStored", params: "failed" } },
          },
        },
        // The tokens to revoke are the newest ones. Somebody else's session is not ours to delete.
        reconciling: {
          invoke: {
            id: "readStore",
            src: "readStore",
            input: { holdsLock: true },
            onDone: [
              { guard: { type: "isOurs", params: stored }, target: "revoking" },
              {
                guard: { type: "isStranger", params: stored },
                target: "revoking",
                actions: { type: "spareStored", params: "done" },
              },
              {
                guard: { type: "isGone", params: stored },
                target: "revoking",
                actions: { type: "spareStored", params: "done" },
              },
              { target: "revoking", actions: { type: "adoptStored", params: stored } },
            ],
            onError: "revoking",
          },
        },
        revoking: {
          invoke: {
            id: "revokeTokens",
            src: "revokeTokens",
            input: ({ context }) => ({ session: known(context.session) }),
            onDone: {
              target: "deciding",
              actions: { type: "noteDone", params: ({ event }) => ({ revocation: event.output }) },
            },
            onError: { target: "deciding", actions: { type: "noteDone", params: { revocation: "failed" } } },
          },
        },
        deciding: {
          always: [{ guard: "sparesStored", target: "leaving" }, { target: "clearing" }],
        },
        clearing: {
          invoke: {
            id: "clearStore",
            src: "clearStore",
            onDone: { target: "leaving", actions: { type: "noteDone", params: { local: "done" } } },
            onError: { target: "leaving", actions: { type: "noteDone", params: { local: "failed" } } },
          },
        },
        leaving: {
          always: [
            { guard: "visits", target: "#loopkey.visiting", actions: "keepHintOnly" },
            { target: "#loopkey.logged-out" },
          ],
        },
      },
    },

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
          actions: { type: "noteDone", params: { endSession: "failed" } },
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

/** After a failure the next try, else when the token is due. */
function nextRefreshAt({ degraded, session }: AuthContext): number | undefined {
  return degraded?.nextRetryAt ?? session?.refreshDueAt;
}

/** The attempt, in a state that has one. */
function begun({ attempt }: AuthContext): AttemptContext {
  return known(attempt);
}

function requestInput(attempt: AttemptContext): RequestInput {
  return { attempt, server: known(attempt.server), redirectUri: known(attempt.redirectUri) };
}

function redemption(attempt: AttemptContext): CodeRedemption {
  return { ...requestInput(attempt), response: known(attempt.response), dpopKey: attempt.dpopKey };
}

function deviceRequest(attempt: AttemptContext): DeviceRequest {
  return { attempt, server: known(attempt.server) };
}

function approval(attempt: AttemptContext): DeviceApproval {
  return { ...deviceRequest(attempt), device: known(attempt.device) };
}

function known<T>(fact: T | undefined): T {
  if (fact === undefined) throw new Error("A state was entered before its facts were known");
  return fact;
}

function stored({ event }: { readonly event: { readonly output: Stored } }): Stored {
  return event.output;
}

function failed({ event }: { readonly event: Failure }): Failure {
  return { error: event.error };
}

function cancelled(): Failure {
  return { error: new AuthError("cancelled", "The sign-in was cancelled.") };
}

function somebodyElse(): Failure {
  return {
    error: new AuthError(
      "account_changed",
      "Somebody else signed in than the person who is signed in here.",
      {
        hint: "Sign in again as the same person, or sign out first.",
      },
    ),
  };
}

function timedOut(): Failure {
  return { error: new AuthError("timed_out", "Nobody finished signing in within the time allowed.") };
}
