// Tokens are revoked, and what is stored is deleted whatever happens; then, in `visiting`, the browser may visit the server.
import { stored } from "../names/session.js";
import { allNames } from "../names/all.js";
import { serverUnknown } from "../names/sign-out.js";
import { failed, known } from "../vocabulary.js";

export const loggingOut = allNames.createStateConfig({
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
            guard: { type: "isCopied", params: stored },
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
        onError: [
          // Nobody should wait twice for a server that does not answer; nor can the browser be sent to one that is not known.
          {
            guard: { type: "isServerUnknown", params: failed },
            target: "deciding",
            actions: [{ type: "noteDone", params: serverUnknown }, "skipVisit"],
          },
          { target: "deciding", actions: { type: "noteDone", params: { revocation: "failed" } } },
        ],
      },
    },
    deciding: {
      always: [{ guard: "sparesStored", target: "leaving" }, { target: "clearing" }],
    },
    clearing: {
      invoke: {
        id: "clearStore",
        src: "clearStore",
        input: { isLost: false },
        onDone: { target: "leaving", actions: { type: "noteDone", params: { local: "done" } } },
        onError: { target: "leaving", actions: { type: "noteDone", params: { local: "failed" } } },
      },
    },
    leaving: {
      always: [
        { guard: "visits", target: "#loopkey.visiting", actions: "keepHintOnly" },
        { target: "#loopkey.logged-out", actions: "endSignOut" },
      ],
    },
  },
});
