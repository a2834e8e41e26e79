// Rule 6: who holds the lock, and what ends only by its own outcome.
import { expect } from "vitest";
import { table } from "../../support/broken.js";
import type { Invariant, Rules } from "../../support/invariants.js";
import { nameOf } from "../../support/model.js";
import { isIn, leaves, readingOf, runs, typeOf } from "../../support/sights.js";

const holds = runs("holdLock");
const isLocking = isIn("refreshing.locking", "logging-out.locking");

/** A state, and the actor whose report ends it. */
const OUTCOMES: Readonly<Record<string, string>> = {
  "refreshing.reconciling": "readStore",
  "refreshing.checkingPath": "checkPath",
  "refreshing.preparing": "prepareSave",
  "refreshing.requesting": "refreshSession",
  "refreshing.judging": "readStore",
  "refreshing.comparing": "readStore",
  "refreshing.marking": "markSession",
  "refreshing.persisting": "saveSession",
  "refreshing.ending": "clearStore",
  "exchanging.saving": "saveUnderLock",
  "logging-out.reconciling": "readStore",
  "logging-out.revoking": "revokeTokens",
  "logging-out.clearing": "clearStore",
};

const endsByItself = ([state, actor]: readonly [string, string]): Invariant => ({
  name: `${state} ends by the outcome of ${actor}, whatever the app asks for`,
  onSteps: {
    of: leaves(isIn(state)),
    holds: (edge) =>
      expect(typeOf(edge), edge.name).toMatch(new RegExp(`^xstate\\.(done|error)\\.actor\\.${actor}$`)),
  },
  brokenBy: {
    "a sign-out does not wait its turn": table(({ arrows, state: at }) => {
      arrows(state, "signOut").push({
        target: state.startsWith("exchanging") ? "#loopkey.givingUp" : "#loopkey.logged-out",
        actions: "forgetSession",
      });
      at(state).exit = undefined;
    }),
  },
});

export const lock: Rules = {
  "6": [
    {
      name: "what writes the store or spends a token runs beside the lock",
      inStates: {
        of: (state) =>
          ["saveSession", "markSession", "clearStore", "refreshSession", "revokeTokens"].some((actor) =>
            runs(actor)(state),
          ),
        holds: (state) => expect(holds(state), nameOf(state)).toBe(true),
      },
      brokenBy: {
        "a refresh without the lock": table(({ state }) => {
          Object.assign(state("refreshing"), { initial: "reconciling", invoke: undefined });
        }),
        "a sign-out without the lock": table(({ state }) => {
          Object.assign(state("logging-out"), { initial: "reconciling", invoke: undefined });
        }),
      },
    },
    {
      name: "a sign-in is saved in exchanging, by what takes the lock itself",
      inStates: {
        of: runs("saveUnderLock"),
        holds: (state) => expect(nameOf(state)).toBe("exchanging.saving"),
      },
      brokenBy: {
        "a mark is saved as a sign-in is": table(({ invoke }) => {
          invoke("refreshing.marking", "saveUnderLock", {});
        }),
      },
    },
    {
      name: "whoever reads the store says whether it holds the lock, and holds it unless nothing is written then",
      inStates: {
        of: runs("readStore"),
        holds: (state) => {
          expect(readingOf(state).holdsLock, nameOf(state)).toBe(holds(state));
          expect(holds(state), nameOf(state)).toBe(!isIn("restoring", "reviewing")(state));
        },
      },
      brokenBy: {
        "a look elsewhere claims the lock": table(({ state, invoke, arrows }) => {
          const done = arrows("reviewing", "readStore done");
          state("reviewing").invoke = undefined;
          invoke("reviewing", "readStore", { holdsLock: true });
          arrows("reviewing", "readStore done").push(...done);
        }),
      },
    },
    {
      name: "the lock is held in refreshing and logging-out, and nowhere else",
      inStates: {
        of: holds,
        holds: (state) => expect(isIn("refreshing", "logging-out")(state), nameOf(state)).toBe(true),
      },
      brokenBy: {
        "a visit to the server keeps it": table(({ invoke }) => invoke("visiting", "holdLock")),
      },
    },
    {
      name: "the lock is waited for first",
      onSteps: {
        of: ({ source, target }) =>
          holds(target) && (!holds(source) || nameOf(source).split(".")[0] !== nameOf(target).split(".")[0]),
        holds: ({ name, target }) => expect(isLocking(target), name).toBe(true),
      },
      brokenBy: {
        "a refresh begins before it has the lock": table(({ state }) => {
          state("refreshing").initial = "reconciling";
        }),
      },
    },
    {
      name: "the wait for the lock ends with the lock, or without it and without a write",
      onSteps: {
        of: leaves(isLocking),
        holds: ({ name, source, event, target }) => {
          const isSigningOut = isIn("logging-out")(source);
          const unlocked = isSigningOut ? "logging-out.revoking" : "authenticated";
          const locked = isSigningOut ? "logging-out.reconciling" : "refreshing.reconciling";
          expect(["locked", "lockFailed"], name).toContain(event.type);
          expect(nameOf(target), name).toBe(event.type === "locked" ? locked : unlocked);
        },
      },
      brokenBy: {
        "a refresh goes on without it": table(({ arrows }) => {
          for (const arrow of arrows("refreshing.locking", "lockFailed")) arrow.target = "reconciling";
        }),
        "a sign-out deletes without it": table(({ arrows }) => {
          arrows("logging-out.locking", "lockFailed")[0]!.target = "clearing";
        }),
      },
    },
    {
      name: "the same lock is held until refreshing or logging-out is left",
      onSteps: {
        of: ({ source, target }) =>
          holds(source) && nameOf(source).split(".")[0] === nameOf(target).split(".")[0],
        holds: ({ name, source, target }) =>
          expect(target.children["holdLock"], name).toBe(source.children["holdLock"]),
      },
      brokenBy: {
        "a request that is made again takes it anew": table(({ arrows }) => {
          const again = { target: "#loopkey.refreshing", reenter: true };
          Object.assign(arrows("refreshing.askingAgain", "refreshDue")[0]!, again);
        }),
      },
    },
    ...Object.entries(OUTCOMES).map(endsByItself),
  ],
};
