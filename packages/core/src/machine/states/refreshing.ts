// Access tokens are renewed, by one process at a time (docs/refresh.md).
import { nextRefreshAt, stored } from "../names/session.js";
import { allNames } from "../names/sign-out.js";
import { failed, known } from "../vocabulary.js";

/** After 1, 2, 4, 8 and 16 seconds: half a minute in all. */
const SAVES_TO_STAY_FOR = 5;

// What another process stored counts, whatever this one was about to do.
const otherThanOurs = [
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
  // Not refused yet.
  {
    guard: { type: "isRenewable", params: stored },
    target: "requesting",
    actions: [{ type: "adoptStored", params: stored }, "tellAdopted"],
  },
  {
    target: "#loopkey.authenticated",
    actions: [{ type: "adoptStored", params: stored }, "tellAdopted"],
  },
] as const;

// Tried again later: the session stays.
const degraded = {
  target: "#loopkey.authenticated",
  actions: [
    { type: "noteDegraded", params: failed },
    { type: "tellRefreshFailed", params: failed },
  ],
} as const;

// The lock is held as long as this state: no other process redeems the same refresh token. It ends only by its own
// outcome: no sign-out in between, that a late answer could undo.
export const refreshing = allNames.createStateConfig({
  initial: "locking",
  invoke: { id: "holdLock", src: "holdLock" },
  states: {
    locking: {
      on: {
        locked: "reconciling",
        lockFailed: degraded,
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
          ...otherThanOurs,
        ],
        onError: degraded,
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
            guard: { type: "isSessionEnded", params: failed },
            target: "judging",
            actions: { type: "noteReason", params: failed },
          },
          degraded,
        ],
      },
    },
    // The verdict is on the token that was sent. Only if that is still the stored one is the session over.
    judging: {
      invoke: {
        id: "readStore",
        src: "readStore",
        input: { holdsLock: true },
        onDone: [{ guard: { type: "isOurs", params: stored }, target: "ending" }, ...otherThanOurs],
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
        input: ({ context }) => ({
          at: nextRefreshAt(context),
          // Ended now, the process takes the session with it. But it must not hang on a store that stays broken.
          keepAlive: context.failures <= SAVES_TO_STAY_FOR,
        }),
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
});
