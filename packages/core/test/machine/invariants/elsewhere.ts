// What another process did: looked at where nothing is under way, and heeded wherever it is met.
import { expect } from "vitest";
import { guards, table, without } from "../../support/broken.js";
import type { Rules } from "../../support/invariants.js";
import { nameOf } from "../../support/model.js";
import { isIn, isSigningIn, readingOf, runs, storedIn, typeOf } from "../../support/sights.js";

const isWaiting = isIn("awaiting-callback");

export const elsewhere: Rules = {
  "another process": [
    {
      name: "a change elsewhere is looked at wherever nothing is under way, and nobody is asked for it",
      onSteps: {
        of: ({ event, source }) => event.type === "changedElsewhere" && !isWaiting(source),
        holds: ({ name, source, target }) => {
          expect(nameOf(target), name).toBe(isIn("authenticated")(source) ? "reviewing" : "restoring");
          expect(readingOf(target), name).toEqual({ holdsLock: false, quietly: true });
        },
      },
      brokenBy: {
        "whoever is signed out does not look": table(({ arrows }) => {
          arrows("logged-out", "changedElsewhere")[0]!.target = "idle";
        }),
      },
    },
    {
      name: "an app that tries again by wake() while nobody is signed in asks nobody either",
      onSteps: {
        of: ({ event, source }) => event.type === "wake" && isIn("idle")(source),
        holds: ({ name, target }) => expect(readingOf(target).quietly, name).toBe(true),
      },
      brokenBy: {
        "it reads as at the start": table(({ state, invoke, arrows }) => {
          const [done, failed] = [
            arrows("restoring", "readStore done"),
            arrows("restoring", "readStore error"),
          ];
          state("restoring").invoke = undefined;
          invoke("restoring", "readStore", { holdsLock: false, quietly: false });
          arrows("restoring", "readStore done").push(...done);
          arrows("restoring", "readStore error").push(...failed);
        }),
      },
    },
    {
      name: "the store is read for a person in every other case",
      onSteps: {
        of: ({ target, event }) =>
          runs("readStore")(target) && !/^(changedElsewhere|wake|networkFailed)$/.test(event.type),
        holds: ({ name, target }) => expect(readingOf(target).quietly ?? false, name).toBe(false),
      },
      brokenBy: {
        "a refresh reads it as if nobody waited": table(({ state, invoke, arrows }) => {
          const done = arrows("refreshing.reconciling", "readStore done");
          state("refreshing.reconciling").invoke = undefined;
          invoke("refreshing.reconciling", "readStore", { holdsLock: true, quietly: true });
          arrows("refreshing.reconciling", "readStore done").push(...done);
        }),
      },
    },
    {
      name: "a look neither spends a token nor loses the session to a store that fails",
      onSteps: {
        // The look goes on; what those are to the path is noted.
        of: ({ source, event }) => isIn("reviewing")(source) && !/^(wake|networkFailed)$/.test(event.type),
        holds: (edge) => {
          const { name, source, event, target } = edge;
          const standing = storedIn(edge);
          const there = standing === "copied" ? "idle" : "authenticated";
          expect(nameOf(target), name).toBe(
            standing === "gone" || standing === "stranger" ? "logged-out" : there,
          );
          if (standing === "ours" || "error" in event)
            expect(target.context.session, name).toBe(source.context.session);
        },
      },
      brokenBy: {
        "it refreshes at once": table(({ arrows }) => {
          arrows("reviewing", "readStore done").at(-1)!.target = "refreshing";
        }),
        "a store that fails takes the session": table(({ arrows }) => {
          Object.assign(arrows("reviewing", "readStore error")[0]!, {
            target: "idle",
            actions: "forgetSession",
          });
        }),
      },
    },
    {
      name: "while a sign-in waits, the look is beside it",
      onSteps: {
        of: ({ source, event }) => isWaiting(source) && event.type === "changedElsewhere",
        holds: ({ name, source, target }) => {
          expect(nameOf(target), name).toBe(nameOf(source));
          expect(target.context.session, name).toBe(source.context.session);
        },
      },
      brokenBy: {
        "it ends the wait": table(({ arrows }) => {
          arrows("awaiting-callback", "changedElsewhere").splice(0, 1, { target: "#loopkey.restoring" });
        }),
      },
    },
    {
      name: "what the look finds decides what the sign-in is on top of; a step-up on top of nothing is over",
      onSteps: {
        of: ({ event }) => event.type === "reviewed",
        holds: (edge) => {
          const { name, source, target } = edge;
          const { session, attempt } = source.context;
          const standing = storedIn(edge);
          const isOver = session !== undefined && /gone|stranger|copied/.test(standing!);
          if (isOver) expect(target.context.session, name).toBeUndefined();
          else if (standing === "other") expect(target.context.session?.id, name).toBe("two");
          else if (session) expect(target.context.session, name).toBe(session);
          if (!isOver || attempt?.maxAge === undefined) expect(nameOf(target), name).toBe(nameOf(source));
          else expect(nameOf(target), name).toBe(standing === "copied" ? "idle" : "logged-out");
        },
      },
      brokenBy: {
        "a sign-in goes on on top of a session that is over": guards({
          isBaseOver: () => false,
          isStepUpOver: () => false,
        }),
        "a step-up goes on on top of nothing": guards({ isStepUpOver: () => false }),
        "another session is not taken up": without("adoptStored"),
      },
    },
    {
      name: "a record of another machine is named wherever it is met, sends nothing and is not deleted",
      onSteps: {
        of: (edge) => storedIn(edge) === "copied",
        holds: ({ name, source, target }) => {
          for (const actor of ["refreshSession", "clearStore"])
            expect(runs(actor)(target), `${name}: ${actor}`).toBe(false);
          // A sign-in that waits goes on, and replaces it.
          if (isIn("logging-out")(source) || isSigningIn(target)) return;
          expect(nameOf(target), name).toBe("idle");
          expect(target.context.reason, name).toMatchObject({
            code: "sign_in_required",
            detail: "another machine",
          });
        },
      },
      brokenBy: {
        "it is used as if it were ours": guards({
          isCopied: () => false,
          isOurs: () => true,
        }),
        "it is not named": without("noteUnusable"),
      },
    },
    {
      name: "what another process stored counts, whatever a refresh was about to do",
      onSteps: {
        of: (edge) => isIn("refreshing")(edge.source) && storedIn(edge) === "other",
        holds: (edge) => {
          const { name, target, event } = edge;
          const found = (event as unknown as { readonly output: { readonly session: object } }).output
            .session;
          expect(target.context.session, name).toBe(found);
          expect(typeOf(edge), name).toBe("xstate.done.actor.readStore");
        },
      },
      brokenBy: { "its own goes on": without("adoptStored") },
    },
  ],
};
