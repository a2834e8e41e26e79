// How an attempt comes to nothing: by itself (nobody came, somebody else did, the person changed their mind), or by what it needed.
import { assign, enqueueActions } from "xstate";
import { failurePage } from "../../actors/answer-pages.js";
import { asAuthError, AuthError, toReason } from "../../ground/errors.js";
import { printable } from "../../ground/printable.js";
import { vocabulary, type AuthContext, type Failure } from "../vocabulary.js";

export const failureNames = vocabulary.extend({
  actions: {
    noteFailure: assign((_, { error }: Failure) => ({ failure: asAuthError(error) })),
    answerFailure: ({ context: { attempt, failure } }) => {
      if (failure) void attempt?.redirect?.reveal().respond(failurePage(failure));
    },
    giveUp: enqueueActions(({ context: { attempt, failure, session, now }, enqueue }) => {
      if (!attempt || !failure) return;
      enqueue.emit({ type: "signInFailed", attemptId: attempt.id, error: failure });
      const reason = session ? undefined : toReason(failure, now());
      enqueue.assign({ attempt: undefined, candidate: undefined, failure: undefined, reason });
    }),
  },
});

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
  return { error: device ? deviceTimedOut() : browser === "failed" ? unopened() : browserTimedOut(context) };
}

const NOBODY = "Nobody finished signing in within the time allowed.";

function browserTimedOut({ clientId, attempt }: AuthContext): AuthError {
  const { redirectUri } = attempt ?? {};
  if (redirectUri === undefined) return new AuthError("timed_out", NOBODY);
  return new AuthError("timed_out", NOBODY, {
    hint:
      "Sign in again, and finish in time. If the server showed an error page: is the client id right " +
      `(${printable(clientId, 100)}), and the redirect URI registered for it (${redirectUri}, or the same with any port)?`,
  });
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
