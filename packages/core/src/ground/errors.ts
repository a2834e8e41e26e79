// The one error of the library. What servers and ports do becomes one at two boundaries only: oauth/ and port-calls.ts.
import type { AuthErrorCode, AuthErrorDetail } from "./error-codes.js";
import { printable } from "./printable.js";

/** What an {@link AuthError} has beside its code and message. @default hint: the code's own; retryable: that of the code */
export interface AuthErrorOptions<Code extends AuthErrorCode = AuthErrorCode> {
  readonly detail?: AuthErrorDetail<Code> | undefined;
  readonly hint?: string | undefined;
  readonly oauthError?: string | undefined;
  readonly retryable?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly stepUp?: StepUp | undefined;
  readonly cause?: unknown;
}

/** What a server asks for beyond a valid token (RFC 9470 3), or before it gives another: options for `signIn`. */
export interface StepUp {
  readonly acrValues?: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
  /** Of `sign_in_required`: `login`, `consent` and the like (OpenID Connect Core 3.1.2.1). */
  readonly prompt?: string;
  /** Of `sign_in_required`: `claims`, as the server wrote them. */
  readonly authorizationParams?: Readonly<Record<string, string>>;
}

/** What to do next, where the code alone says it. */
const HINTS: Partial<Record<AuthErrorCode, string>> = {
  port_unavailable: "Close the program that uses the port, or register a redirect URI without a port.",
  timed_out:
    "Sign in again, and finish in time. If the server showed an error page: is the client id right, and the redirect URI " +
    "registered for it?",
  access_denied: "Sign in again and allow the access to continue.",
  authorization_failed: "Sign in again. If it goes on, show the error to the operator of the server.",
  invalid_response: "Show this error to the operator of the server: its answer breaks the protocol.",
  id_token_invalid:
    "Check this machine's clock, then sign in again. If it goes on, tell the operator of the server.",
  insecure_endpoint: "The server must offer this endpoint over https.",
  store_unavailable: "Make the session store reachable, then sign in again.",
  temporarily_unavailable: "Check the network connection and try again.",
  record_corrupt: "Sign in again; that replaces it.",
  sign_in_required: "Sign in first.",
  session_ended: "Sign in again.",
  answer_lost: "Sign in again.",
  lock_timeout: "Another process of this app is busy. Try again; end it if it hangs.",
  lock_unavailable:
    "See that the app can write to its folder, that the folder is on a disk of this computer, and that the app is whole.",
  signed_out: "Sign in again when you want to.",
  signed_out_elsewhere: "Sign in again when you want to.",
  account_changed: "Restart the app, or sign in again here.",
  step_up_required: "Confirm who you are: sign in again, as the service asks for.",
  interaction_in_progress: "Wait for the sign-in that is going on, or cancel it.",
};

/** An {@link AuthError} of one code. */
export interface AuthErrorOf<Code extends AuthErrorCode> extends Error {
  readonly name: "AuthError";
  readonly code: Code;
  /** The case within the code: one of a few values where it says so, else text for a log, such as `ECONNREFUSED`. */
  readonly detail?: AuthErrorDetail<Code>;
  /** Whether the same call may succeed later with nothing changed. */
  readonly retryable: boolean;
  /** How long the server asked to wait (`Retry-After`), in milliseconds. */
  readonly retryAfterMs?: number;
  /** What to do next, for a person. */
  readonly hint?: string;
  /** The server's `error` (RFC 6749 4.1.2.1, 5.2), where it sent one. */
  readonly oauthError?: string;
  /** Of `step_up_required`, and of `sign_in_required` where the server says: `signIn(error.stepUp)` asks for what is needed. */
  readonly stepUp?: StepUp;
}

/**
 * Every rejection of the public API, but for what `client.fetch` passes on from `fetch` itself. Branch on `code`, then on
 * `detail` where that is one of a few values; show `message` and `hint` to a person. Holds no token, code, verifier or key,
 * and neither does its `cause`.
 */
export type AuthError = { [Code in AuthErrorCode]: AuthErrorOf<Code> }[AuthErrorCode];

interface AuthErrorConstructor {
  new <Code extends AuthErrorCode>(
    code: Code,
    message: string,
    options?: AuthErrorOptions<Code>,
  ): Extract<AuthError, { readonly code: Code }>;
  /** What `instanceof` narrows to: `code` tells the cases apart. */
  readonly prototype: AuthError;
}

// A union, so that `code` narrows `detail`; TypeScript has no class that is one.
export const AuthError = class AuthError extends Error {
  override readonly name = "AuthError";
  readonly code: AuthErrorCode;
  declare readonly detail?: string;
  readonly retryable: boolean;
  declare readonly retryAfterMs?: number;
  declare readonly hint?: string;
  declare readonly oauthError?: string;
  declare readonly stepUp?: StepUp;

  constructor(code: AuthErrorCode, message: string, options: AuthErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? (code === "temporarily_unavailable" || code === "lock_timeout");
    const hint = options.hint ?? HINTS[code];
    if (hint !== undefined) this.hint = hint;
    if (options.detail !== undefined) this.detail = options.detail;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    if (options.oauthError !== undefined) this.oauthError = options.oauthError;
    if (options.stepUp !== undefined) this.stepUp = options.stepUp;
  }
} as AuthErrorConstructor;

/** Whether its hint is about what happened here, not one that goes with the code. */
export function hasOwnHint({ code, hint }: AuthError): boolean {
  return hint !== undefined && hint !== HINTS[code];
}

/** For what no boundary foresaw: it is still one AuthError, with what happened as its cause. */
export function asAuthError(error: unknown): AuthError {
  if (error instanceof AuthError) return error;
  const message = error instanceof Error ? printable(error.message) : "unknown";
  return new AuthError("authorization_failed", `Something unexpected went wrong: ${message}.`, {
    cause: error,
  });
}

/** A call that its own `signal` has ended. */
export function abortedCall(): AuthError {
  return new AuthError("cancelled", "The call was aborted by its signal.");
}

interface ReasonOf<Code extends AuthErrorCode> {
  readonly code: Code;
  readonly message: string;
  readonly detail?: AuthErrorDetail<Code>;
  readonly hint?: string;
  readonly at: number;
}

/** Why the machine is where it is: an AuthError without its stack, and when it happened (epoch ms). */
export type Reason = { [Code in AuthErrorCode]: ReasonOf<Code> }[AuthErrorCode];

export function toReason(error: AuthError, at: number): Reason {
  const { code, message, detail, hint } = error;
  return {
    code,
    message,
    at,
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
    // Code and detail are of one error: they belong together.
  } as Reason;
}

/** The same again as an error, for a call that it is the answer to. */
export function fromReason({ code, message, detail, hint }: Reason): AuthError {
  return new AuthError(code, message, { detail, hint });
}

/** Not an answer of the server's, whose status would be its detail. */
export function isOfNetwork({ code, detail = "" }: AuthError): boolean {
  return (code === "temporarily_unavailable" || code === "discovery_failed") && !/^\d/.test(detail);
}
