// What each code means where its message was not kept: histories have codes alone.
import type { AuthErrorCode } from "../ground/error-codes.js";
import type { HistoryReason } from "../ports/journal.js";

/** As it was noted, or as the client sees it now: then in words of its own. */
export interface ToldReason extends HistoryReason {
  readonly message?: string;
}

const SAYS: Readonly<Record<AuthErrorCode, string>> = {
  invalid_config: "An option of the app is wrong",
  unsupported_by_server: "The server lacks what the app needs",
  insecure_endpoint: "An address of the server is not https",
  discovery_failed: "What the server says of itself could not be used",
  port_unavailable: "No port could be opened for the answer of the browser",
  browser_failed: "No browser could be opened",
  cancelled: "It was cancelled",
  timed_out: "Nobody finished in time",
  access_denied: "Access was denied on the sign-in page",
  authorization_failed: "The server refused the request",
  invalid_response: "An answer of the server breaks the protocol",
  id_token_invalid: "The ID token does not hold",
  store_unavailable: "The place where the session is kept did not answer",
  record_corrupt: "It was damaged, or is of a version that this one does not know",
  lock_timeout: "Another process of this app kept the session locked",
  lock_unavailable: "The session could not be locked",
  temporarily_unavailable: "The server could not be reached, or was busy",
  sign_in_required: "A sign-in was needed",
  session_ended: "The server has ended this session",
  answer_lost: "An answer of the server was lost on the way",
  signed_out: "You signed out",
  signed_out_elsewhere: "You were signed out in another window or program",
  account_changed: "Somebody else signed in",
  step_up_required: "The service asked for a stronger or more recent sign-in",
  interaction_in_progress: "Another sign-in was going on",
  origin_not_allowed: "The access token is not for that address",
  closed: "The app was closed",
};

/** A sentence. The case within the code stands in brackets where the message does not tell it. */
export function wordsOf({ code, message, detail }: ToldReason): string {
  if (message !== undefined) return sentence(message);
  // A code of a version to come has no words here.
  const says: string | undefined = SAYS[code];
  return `${says ?? code}${detail === undefined ? "" : ` (${detail})`}.`;
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
