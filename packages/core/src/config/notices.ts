// What happened and was dealt with: for a log or a status line, never a reason to act.
// An `onNotice` that fails changes nothing: `callApp` in `client/create-auth-client.ts`.
import { type AuthError } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import type { StrayRequest } from "../ports/ports.js";

/** Something that happened and was dealt with. Holds no secret. */
export interface Notice {
  /**
   * - `stray_request`: a request to the loopback listener was turned away; of many alike in one wait the first ten, then
   *   the 100th, the 1,000th
   * - `browser_failed`: no browser opened
   * - `device_failed`: the device code is of no use any more, the browser still is
   * - `not_renewable`: somebody signed in, and the server gave no refresh token
   * - `refresh_failed`: it is tried again
   * - `note_failed`: that a refresh has been sent could not be noted for other processes; it goes on
   * - `adopted`: another process has renewed the session
   * - `record_corrupt`: a damaged record was set aside
   * - `clock_skew`: this machine's clock differs from the server's, which is allowed for
   * - `visit_failed`: the browser was not sent to the server's sign-out page, for it could not have come back
   * - `visit_timed_out`: the browser did not come back from the server's sign-out page
   */
  readonly code:
    | "stray_request"
    | "browser_failed"
    | "device_failed"
    | "not_renewable"
    | "visit_failed"
    | "visit_timed_out"
    | "refresh_failed"
    | "note_failed"
    | "adopted"
    | "record_corrupt"
    | "clock_skew";
  readonly message: string;
  /** The case: a StrayReason, a system error. */
  readonly detail?: string;
}

const STRAY_MESSAGES: Readonly<Record<StrayRequest["reason"], string>> = {
  wrong_path: "A request for another path was answered with 404",
  wrong_state: "A redirect that does not belong to this sign-in was refused",
  wrong_method: "A request with the wrong method was refused",
  wrong_host: "A request for another host was refused",
  not_navigation: "A request of a page, not of a person who goes there, was refused",
  malformed_request: "A request that is not HTTP was refused",
  too_large: "A request that is too large was refused",
  too_slow: "A request that was not complete in time was cut off",
  crowded_out: "Too many connections: the oldest idle one was closed",
  pipelined: "A second request on one connection was not looked at",
};

export function strayNotice(stray: StrayRequest): Notice {
  const detail = stray.detail === undefined ? stray.reason : `${stray.reason}: ${printable(stray.detail)}`;
  return { code: "stray_request", message: `${STRAY_MESSAGES[stray.reason]}; the wait goes on.`, detail };
}

export function browserNotice(error: AuthError): Notice {
  return {
    code: "browser_failed",
    message: error.message,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
  };
}

export function deviceNotice(error: AuthError): Notice {
  return {
    code: "device_failed",
    message: `${error.message} The sign-in in the browser goes on.`,
    detail: error.code,
  };
}

export function refreshNotice(error: AuthError): Notice {
  return {
    code: "refresh_failed",
    message: `${error.message} The session stays; it is tried again.`,
    detail: error.code,
  };
}

export function unnotedNotice({ message }: AuthError): Notice {
  return {
    code: "note_failed",
    message: `That a refresh has been sent could not be noted: ${message} If its answer is lost, nobody will know why.`,
  };
}

/** A scope that nobody wrote leaves out what the server does not list. */
export function notRenewableNotice(asked: {
  readonly scope: string;
  readonly isDefaultScope: boolean;
}): Notice {
  const isLeftOut = asked.isDefaultScope && !asked.scope.split(" ").includes("offline_access");
  const advice = isLeftOut
    ? 'It was not asked for "offline_access", which its list of scopes lacks: write a "scope" of your own, or ask for it in ' +
      "the way that the server's documentation says."
    : 'Ask for "offline_access" in the scope, and see that the server allows it to this client.';
  return {
    code: "not_renewable",
    message:
      "The server gave no refresh token: the session ends with its access token, at the latest when the app is started " +
      `again. ${advice}`,
  };
}

export function visitFailedNotice({ message, hint, detail }: AuthError): Notice {
  return {
    code: "visit_failed",
    message: `The browser was not sent to the server's sign-out page. ${message} ${hint ?? ""}`.trimEnd(),
    ...(detail === undefined ? {} : { detail }),
  };
}

export const visitNotice: Notice = {
  code: "visit_timed_out",
  message:
    "The browser did not come back from the server's sign-out page. If it showed an error there: is the post-logout " +
    "redirect URI registered for this client?",
};

export const adoptedNotice: Notice = {
  code: "adopted",
  message: "Another process has renewed the session; it was taken over.",
};

export function corruptNotice(error: AuthError): Notice {
  return {
    code: "record_corrupt",
    message: error.message,
    ...(error.detail ? { detail: error.detail } : {}),
  };
}

export function skewNotice(milliseconds: number): Notice {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  const direction = milliseconds > 0 ? "behind" : "ahead of";
  return {
    code: "clock_skew",
    message: `This machine's clock is ${seconds} s ${direction} the server's; that is allowed for.`,
    detail: `${Math.round(milliseconds / 1000)}`,
  };
}
