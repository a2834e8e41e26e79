// Errors as data: one that crosses by itself loses its code.
import { AuthError, type AuthErrorCode, type StepUp } from "@loopkey/core";

/** An error without its stack and cause. */
export interface ErrorData {
  /** `AuthError`, or that of what `fetch` rejects with. */
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  readonly oauthError?: string;
  readonly stepUp?: StepUp;
}

export function toErrorData(error: unknown): ErrorData {
  if (error instanceof AuthError) {
    const { name, code, message, detail, hint, retryable, retryAfterMs, oauthError, stepUp } = error;
    return {
      name,
      code,
      message,
      retryable,
      ...(detail !== undefined && { detail }),
      ...(hint !== undefined && { hint }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(oauthError !== undefined && { oauthError }),
      ...(stepUp !== undefined && { stepUp }),
    };
  }
  // Of what is not ours only what fetch itself says: its causes may hold the request.
  const code = codeOf(error);
  return {
    name: error instanceof Error ? error.name : "Error",
    message: error instanceof TypeError ? error.message : "fetch failed",
    ...(code !== undefined && { code }),
  };
}

/** The same again as an error. */
export function fromErrorData(data: ErrorData): Error {
  const { name, message, code, ...options } = data;
  if (name === "AuthError") return new AuthError(code as AuthErrorCode, message, options);
  const error = new TypeError(message);
  return Object.assign(error, code !== undefined && { code });
}

/** `ERR_CONNECTION_REFUSED` and the like, which fetch hides one or two causes deep. */
function codeOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ("code" in cause && typeof cause.code === "string") return cause.code.slice(0, 80);
  return undefined;
}
