// What the browser tab says once the outcome is known: the truth, in plain words. That it can be closed, the adapter says.
import type { AuthErrorCode } from "../ground/error-codes.js";
import type { AuthError } from "../ground/errors.js";
import type { AnswerPage } from "../ports/ports.js";

export const signedInPage: AnswerPage = {
  outcome: "success",
  title: "You are signed in",
  message: "The app has what it needs.",
};

export const signedOutPage: AnswerPage = {
  outcome: "success",
  title: "You are signed out",
  message: "Your session has ended, here and at the server.",
};

export const signedOutHerePage: AnswerPage = {
  outcome: "failure",
  title: "You are signed out of the app",
  message: "The server has kept its own session: in this browser you may still be signed in there.",
  hint: "Sign out at the server too, where others use this browser.",
};

export const pendingPage: AnswerPage = {
  outcome: "pending",
  title: "Still working",
  message: "The server is slow to answer. The app will say whether you are signed in.",
};

export const interruptedPage: AnswerPage = {
  outcome: "failure",
  title: "You are not signed in",
  message: "The app stopped waiting before the sign-in was complete.",
  hint: "Sign in again from the app.",
};

/** For who is to set something up: whoever sits before the browser reads it in the app, if it is theirs to read. */
const IN_THE_APP = "Go back to the app: it says what can be done.";

/** What the person themselves can do about it, in the error's own words. */
const FOR_THE_PERSON: ReadonlySet<AuthErrorCode> = new Set([
  "access_denied",
  "account_changed",
  "cancelled",
  "temporarily_unavailable",
  "timed_out",
]);

/** Where the error speaks of the machine: of files, keyrings and processes. */
const IN_OTHER_WORDS: Partial<Record<AuthErrorCode, string>> = {
  access_denied: "Nothing was shared with the app.",
  lock_timeout: "The app is open elsewhere on this computer, and busy there.",
  lock_unavailable: "The app could not keep you signed in on this computer.",
  store_unavailable: "The app could not keep you signed in on this computer.",
};

export function failurePage({ code, message, hint = IN_THE_APP }: AuthError): AnswerPage {
  return {
    outcome: "failure",
    title: code === "access_denied" ? "Access was not allowed" : "You are not signed in",
    message: IN_OTHER_WORDS[code] ?? message,
    hint: FOR_THE_PERSON.has(code) ? hint : IN_THE_APP,
    code,
  };
}
