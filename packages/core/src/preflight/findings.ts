// How a check ends, and what is said when it does not end in time.
import { asAuthError, AuthError } from "../ground/errors.js";
import type { AuthErrorCode } from "../ground/error-codes.js";
import { printable } from "../ground/printable.js";

export type PreflightCheckName = "store" | "lock" | "redirect" | "server" | "clock" | "features";

export interface Finding {
  /**
   * `failed`: a sign-in would fail. `warned`: it would go on, with less than it could have. `skipped`: it does not matter to
   * this configuration, or could not be found out.
   */
  readonly status: "passed" | "warned" | "failed" | "skipped";
  /** What a sign-in would reject with. */
  readonly code?: AuthErrorCode;
  /** The case within the code, for a log. */
  readonly detail?: string;
  /** What was found, for a person. */
  readonly message: string;
  /** What to do next, for a person. */
  readonly hint?: string;
}

export interface PreflightCheck extends Finding {
  readonly name: PreflightCheckName;
}

/** The same, from an error. */
export function findingOf(error: unknown, status: Finding["status"] = "failed"): Finding {
  const { code, detail, message, hint } = asAuthError(error);
  return {
    status,
    code,
    message,
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
  };
}

export function passed(message: string, detail?: string): Finding {
  return { status: "passed", message, ...(detail === undefined ? {} : { detail }) };
}

type TooSlow = readonly [code: AuthErrorCode, message: string, hint?: string];

const TOO_SLOW: Readonly<Record<PreflightCheckName, TooSlow>> = {
  store: [
    "store_unavailable",
    "The session store has not answered",
    "A keyring may be waiting for an answer to its prompt: unlock it, and try again.",
  ],
  lock: ["lock_timeout", "Another process of this app has not been done with the session"],
  redirect: ["port_unavailable", "The redirect URIs could not be bound"],
  server: ["discovery_failed", "The server has not answered", "Check the network connection and try again."],
  clock: ["temporarily_unavailable", "The server has not told its time"],
  features: [
    "discovery_failed",
    "The server has not answered",
    "Check the network connection and try again.",
  ],
};

export function tooSlow(name: PreflightCheckName, timeoutMs: number): Finding {
  const [code, message, hint] = TOO_SLOW[name];
  const text = `${message} within ${timeoutMs / 1000} seconds.`;
  const status = name === "clock" || name === "features" ? "skipped" : "failed";
  return findingOf(new AuthError(code, text, { detail: "timeout", hint }), status);
}

/** Text of a server or of the system inside a sentence of ours. */
export function quoted(text: string): string {
  return printable(text, 300);
}
