// The code becomes a session, and the session is saved.
import { cancelled, somebodyElse } from "../names/sign-in-failures.js";
import { begun, redemption, signInNames } from "../names/sign-in.js";
import { failed, known } from "../vocabulary.js";

// The browser's connection is open, where it came by one: it is answered when the outcome is known.
export const exchanging = signInNames.createStateConfig({
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
});
