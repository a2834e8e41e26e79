// Where it leads that another process left something else in the store than what is known here: the same from each state that
// looks. What the guards judge: `names/elsewhere.ts`.
import { stored } from "../names/session.js";

/** The session is over here, too; or it is another machine's. */
export const overElsewhere = [
  {
    guard: { type: "isCopied", params: stored },
    target: "#loopkey.idle",
    actions: ["forgetSession", { type: "noteUnusable", params: stored }],
  },
  {
    guard: { type: "isLost", params: stored },
    target: "#loopkey.logged-out",
    actions: ["forgetSession", { type: "noteElsewhere", params: "answer_lost" }],
  },
  {
    guard: { type: "isGone", params: stored },
    target: "#loopkey.logged-out",
    actions: ["forgetSession", { type: "noteElsewhere", params: "signed_out_elsewhere" }],
  },
  {
    guard: { type: "isStranger", params: stored },
    target: "#loopkey.logged-out",
    actions: ["forgetSession", { type: "noteElsewhere", params: "account_changed" }],
  },
] as const;

/** The same person's, in place of ours. */
export const adopting = [{ type: "adoptStored", params: stored }, "tellAdopted"] as const;
