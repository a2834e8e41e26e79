// Rule 5: what the server gives is the session when it has been saved, and not before.
import { expect } from "vitest";
import { assign } from "xstate";
import type { Stored } from "../../../src/session/read-stored.js";
import { actions, table } from "../../support/broken.js";
import type { Rules } from "../../support/invariants.js";
import { nameOf, type Snapshot } from "../../support/model.js";
import { isIn, outputOf, seen, typeOf } from "../../support/sights.js";

const hides = ({ context }: Snapshot): boolean => context.candidate !== undefined;

export const saving: Rules = {
  "5": [
    {
      name: "tokens from the server are the session once they are saved",
      onSteps: {
        of: ({ source, target }) =>
          target.context.session !== undefined && target.context.session !== source.context.session,
        holds: (edge) => {
          const { name, source, event, target } = edge;
          const session = target.context.session!;
          const isSame = session.id === source.context.session?.id;
          if (isIn("visiting")(target)) {
            expect(Object.keys(session.tokens), name).toEqual(["idToken"]);
            expect(isSame, name).toBe(true);
          } else if (target.context.degraded?.detail === "refused" && isSame)
            // Marked: the tokens are what they were.
            expect(session.tokens, name).toBe(source.context.session?.tokens);
          else if (typeOf(edge) === "xstate.done.actor.readStore")
            expect(session, name).toBe((outputOf(event) as Stored).session);
          else if (event.type === "reviewed") expect(session, name).toBe(event.stored?.session);
          else {
            // What is being revoked is not seen by anybody.
            if (event.type === "signOut") expect(seen(target), name).not.toHaveProperty("session");
            else expect(typeOf(edge), name).toMatch(/^xstate\.done\.actor\.save(Session|UnderLock)$/);
            expect(session, name).toBe(source.context.candidate);
          }
        },
      },
      brokenBy: {
        "a refreshed token is used at once": table(({ arrows }) => {
          Object.assign(arrows("refreshing.requesting", "refreshSession done")[0]!, {
            target: "#loopkey.authenticated",
            actions: assign({
              session: ({ event }: { event: unknown }) =>
                (event as { output: { session: unknown } }).output.session,
            }),
          });
        }),
        "a sign-in that could not be saved stands": table(({ arrows }) => {
          Object.assign(arrows("exchanging.saving", "saveUnderLock error")[0]!, {
            target: "#loopkey.authenticated",
            actions: "adoptSignIn",
          });
        }),
      },
    },
    {
      name: "what is not saved yet is held where it is saved, and nowhere else",
      inStates: {
        of: hides,
        holds: (state) =>
          expect(["refreshing.persisting", "refreshing.pausing", "exchanging.saving"]).toContain(
            nameOf(state),
          ),
      },
      brokenBy: {
        "a refresh ends before its save": table(({ arrows }) => {
          arrows("refreshing.requesting", "refreshSession done")[0]!.target = "#loopkey.authenticated";
        }),
      },
    },
    {
      name: "while it is saved, the session is what it was",
      onSteps: {
        of: ({ target }) => hides(target),
        holds: ({ name, source, target }) => {
          expect(target.context.session, name).toBe(source.context.session);
          const shown = seen(target);
          if ("session" in shown) expect(shown.session, name).toBe(source.context.session?.view);
        },
      },
      brokenBy: {
        "the new session is shown while it is saved": actions({
          noteRefreshed: assign((_, { session }) => ({ candidate: session, session })),
        }),
      },
    },
    {
      name: "a save that fails is tried again under the same lock, reported as degraded",
      onSteps: {
        of: (edge) => isIn("refreshing")(edge.source) && typeOf(edge) === "xstate.error.actor.saveSession",
        holds: ({ name, source, target }) => {
          expect(nameOf(target), name).toBe("refreshing.pausing");
          expect(target.children["holdLock"], name).toBe(source.children["holdLock"]);
          expect(target.context.candidate, name).toBe(source.context.candidate);
          expect(seen(target), name).toHaveProperty("degraded");
        },
      },
      brokenBy: {
        "a save that fails is given up": table(({ arrows }) => {
          arrows("refreshing.persisting", "saveSession error")[0]!.target = "#loopkey.authenticated";
        }),
        "a save that fails is not told": table(({ arrows }) => {
          arrows("refreshing.persisting", "saveSession error")[0]!.actions = [];
        }),
        "each try takes the lock anew": table(({ arrows }) => {
          const [arrow] = arrows("refreshing.persisting", "saveSession error").splice(0);
          const again = { target: ".pausing", reenter: true, actions: arrow!.actions };
          arrows("refreshing", "xstate.error.actor.saveSession").push(again);
        }),
      },
    },
    {
      name: "a save that is to be tried again is, unless somebody signs out",
      onSteps: {
        // What the lock and the timer tell beside it leads nowhere.
        of: (edge) =>
          isIn("refreshing.pausing")(edge.source) &&
          !/^(noteFailed|timerLate|networkFailed)$/.test(typeOf(edge)),
        holds: ({ name, event, target }) =>
          expect(nameOf(target), name).toBe(
            event.type === "signOut" ? "logging-out.locking" : "refreshing.persisting",
          ),
      },
      brokenBy: {
        "it is given up after a while": table(({ arrows }) => {
          arrows("refreshing.pausing", "refreshDue")[0]!.target = "#loopkey.authenticated";
        }),
      },
    },
  ],
};
