// The person is signed out here already; this is for the server's session in their browser. No lock: it may take a minute, and
// nothing is stored any more.
import { allNames } from "../names/all.js";
import { known } from "../vocabulary.js";

export const visiting = allNames.createStateConfig({
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
    visitFailed: { actions: "tellVisitFailed" },
    visitEnded: {
      target: "#loopkey.logged-out",
      actions: [
        { type: "noteDone", params: ({ event }) => ({ endSession: event.endSession }) },
        "endSignOut",
      ],
    },
    deadlinePassed: {
      target: "#loopkey.logged-out",
      actions: [{ type: "noteDone", params: { endSession: "failed" } }, "tellVisitTimedOut", "endSignOut"],
    },
    cancel: {
      target: "#loopkey.logged-out",
      actions: [{ type: "noteDone", params: { endSession: "failed" } }, "endSignOut"],
    },
  },
});
