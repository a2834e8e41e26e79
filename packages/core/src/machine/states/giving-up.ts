// An attempt that came to nothing: failed, cancelled, out of time. A session from before stays.
import { signInNames } from "../names/sign-in.js";

// Never rests here: tells everyone, forgets the attempt, and goes back to where it began.
export const givingUp = signInNames.createStateConfig({
  entry: ["answerFailure", "giveUp"],
  always: [{ guard: "isSignedIn", target: "#loopkey.authenticated" }, { target: "#loopkey.idle" }],
});
