// Rules 1 to 3: what ends a session, what deletes it, and what is left of it.
import { inspect } from "node:util";
import { expect } from "vitest";
import { guards, table, without } from "../../support/broken.js";
import type { Rules } from "../../support/invariants.js";
import { nameOf } from "../../support/model.js";
import {
  codeOf,
  enters,
  isIn,
  isOut,
  runs,
  seen,
  storedIn,
  typeOf,
  verdictOf,
} from "../../support/sights.js";

const clears = runs("clearStore");
const VERDICTS = ["session_ended", "answer_lost"];

export const signedOut: Rules = {
  "1": [
    {
      name: "logged-out is entered by signing out, or by a verdict: the server's, or the stored record's",
      onSteps: {
        of: enters(isOut),
        holds: (edge) => {
          const isSignOut = isIn("logging-out", "visiting")(edge.source);
          expect(edge.target.context.reason?.code, edge.name).toBe(
            isSignOut ? "signed_out" : verdictOf(edge),
          );
        },
      },
      brokenBy: {
        "a server that does not answer signs out": table(({ arrows }) => {
          Object.assign(arrows("refreshing.requesting", "refreshSession error").at(-1)!, {
            target: "#loopkey.logged-out",
            actions: "forgetSession",
          });
        }),
        "a store that does not answer signs out": table(({ arrows }) => {
          arrows("reviewing", "readStore error")[0]!.target = "logged-out";
        }),
        "a record that another process renewed counts as gone": guards({ isGone: () => true }),
      },
    },
    {
      name: "whoever is signed out is shown that, and why",
      inStates: {
        of: isOut,
        holds: (state) => {
          const shown = seen(state);
          expect(shown.status).toBe("logged-out");
          expect([...VERDICTS, "signed_out", "signed_out_elsewhere", "account_changed"]).toContain(
            "reason" in shown ? shown.reason?.code : undefined,
          );
        },
      },
      brokenBy: { "what was done elsewhere is not noted": without("noteElsewhere") },
    },
  ],
  "2": [
    {
      name: "the store is cleared after the verdict on what is stored, or a sign-out from it, and by no failure that passes",
      onSteps: {
        of: enters(clears),
        holds: (edge) => {
          const { name, source, target } = edge;
          if (isIn("logging-out")(source)) expect(source.context.signOut?.sparesStored, name).toBe(false);
          else {
            expect(nameOf(source), name).toBe("refreshing.judging");
            expect(storedIn(edge), name).toBe("ours");
            expect(VERDICTS, name).toContain(target.context.reason?.code);
          }
        },
      },
      brokenBy: {
        "a verdict on another record than the stored one deletes it": guards({ isOurs: () => true }),
        "a store that cannot be read is cleared": table(({ arrows }) => {
          arrows("refreshing.judging", "readStore error")[0]!.target = "ending";
        }),
        "a sign-out deletes what it is to spare": guards({ sparesStored: () => false }),
      },
    },
    {
      name: "a sign-out begins when somebody asks for it",
      onSteps: {
        of: enters(isIn("logging-out")),
        holds: (edge) => expect(typeOf(edge), edge.name).toBe("signOut"),
      },
      brokenBy: {
        "what was begun and cancelled signs out": table(({ arrows }) => {
          arrows("authenticated", "cancel").push({ target: "logging-out" });
        }),
      },
    },
    {
      name: "the record is judged when the server has ended the grant, and on nothing less",
      onSteps: {
        of: enters(isIn("refreshing.judging")),
        holds: (edge) => expect(VERDICTS, edge.name).toContain(codeOf(edge)),
      },
      brokenBy: { "every failure is a verdict": guards({ isSessionEnded: () => true }) },
    },
  ],
  "3": [
    {
      name: "idle and logged-out hold nothing of a session or an attempt",
      inStates: {
        of: isIn("idle", "logged-out"),
        holds: ({ context }) => {
          const { attempt, session, candidate, signOut, degraded, failure } = context;
          expect({ attempt, session, candidate, signOut, degraded, failure }).toEqual({});
          expect(inspect(context, { depth: 20 })).not.toContain("[secret]");
        },
      },
      brokenBy: {
        "a session that is over stays in memory": without("forgetSession"),
        "a sign-out keeps what the browser was sent with": without("endSignOut"),
      },
    },
  ],
};
