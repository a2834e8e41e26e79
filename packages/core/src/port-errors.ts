// The border to the adapters: their plain errors become AuthErrors here, and nowhere else.
import { AuthError, printable, type AuthErrorCode } from "./errors.js";
import type { PortError } from "./ports.js";

/** A plain error of an adapter, said as ours. */
export function fromPort(code: AuthErrorCode, error: unknown): AuthError {
  if (!(error instanceof Error)) return new AuthError(code, "An adapter failed without saying why.");
  const { code: detail, hint }: PortError = error;
  return new AuthError(code, printable(error.message, 500), { detail, hint, cause: error });
}

/** Calls a port; whatever it throws or rejects with becomes an AuthError of this code. */
export async function atPort<T>(code: AuthErrorCode, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fromPort(code, error);
  }
}
