// What the browser tab says once the outcome is known: the truth, in plain words. That it can be closed, the adapter says.
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

export function failurePage({ code, message, hint }: AuthError): AnswerPage {
  const isDenied = code === "access_denied";
  return {
    outcome: "failure",
    title: isDenied ? "Access was not allowed" : "You are not signed in",
    message: isDenied ? "Nothing was shared with the app." : message,
    ...(hint === undefined ? {} : { hint }),
    code,
  };
}
