// Rules 7, 8 and 10: when connections are accepted, how the browser is answered, when it is sent out, and what nothing shows.
import { inspect } from "node:util";
import { expect } from "vitest";
import { assign } from "xstate";
import { actions, guards, table, without } from "../../support/broken.js";
import type { Rules } from "../../support/invariants.js";
import { MARK, nameOf, proof } from "../../support/model.js";
import { enters, isIn, isOut, leaves, runs, seen, storedIn, typeOf } from "../../support/sights.js";

const visits = runs("visitEndSession");
/** Whatever must not be seen, in this model. */
const SECRETS = [MARK, proof.codeVerifier.reveal(), proof.state.reveal(), proof.nonce.reveal()];

export function expectNoSecret(value: unknown, where: string): void {
  for (const text of [JSON.stringify(value) ?? "", inspect(value, { depth: 20 })])
    for (const secret of SECRETS) expect(text.includes(secret), `${where} shows ${secret}`).toBe(false);
}

export const browser: Rules = {
  "7": [
    {
      name: "connections are accepted in awaiting-callback and for the browser's visit, and both have their time",
      inStates: {
        holds: (state) => {
          const name = nameOf(state);
          const isWaiting = isIn("awaiting-callback")(state);
          const isVisiting = isIn("visiting")(state);
          expect(runs("listenForRedirect")(state), name).toBe(isWaiting);
          expect(visits(state), name).toBe(isVisiting);
          expect(runs("awaitDeadline")(state), name).toBe(isWaiting || isVisiting);
        },
      },
      brokenBy: {
        "the listener stays while the code is redeemed": table(({ invoke }) =>
          invoke("exchanging", "listenForRedirect", {}),
        ),
        "the person's time has no end": table(({ state }) => {
          const node = state("awaiting-callback");
          node.invoke = [node.invoke]
            .flat()
            .filter((each) => (each as { id: string }).id !== "awaitDeadline");
        }),
      },
    },
    {
      name: "the browser that was accepted waits for its answer in exchanging",
      inStates: {
        holds: (state) => expect(runs("answerBrowser")(state), nameOf(state)).toBe(isIn("exchanging")(state)),
      },
      brokenBy: {
        "it is let go at once": table(({ state }) => {
          state("exchanging").invoke = undefined;
        }),
      },
    },
    {
      name: "the browser is answered when the outcome is known, with that outcome",
      onSteps: {
        holds: (edge) => {
          const { name, target, did } = edge;
          const isSaved = typeOf(edge) === "xstate.done.actor.saveUnderLock";
          const isEnd = leaves(isIn("awaiting-callback", "exchanging"))(edge);
          expect(did.includes("answerSuccess"), name).toBe(isSaved);
          expect(did.includes("answerFailure"), name).toBe(isEnd && !isSaved);
          if (isSaved) expect(isIn("authenticated")(target), name).toBe(true);
        },
      },
      brokenBy: {
        "it says that it worked before the save": table(({ arrows }) => {
          const done = arrows("exchanging.redeeming", "redeemCode done").at(-1)!;
          done.actions = ["answerSuccess", done.actions];
        }),
        "a refusal is not answered": table(({ state }) => {
          state("givingUp").entry = "giveUp";
        }),
      },
    },
  ],
  "8": [
    {
      name: "the browser is sent out when the local session was deleted, or is not ours to delete",
      onSteps: {
        of: enters(visits),
        holds: (edge) => {
          const { name, source } = edge;
          const isSpared = source.context.signOut?.sparesStored === true;
          expect(nameOf(source), name).toBe(isSpared ? "logging-out.revoking" : "logging-out.clearing");
          expect(typeOf(edge), name).toMatch(isSpared ? /\.actor\.revokeTokens$/ : /\.actor\.clearStore$/);
        },
      },
      brokenBy: {
        "it is sent out first": table(({ arrows }) => {
          arrows("logging-out.deciding", "always").unshift({ guard: "visits", target: "leaving" });
        }),
      },
    },
    {
      name: "during the visit the person is signed out here, and the result says what became of the local session",
      inStates: {
        of: visits,
        holds: (state) => {
          expect(state.context.signOut?.result.local).not.toBe("skipped");
          expect(Object.keys(state.context.session!.tokens)).toEqual(["idToken"]);
          expect(seen(state)).not.toHaveProperty("session");
        },
      },
      brokenBy: {
        "the tokens are kept for it": without("keepHintOnly"),
        "what was deleted is not noted": table(({ arrows }) => {
          for (const outcome of ["done", "error"])
            arrows("logging-out.clearing", `clearStore ${outcome}`)[0]!.actions = [];
        }),
      },
    },
    {
      name: "a visit ends signed out, however it ends",
      onSteps: { of: leaves(visits), holds: ({ name, target }) => expect(isOut(target), name).toBe(true) },
      brokenBy: {
        "a visit that took too long undoes it": table(({ arrows }) => {
          arrows("visiting", "deadlinePassed")[0]!.target = "#loopkey.authenticated";
        }),
      },
    },
    {
      name: "a sign-out deletes neither what is somebody else's nor what is gone",
      onSteps: {
        of: (edge) => isIn("logging-out.reconciling")(edge.source) && storedIn(edge) !== undefined,
        holds: (edge) =>
          expect(edge.target.context.signOut?.sparesStored, edge.name).toBe(
            ["stranger", "copied", "gone"].includes(storedIn(edge)!),
          ),
      },
      inStates: {
        of: ({ context }) => context.signOut?.sparesStored === true,
        holds: (state) => expect(runs("clearStore")(state), nameOf(state)).toBe(false),
      },
      brokenBy: {
        "another person's record counts as the same person's": guards({ isStranger: () => false }),
        "another machine's record is deleted": guards({ isCopied: () => false }),
      },
    },
  ],
  "10": [
    {
      name: "no secret shows in a state",
      inStates: {
        holds: (state) =>
          // The machine and its nodes are the same in all of them.
          expectNoSecret({ ...state, machine: undefined, _nodes: undefined, children: {} }, nameOf(state)),
      },
      brokenBy: {
        "a refresh token in plain text": actions({
          noteRestored: assign((_, { session }) => {
            const subject = session?.tokens.refreshToken?.reveal() ?? "ada";
            return { session: session && { ...session, view: { ...session.view, subject } } };
          }),
        }),
      },
    },
  ],
};
