// An attempt that came to nothing: failed, cancelled, out of time. A session from before stays.
import { sessionNames } from "../names/session.js";

// Never rests here: tells everyone, forgets the attempt, and goes back to where it began.
export const givingUp = sessionNames.createStateConfig({
  entry: ["answerFailure", "giveUp"],
  always: [
    // A session from before is still there.
    { guard: "isSignedIn", target: "#loopkey.authenticated" },
    // What a step-up was on top of has ended in another process.
    { guard: "isOverElsewhere", target: "#loopkey.logged-out" },
    { target: "#loopkey.idle" },
  ],
});
