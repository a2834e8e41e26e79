// How often windows may send the person to their browser: a page that signs in and cancels in a circle opens tab after tab.
import { AuthError } from "@loopkey/core";

const MOST = 5;
const WITHIN_MS = 60_000;

/** Takes one of those of the last minute, of all windows together; false when there is none left. */
export type TakeSignIn = () => boolean;

export function createSignInBudget(now: () => number = () => performance.now()): TakeSignIn {
  let begun: readonly number[] = [];
  return () => {
    begun = begun.filter((at) => now() - at < WITHIN_MS);
    if (begun.length >= MOST) return false;
    begun = [...begun, now()];
    return true;
  };
}

export function tooManySignIns(): AuthError {
  return new AuthError("temporarily_unavailable", `Windows may begin ${MOST} sign-ins a minute.`, {
    detail: "too_many",
    hint: "Wait a minute, then sign in again.",
  });
}
