// What a state hands to its actors and actions: the facts that must be known by then, and the failures it names.
import { AuthError } from "../errors.js";
import type { AttemptContext, AuthContext, Failure, SignOutResult } from "../machine-types.js";
import type {
  AuthorizationRequestFacts,
  CodeRedemption,
  DeviceApproval,
  DeviceRequest,
} from "../oauth/index.js";
import type { Renewal } from "../request-renewal.js";
import type { Stored } from "../stored-session.js";

/** After a failure the next try, else when the token is due. */
export function nextRefreshAt({ degraded, session }: AuthContext): number | undefined {
  return degraded?.nextRetryAt ?? session?.refreshDueAt;
}

/** The attempt, in a state that has one. */
export function begun({ attempt }: AuthContext): AttemptContext {
  return known(attempt);
}

export function requestInput(attempt: AttemptContext): AuthorizationRequestFacts {
  const { server, redirectUri, dpopKey } = attempt;
  return { attempt, server: known(server), redirectUri: known(redirectUri), dpopKey };
}

/** Only an address that expires needs one. */
export function renewal(attempt: AttemptContext): Renewal | undefined {
  const { urlExpiresAt } = attempt;
  return urlExpiresAt === undefined ? undefined : { ...requestInput(attempt), urlExpiresAt };
}

export function redemption(attempt: AttemptContext): CodeRedemption {
  return { ...requestInput(attempt), response: known(attempt.response) };
}

export function deviceRequest(attempt: AttemptContext): DeviceRequest {
  return { attempt, server: known(attempt.server) };
}

export function approval(attempt: AttemptContext): DeviceApproval {
  return { ...deviceRequest(attempt), device: known(attempt.device) };
}

/** Neither the tokens nor the browser can be sent to a server whose endpoints could not be found. */
export function serverUnknown({
  context: { signOut },
}: {
  readonly context: AuthContext;
}): Partial<SignOutResult> {
  return { revocation: "failed", ...(signOut?.visits ? { endSession: "failed" } : {}) };
}

export function known<T>(fact: T | undefined): T {
  if (fact === undefined) throw new Error("A state was entered before its facts were known");
  return fact;
}

export function stored({ event }: { readonly event: { readonly output: Stored } }): Stored {
  return event.output;
}

export function failed({ event }: { readonly event: Failure }): Failure {
  return { error: event.error };
}

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
