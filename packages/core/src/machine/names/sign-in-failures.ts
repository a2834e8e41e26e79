// How an attempt fails by itself: nobody came, somebody else did, or the person changed their mind.
import { AuthError } from "../../ground/errors.js";
import type { AuthContext, Failure } from "../vocabulary.js";

export function cancelled(): Failure {
  return { error: new AuthError("cancelled", "The sign-in was cancelled.") };
}

export function somebodyElse(): Failure {
  return {
    error: new AuthError(
      "account_changed",
      "Somebody else signed in than the person who is signed in here.",
      {
        hint: "Sign in again as the same person, or sign out first.",
      },
    ),
  };
}

export function timedOut({ context }: { readonly context: AuthContext }): Failure {
  const { browser, device } = context.attempt ?? {};
  return { error: device ? deviceTimedOut() : browser === "failed" ? unopened() : browserTimedOut() };
}

const NOBODY = "Nobody finished signing in within the time allowed.";

function browserTimedOut(): AuthError {
  return new AuthError("timed_out", NOBODY);
}

function deviceTimedOut(): AuthError {
  return new AuthError("timed_out", NOBODY, { hint: "Sign in again, and enter the code in time." });
}

function unopened(): AuthError {
  return new AuthError("timed_out", "No browser could be opened, and nobody opened the address in time.", {
    detail: "browser_failed",
    hint: "Sign in again where a browser can be opened, or open the address that is shown in one yourself.",
  });
}
