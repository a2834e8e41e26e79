// Rules 4, 9 and 12: a sign-in from its beginning to its end, and the session it may be on top of.
import { expect } from "vitest";
import { assign } from "xstate";
import { createProof } from "../../../src/oauth/proof.js";
import { actions, table, without } from "../../support/broken.js";
import type { Rules } from "../../support/invariants.js";
import { nameOf } from "../../support/model.js";
import { enters, isIn, isSigningIn, leaves, runs, typeOf } from "../../support/sights.js";

const isAuthenticated = isIn("authenticated");

export const attempt: Rules = {
  "4": [
    {
      name: "an attempt, its verifier, state and nonce live in awaiting-callback and exchanging",
      inStates: {
        holds: (state) => expect(state.context.attempt !== undefined, nameOf(state)).toBe(isSigningIn(state)),
      },
      brokenBy: {
        "an attempt that was given up is kept": without("giveUp"),
        "an attempt that has succeeded is kept": actions({
          adoptSignIn: assign(({ context }) => ({ session: context.candidate, candidate: undefined })),
        }),
      },
    },
    {
      name: "its answer is held while it is redeemed, a device code while it is waited for",
      inStates: {
        of: ({ context }) => context.attempt !== undefined,
        holds: (state) => {
          const { response, device } = state.context.attempt!;
          const isRedeeming = isIn("exchanging")(state);
          expect(response !== undefined || device !== undefined, nameOf(state)).toBe(
            isRedeeming || isIn("awaiting-callback.device")(state),
          );
          if (response) expect(isRedeeming, nameOf(state)).toBe(true);
        },
      },
      brokenBy: { "a device code that is over is kept": without("forgetDevice") },
    },
    {
      name: "an attempt is begun by signing in, and each time with what it was given",
      onSteps: {
        of: enters(({ context }) => context.attempt !== undefined),
        holds: ({ name, event, target }) => {
          expect(event.type, name).toBe("signIn");
          if (event.type === "signIn") expect(target.context.attempt, name).toBe(event.attempt);
        },
      },
      brokenBy: {
        "it goes on with another state than was made for it": actions({
          beginAttempt: assign(({ event }) =>
            event.type === "signIn" ? { attempt: { ...event.attempt, proof: createProof() } } : {},
          ),
        }),
      },
    },
  ],
  "9": [
    {
      name: "a sign-in keeps the session from before",
      onSteps: {
        of: ({ source, target }) => isAuthenticated(source) && isSigningIn(target),
        holds: ({ name, source, target }) =>
          expect(target.context.session, name).toBe(source.context.session),
      },
      brokenBy: {
        "it is forgotten when a sign-in begins": table(({ arrows }) => {
          arrows("authenticated", "signIn")[0]!.actions = ["beginAttempt", "forgetSession"];
        }),
      },
    },
    {
      name: "a sign-in that is given up comes back to the session from before, or says why there is none",
      onSteps: {
        // Where what it was on top of has ended elsewhere, that is what counts.
        of: (edge) =>
          leaves(isSigningIn)(edge) &&
          !["reviewed", "xstate.done.actor.saveUnderLock"].includes(typeOf(edge)),
        holds: ({ name, source, target }) => {
          expect(nameOf(target), name).toBe(source.context.session ? "authenticated" : "idle");
          expect(target.context.session, name).toBe(source.context.session);
          if (!source.context.session) expect(target.context.reason, name).toBeDefined();
        },
      },
      brokenBy: {
        "a cancelled step-up signs out": table(({ arrows }) => {
          arrows("givingUp", "always")[0]!.target = "#loopkey.logged-out";
        }),
        "a refusal takes the session with it": table(({ arrows }) => {
          arrows("exchanging.redeeming", "redeemCode error")[0]!.actions = [
            { type: "noteFailure", params: { error: new Error("refused") } },
            "forgetSession",
          ];
        }),
      },
    },
  ],
  "12": [
    {
      name: "a server is asked when what it gives can be kept",
      onSteps: {
        of: enters(isIn("awaiting-callback.discovering")),
        holds: (edge) => expect(typeOf(edge), edge.name).toBe("xstate.done.actor.probeKeeping"),
      },
      brokenBy: {
        "the store is not tried": table(({ state }) => {
          state("awaiting-callback").initial = "discovering";
        }),
        "a store that fails is no hindrance": table(({ arrows }) => {
          arrows("awaiting-callback.probing", "probeKeeping error")[0]!.target = "discovering";
        }),
      },
    },
    {
      name: "a person is sent to the server when the server is known and somebody listens",
      inStates: {
        of: (state) => runs("openBrowser")(state) || isIn("awaiting-callback.requesting")(state),
        holds: ({ context: { attempt: begun } }) => {
          expect(begun?.server).toBeDefined();
          expect(begun?.redirectUri).toBeDefined();
        },
      },
      brokenBy: {
        "nobody waits for the listener": table(({ arrows, state, invoke }) => {
          delete arrows("awaiting-callback.binding", "always")[0]!.guard;
          state("awaiting-callback.requesting").invoke = undefined;
          invoke("awaiting-callback.requesting", "buildRequest", {});
        }),
      },
    },
  ],
};
