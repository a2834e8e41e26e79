// What the browser tab says once the outcome is known: the truth, in plain words.
import type { AuthError } from "./errors.js";
import type { AnswerPage } from "./ports.js";

export const signedInPage: AnswerPage = {
  outcome: "success",
  title: "You are signed in",
  message: "You can close this tab and go back to the app.",
};

export const signedOutPage: AnswerPage = {
  outcome: "success",
  title: "You are signed out",
  message: "You can close this tab.",
};

export const pendingPage: AnswerPage = {
  outcome: "pending",
  title: "Still working",
  message: "The server is slow to answer. Go back to the app: it will say whether you are signed in.",
};

export const interruptedPage: AnswerPage = {
  outcome: "failure",
  title: "You are not signed in",
  message: "The app was closed before the sign-in was complete.",
  hint: "Open the app and sign in again. You can close this tab.",
};

export function failurePage({ code, message, hint }: AuthError): AnswerPage {
  return {
    outcome: "failure",
    title: code === "access_denied" ? "Access was not allowed" : "You are not signed in",
    message: code === "access_denied" ? "Nothing was shared with the app." : message,
    hint: hint === undefined ? "You can close this tab." : `${hint} You can close this tab.`,
    code,
  };
}
