// Access tokens are renewed, by one process at a time (docs/refresh.md).
import { isGrantRefused } from "../../session/refused-in-other-words.js";
import { SAVES_TO_STAY_FOR } from "../../session/refresh-schedule.js";
import { nextRefreshAt, refused, stored } from "../names/session.js";
import { allNames } from "../names/all.js";
import { failed, known } from "../vocabulary.js";
import { adopting, overElsewhere } from "./elsewhere.js";

// What another process stored counts, whatever this one was about to do.
const otherThanOurs = [
  ...overElsewhere,
  { guard: { type: "isFresh", params: stored }, target: "#loopkey.authenticated", actions: adopting },
  // Not refused yet.
  { guard: { type: "isRenewable", params: stored }, target: "approaching", actions: adopting },
  { target: "#loopkey.authenticated", actions: adopting },
] as const;

// Tried again later: the session stays. What was for another API is its caller's to know.
const degraded = [
  {
    guard: "isForApi",
    target: "#loopkey.authenticated",
    actions: { type: "failMinting", params: failed },
  },
  {
    target: "#loopkey.authenticated",
    actions: [
      { type: "noteDegraded", params: failed },
      { type: "tellRefreshFailed", params: failed },
    ],
  },
] as const;

// Whether the server has made new tokens is not known.
const withoutAnswer = [
  { type: "failMinting", params: refused },
  { type: "noteLost", params: refused },
  { type: "tellRefreshFailed", params: refused },
] as const;

// The lock is held as long as this state: no other process redeems the same refresh token. It ends only by its own
// outcome: no sign-out in between, that a late answer could undo.
export const refreshing = allNames.createStateConfig({
  initial: "locking",
  exit: "forgetForce",
  invoke: { id: "holdLock", src: "holdLock" },
  on: {
    noteFailed: { actions: { type: "tellUnnoted", params: failed } },
    timerLate: { actions: "doubtPath" },
    networkFailed: { actions: "doubtPath" },
    wake: { actions: "doubtPath" },
  },
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
          // Refused here or elsewhere, and nobody asks for it all the same.
          {
            guard: { type: "isKnownRefused", params: stored },
            target: "#loopkey.authenticated",
            actions: { type: "adoptRefusal", params: stored },
          },
          {
            guard: { type: "isOurs", params: stored },
            target: "approaching",
            actions: [
              { type: "tellCorrupt", params: stored },
              { type: "keepOthers", params: stored },
            ],
          },
          ...otherThanOurs,
        ],
        onError: degraded,
      },
    },
    // Never rests here. Nothing is sent on a path that may be dead; a connection of its own shows that by coming up.
    approaching: {
      always: [{ guard: "doubtsPath", target: "checkingPath" }, { target: "preparing" }],
    },
    checkingPath: {
      invoke: {
        id: "checkPath",
        src: "checkPath",
        onDone: { target: "preparing", actions: "trustPath" },
        onError: [{ guard: { type: "goesUnchecked", params: failed }, target: "preparing" }, ...degraded],
      },
    },
    // What the server is about to give can be kept, or nothing is asked for.
    preparing: {
      invoke: {
        id: "prepareSave",
        src: "prepareSave",
        input: ({ context }) => ({ session: known(context.session) }),
        onDone: "requesting",
        onError: degraded,
      },
    },
    requesting: {
      invoke: {
        id: "refreshSession",
        src: "refreshSession",
        input: ({ context }) => ({ session: known(context.session), target: context.target }),
        onDone: {
          target: "persisting",
          actions: { type: "noteRefreshed", params: ({ event }) => event.output },
        },
        onError: [
          {
            guard: { type: "isApiFailure", params: refused },
            target: "#loopkey.authenticated",
            actions: { type: "failMinting", params: refused },
          },
          // `invalid_grant` alone ends a grant (`oauth/refresh-request.ts`); the stored record has the last word.
          {
            guard: { type: "isSessionEnded", params: refused },
            target: "judging",
            actions: { type: "noteReason", params: refused },
          },
          {
            guard: { type: "isGrantRefusal", params: refused },
            target: "comparing",
            actions: [
              { type: "noteGrantRefused", params: refused },
              { type: "tellRefreshFailed", params: refused },
            ],
          },
          // No answer in time: that connection is closed by now, so that no second request runs beside the first.
          {
            guard: { type: "isSilent", params: refused },
            target: "approaching",
            actions: withoutAnswer,
          },
          {
            guard: { type: "isLostOnce", params: refused },
            target: "askingAgain",
            actions: withoutAnswer,
          },
          {
            target: "#loopkey.authenticated",
            actions: [
              { type: "failMinting", params: refused },
              { type: "noteDegraded", params: refused },
              { type: "tellRefreshFailed", params: refused },
            ],
          },
        ],
      },
    },
    // The server may have made new tokens all the same. Once more within a second, under the same lock: servers that forgive
    // a token that comes again do so for some seconds.
    askingAgain: {
      invoke: {
        id: "awaitRefresh",
        src: "awaitRefresh",
        input: ({ context }) => ({ at: nextRefreshAt(context), keepAlive: true }),
      },
      on: { refreshDue: "approaching" },
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
    // Refused in other words: if that is still the stored one, no process sends it again. Else there is another to go by.
    comparing: {
      invoke: {
        id: "readStore",
        src: "readStore",
        input: { holdsLock: true },
        onDone: [
          {
            guard: { type: "isOurs", params: stored },
            target: "marking",
            actions: { type: "keepOthers", params: stored },
          },
          ...otherThanOurs,
        ],
        // This process knows it; the next one asks once for itself.
        onError: "#loopkey.authenticated",
      },
    },
    marking: {
      invoke: {
        id: "markSession",
        src: "markSession",
        input: ({ context }) => ({ session: known(context.session) }),
        onDone: "#loopkey.authenticated",
        onError: {
          target: "#loopkey.authenticated",
          actions: { type: "tellRefreshFailed", params: failed },
        },
      },
    },
    persisting: {
      invoke: {
        id: "saveSession",
        src: "saveSession",
        input: ({ context }) => ({
          session: known(context.candidate),
          isNews: isGrantRefused(known(context.session)),
        }),
        onDone: [
          { guard: "isForApi", target: "#loopkey.authenticated", actions: "adoptMinted" },
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
        wake: { target: "persisting", actions: "doubtPath" },
        signOut: { target: "#loopkey.logging-out", actions: "beginSignOut" },
      },
    },
    // The grant is over: what is stored of it can be of no use. A store that fails changes nothing about that.
    ending: {
      entry: "forgetSession",
      invoke: {
        id: "clearStore",
        src: "clearStore",
        input: ({ context }) => ({ isLost: context.reason?.code === "answer_lost" }),
        onDone: "#loopkey.logged-out",
        onError: "#loopkey.logged-out",
      },
    },
  },
});
