// A session that the server has refused in other words than the standard's, or that nothing shows to be this person's: neither is
// deleted, and neither is sent again by itself. And what a person who is signed in can count on.
import { expect } from "vitest";
import { assign } from "xstate";
import type { Stored } from "../../../src/session/read-stored.js";
import { degradedFor, isGrantRefused } from "../../../src/session/refused-in-other-words.js";
import { actions, guards, table, without } from "../../support/broken.js";
import type { Rules } from "../../support/invariants.js";
import { nameOf, START } from "../../support/model.js";
import { enters, isIn, isMarked, isPast, outputOf, runs, storedIn } from "../../support/sights.js";
import { HOUR } from "../../support/world.js";

const isAuthenticated = isIn("authenticated");
const isRefreshing = isIn("refreshing");

export const doubt: Rules = {
  "a session in doubt": [
    {
      name: "a session that nothing shows to be this person's any more sends no refresh token",
      inStates: {
        of: isPast,
        holds: (state) => expect(runs("refreshSession")(state), nameOf(state)).toBe(false),
      },
      onSteps: {
        of: ({ source }) => isPast(source) && isAuthenticated(source),
        holds: ({ name, target }) => expect(isRefreshing(target), name).toBe(false),
      },
      brokenBy: { "whoever asks gets another try": guards({ canRefresh: () => true }) },
    },
    {
      name: "it is over when a token is asked for or due, says so, and is not deleted",
      onSteps: {
        of: (edge) => isPast(edge.source) && isAuthenticated(edge.source) && enters(isIn("idle"))(edge),
        holds: ({ name, event, target }) => {
          expect(event.type, name).toMatch(/^refresh(Due)?$/);
          expect(target.context.reason?.code, name).toBe("sign_in_required");
        },
      },
      brokenBy: {
        "nobody is told": without("notePastProof"),
        "a wake ends it": table(({ arrows }) => {
          arrows("authenticated", "wake").unshift({
            guard: "isPastProof",
            target: "idle",
            actions: ["notePastProof", "forgetSession"],
          });
        }),
      },
    },
    {
      name: "what was refused in other words is sent again on purpose, and not by itself",
      onSteps: {
        of: ({ source, target }) => isMarked(source) && isAuthenticated(source) && isRefreshing(target),
        holds: ({ name, event }) => expect(event, name).toMatchObject({ isForced: true }),
      },
      inStates: {
        of: (state) => isMarked(state) && runs("refreshSession")(state),
        holds: (state) => expect(state.context.isForced, nameOf(state)).toBe(true),
      },
      brokenBy: {
        "it is sent whenever it is due": guards({
          canRefresh: ({ context }) => context.session !== undefined,
        }),
      },
    },
    {
      name: "what another process was refused with is not sent here either",
      onSteps: {
        of: (edge) => {
          const found = outputOf(edge.event) as Stored | undefined;
          const isStoredRefused = found?.session !== undefined && isGrantRefused(found.session);
          const { source } = edge;
          const isReading = isIn("refreshing.reconciling")(source) && storedIn(edge) === "ours";
          return isReading && isStoredRefused && !source.context.isForced;
        },
        holds: ({ name, target }) => {
          expect(nameOf(target), name).toBe("authenticated");
          expect(isMarked(target), name).toBe(true);
        },
      },
      brokenBy: { "each process asks for itself": guards({ isKnownRefused: () => false }) },
    },
    {
      name: "it is compared with what is stored, and marked while the lock is held",
      onSteps: {
        of: ({ label }) => /refused in other words/.test(label),
        holds: ({ name, source, target }) =>
          // For another API it says nothing of the session.
          expect(nameOf(target), name).toBe(source.context.target ? "authenticated" : "refreshing.comparing"),
      },
      inStates: {
        of: runs("markSession"),
        holds: (state) => expect(runs("holdLock")(state), nameOf(state)).toBe(true),
      },
      brokenBy: {
        "it ends the session": table(({ arrows }) => {
          for (const arrow of arrows("refreshing.requesting", "refreshSession error"))
            if (arrow.target === "comparing") arrow.target = "judging";
        }),
      },
    },
    {
      name: "a mark that cannot be stored loses nobody their session",
      onSteps: {
        of: ({ label }) => label.startsWith("markSession:"),
        holds: ({ name, target }) => expect(nameOf(target), name).toBe("authenticated"),
      },
      brokenBy: {
        "it signs out": table(({ arrows }) => {
          Object.assign(arrows("refreshing.marking", "markSession error")[0]!, {
            target: "#loopkey.logged-out",
            actions: "forgetSession",
          });
        }),
      },
    },
    {
      name: "a wish that was forced is over with its refresh",
      inStates: {
        of: (state) => !isRefreshing(state),
        holds: ({ context }) => expect(context.isForced).toBe(false),
      },
      brokenBy: { "it goes on": without("forgetForce") },
    },
  ],
  "a person who is signed in": [
    {
      name: "who is marked as refused is told, and no next try is named",
      inStates: {
        of: ({ context }) => context.degraded?.detail === "refused",
        holds: (state) => {
          expect(isMarked(state), nameOf(state)).toBe(true);
          expect(state.context.degraded).not.toHaveProperty("nextRetryAt");
        },
      },
      brokenBy: {
        "a next try is named": actions({
          noteGrantRefused: assign(({ context: { session, now } }) => {
            const marked = session && { ...session, refused: { generation: 1, error: "no" } };
            const degraded = degradedFor(marked, now());
            return { session: marked, degraded: degraded && { ...degraded, nextRetryAt: now() + 1 } };
          }),
        }),
      },
    },
    {
      name: "a session that was refused is shown as degraded",
      inStates: {
        of: (state) => isMarked(state) && !isPast(state) && isAuthenticated(state),
        holds: ({ context }) =>
          expect(context.degraded).toMatchObject({ code: "sign_in_required", detail: "refused" }),
      },
      brokenBy: {
        "it looks well": table(({ arrows }) => {
          arrows("refreshing.marking", "markSession done")[0]!.actions = assign({ degraded: undefined });
        }),
      },
    },
    {
      name: "whatever else is degraded names a next try within the hour",
      inStates: {
        of: ({ context: { degraded } }) => degraded !== undefined && degraded.detail !== "refused",
        holds: (state) => {
          const { degraded, lostAnswers, session } = state.context;
          // After a silence it is made at once.
          expect(typeof degraded!.nextRetryAt).toBe("number");
          const isNow = lostAnswers > 0 && degraded!.nextRetryAt === START;
          if (!isNow) expect(degraded!.nextRetryAt).toBeGreaterThan(START);
          const isOver = session !== undefined && isPast(state);
          expect(degraded!.nextRetryAt).toBeLessThan(START + HOUR + (isOver ? 1 : 0));
        },
      },
      brokenBy: {
        "it waits for ever": actions({
          noteDegraded: assign(({ context: { now } }) => ({
            degraded: { code: "temporarily_unavailable", message: "away", at: now() },
          })),
        }),
      },
    },
    {
      name: "whoever can be renewed waits for the next refresh",
      inStates: {
        of: (state) => isAuthenticated(state) && state.context.session?.tokens.refreshToken !== undefined,
        holds: (state) => expect(runs("awaitRefresh")(state), nameOf(state)).toBe(true),
      },
      brokenBy: {
        "nobody waits": table(({ state }) => {
          state("authenticated").invoke = undefined;
        }),
      },
    },
    {
      name: "authenticated has a session, and every refresh is of one",
      inStates: {
        of: (state) => isAuthenticated(state) || (isRefreshing(state) && !isIn("refreshing.ending")(state)),
        holds: (state) => expect(state.context.session, nameOf(state)).toBeDefined(),
      },
      brokenBy: { "a sign-in leaves none": without("adoptSignIn") },
    },
  ],
};
