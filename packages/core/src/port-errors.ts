// The border to the adapters: their plain errors become AuthErrors here, and nowhere else.
import { runAt } from "./clock.js";
import { AuthError, printable, type AuthErrorCode } from "./errors.js";
import type { Clock, PortError } from "./ports.js";

/** A plain error of an adapter, said as ours. */
export function fromPort(code: AuthErrorCode, error: unknown): AuthError {
  if (!(error instanceof Error)) return new AuthError(code, "An adapter failed without saying why.");
  const { code: detail, hint }: PortError = error;
  return new AuthError(code, printable(error.message, 500), { detail, hint, cause: error });
}

/** A store bounds its calls itself; this is for one that does not. Longer than a person needs to unlock a keyring. */
const STORE_TIMEOUT_MS = 90_000;

/** Calls the store, for as long as a person could possibly need to unlock it. Rejects with `store_unavailable`. */
export function atStore<T>(clock: Clock, call: () => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const error = new AuthError("store_unavailable", "The session store does not answer.", {
      detail: "timeout",
    });
    const callOff = runAt(clock, clock.now() + STORE_TIMEOUT_MS, () => reject(error), true);
    atPort("store_unavailable", call).finally(callOff).then(resolve, reject);
  });
}

/** Calls a port; whatever it throws or rejects with becomes an AuthError of this code. */
export async function atPort<T>(code: AuthErrorCode, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fromPort(code, error);
  }
}
