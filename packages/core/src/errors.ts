// The one error of the library. What servers and ports do becomes one at two boundaries only: oauth/ and port-errors.ts.

/** Stable names for what went wrong. Adding one is a minor change. */
export type AuthErrorCode =
  | "invalid_config"
  | "unsupported_by_server"
  | "insecure_endpoint"
  | "discovery_failed"
  | "port_unavailable"
  | "browser_failed"
  | "cancelled"
  | "timed_out"
  | "access_denied"
  | "authorization_failed"
  | "invalid_response"
  | "id_token_invalid"
  | "store_unavailable"
  | "record_corrupt"
  | "lock_timeout"
  | "temporarily_unavailable"
  | "sign_in_required"
  | "session_ended"
  | "signed_out"
  | "signed_out_elsewhere"
  | "account_changed"
  | "step_up_required"
  | "interaction_in_progress"
  | "origin_not_allowed"
  | "closed";

/** What an {@link AuthError} has beside its code and message. @default hint: the code's own; retryable: that of the code */
export interface AuthErrorOptions {
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly oauthError?: string | undefined;
  readonly retryable?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly stepUp?: StepUp | undefined;
  readonly cause?: unknown;
}

/** What a resource server asks for beyond a valid token (RFC 9470 3): options for `signIn`. */
export interface StepUp {
  readonly acrValues?: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
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
  lock_timeout: "Another process of this app is busy. Try again; end it if it hangs.",
  signed_out: "Sign in again when you want to.",
  signed_out_elsewhere: "Sign in again when you want to.",
  account_changed: "Restart the app, or sign in again here.",
  step_up_required: "Confirm who you are: sign in again, as the service asks for.",
  interaction_in_progress: "Wait for the sign-in that is going on, or cancel it.",
};

/**
 * Every rejection of the public API, but for what `client.fetch` passes on from `fetch` itself. Branch on `code`; show
 * `message` and `hint` to a person. Holds no token, code, verifier or key, and neither does its `cause`.
 */
export class AuthError extends Error {
  override readonly name = "AuthError";
  readonly code: AuthErrorCode;
  /** The case within the code, for a log: `ECONNREFUSED`, an HTTP status, the member that was wrong. */
  declare readonly detail?: string;
  /** Whether the same call may succeed later with nothing changed. */
  readonly retryable: boolean;
  /** How long the server asked to wait (`Retry-After`), in milliseconds. */
  declare readonly retryAfterMs?: number;
  /** What to do next, for a person. */
  declare readonly hint?: string;
  /** The server's `error` (RFC 6749 4.1.2.1, 5.2), where it sent one. */
  declare readonly oauthError?: string;
  /** Of `step_up_required`: `signIn(error.stepUp)` asks for what is needed. */
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

/** Why the machine is where it is: an AuthError without its stack, and when it happened (epoch ms). */
export interface Reason {
  readonly code: AuthErrorCode;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly at: number;
}

export function toReason(error: AuthError, at: number): Reason {
  const { code, message, detail, hint } = error;
  return {
    code,
    message,
    at,
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The same again as an error, for a call that it is the answer to. */
export function fromReason({ code, message, detail, hint }: Reason): AuthError {
  return new AuthError(code, message, { detail, hint });
}

// C0, DEL, C1, bidirectional overrides and line separators: what moves a cursor or reorders a line.
// oxlint-disable-next-line no-control-regex
const UNSAFE_TO_PRINT = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;

/** Text from elsewhere, made safe to print in a terminal or a log: no control characters, bounded in length. */
export function printable(text: unknown, maxLength = 200): string {
  const clean = String(text).replace(UNSAFE_TO_PRINT, " ").trim();
  return clean.length > maxLength ? `${clean.slice(0, maxLength)}…` : clean;
}
