// Rule 11: when a refresh token is sent, and what becomes of an answer that was lost.
import { expect } from "vitest";
import { assign } from "xstate";
import { actions, guards, table, without } from "../../support/broken.js";
import type { Rules } from "../../support/invariants.js";
import { nameOf } from "../../support/model.js";
import { enters, isIn, typeOf } from "../../support/sights.js";

const isRequesting = isIn("refreshing.requesting");
const isPreparing = isIn("refreshing.preparing");
const isPathAsked = isIn("refreshing.checkingPath");

export const sending: Rules = {
  "11": [
    {
      name: "a refresh token is sent when a place is kept for its successor",
      onSteps: {
        of: enters(isRequesting),
        holds: (edge) => expect(typeOf(edge), edge.name).toBe("xstate.done.actor.prepareSave"),
      },
      brokenBy: {
        "no place is kept": table(({ arrows }) => {
          arrows("refreshing.approaching", "always").at(-1)!.target = "requesting";
        }),
        "a full disk is no hindrance": table(({ arrows }) => {
          for (const arrow of arrows("refreshing.preparing", "prepareSave error"))
            arrow.target = "requesting";
        }),
      },
    },
    {
      name: "nothing is sent on a path in doubt, unless there is no token to live on and the check has failed three times",
      onSteps: {
        of: (edge) => enters(isPreparing)(edge) && edge.target.context.isPathInDoubt,
        holds: (edge) => {
          const { session, failures } = edge.source.context;
          expect(isPathAsked(edge.source), edge.name).toBe(true);
          expect(typeOf(edge), edge.name).toBe("xstate.error.actor.checkPath");
          expect(session?.tokens.accessToken, edge.name).toBeUndefined();
          expect(failures, edge.name).toBeGreaterThanOrEqual(3);
        },
      },
      brokenBy: {
        "a doubt is not looked into": guards({ doubtsPath: () => false }),
        "a check that failed is no hindrance": guards({ goesUnchecked: () => true }),
      },
    },
    {
      name: "a wake, a late timer and a network error put the path in doubt",
      onSteps: {
        of: ({ source, event }) =>
          isIn("authenticated", "refreshing", "reviewing")(source) &&
          /^(wake|timerLate|networkFailed)$/.test(event.type),
        holds: ({ name, target }) => expect(target.context.isPathInDoubt, name).toBe(true),
      },
      brokenBy: { "they are not noted": without("doubtPath") },
    },
    {
      name: "a request that was lost or not answered puts the path in doubt",
      onSteps: {
        of: ({ source, label }) => isRequesting(source) && /reset|silence/.test(label),
        holds: ({ name, target }) => expect(target.context.isPathInDoubt, name).toBe(true),
      },
      brokenBy: {
        "a silence is no sign": actions({
          noteLost: assign(({ context }) => ({
            lostAnswers: context.lostAnswers + 1,
            failures: context.failures + 1,
          })),
        }),
      },
    },
    {
      name: "an answer takes the doubt away",
      onSteps: {
        of: (edge) => isIn("refreshing")(edge.source) && typeOf(edge) === "xstate.done.actor.saveSession",
        holds: ({ name, target }) => expect(target.context.isPathInDoubt, name).toBe(false),
      },
      brokenBy: {
        "it stays": actions({
          adoptRefresh: assign(({ context }) => ({
            session: context.candidate,
            candidate: undefined,
            degraded: undefined,
            lostAnswers: 0,
          })),
        }),
      },
    },
    {
      name: "what opens a connection of its own asks no path",
      setting: { refreshOnStart: true, ownsConnections: true },
      inStates: { holds: (state) => expect(isPathAsked(state), nameOf(state)).toBe(false) },
      brokenBy: { "it asks all the same": guards({ doubtsPath: ({ context }) => context.isPathInDoubt }) },
    },
    {
      name: "an answer that was lost is asked for once more under the same lock, and not twice",
      onSteps: {
        of: ({ source, label }) => isRequesting(source) && /reset|gateway|silence/.test(label),
        holds: ({ name, source, label, target }) => {
          expect(target.context.failures, name).toBe(source.context.failures + 1);
          if (source.context.lostAnswers > 0) expect(nameOf(target), name).toBe("authenticated");
          else if (/silence/.test(label)) expect(isIn("refreshing")(target), name).toBe(true);
          else expect(nameOf(target), name).toBe("refreshing.askingAgain");
        },
      },
      inStates: {
        of: (state) => !isIn("refreshing")(state),
        holds: ({ context }) => expect(context.lostAnswers).toBe(0),
      },
      brokenBy: {
        "it is asked for again and again": guards({ isLostOnce: (_, { fate }) => fate === "lost" }),
        "it is not asked for again": guards({ isLostOnce: () => false }),
        "it is remembered in the next refresh": actions({
          noteDegraded: assign(({ context }) => ({ failures: context.failures + 1 })),
        }),
      },
    },
  ],
};
