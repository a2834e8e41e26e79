// The border to the adapters: their plain errors become AuthErrors here, and nowhere else.
import { startLimit } from "./limit.js";
import { AuthError } from "../ground/errors.js";
import type { AuthErrorCode } from "../ground/error-codes.js";
import { printable } from "../ground/printable.js";
import type { AuthPorts, Clock, HeldLock, PortError } from "./ports.js";

/** A plain error of an adapter, said as ours. */
export function fromPort(code: AuthErrorCode, error: unknown): AuthError {
  if (!(error instanceof Error)) return new AuthError(code, "An adapter failed without saying why.");
  const { code: detail, hint }: PortError = error;
  return new AuthError(code, printable(error.message, 500), { detail, hint, cause: error });
}

/**
 * Runs the task under the lock. What the task rejects with is its own; not getting the lock is `lock_timeout` when others
 * hold it, `lock_unavailable` where there can be none.
 */
export async function atLock<T>(
  { withLock }: AuthPorts,
  signal: AbortSignal,
  task: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  let begun = false;
  try {
    return await withLock(
      (lock) => {
        begun = true;
        return task(lock);
      },
      { signal },
    );
  } catch (error) {
    throw begun || signal.aborted ? error : fromLock(error);
  }
}

/** Rejects with `lock_unavailable` where there can be no lock, without a wait for who holds it; so far as the port can tell. */
export async function probeLock({ probeLock: probe }: AuthPorts): Promise<void> {
  try {
    await probe?.();
  } catch (error) {
    throw fromLock(error);
  }
}

/** One that waited too long may have it later; one that cannot be had is not had by waiting. */
function fromLock(error: unknown): AuthError {
  const isHeld = error instanceof Error && (error as PortError).code === "lock_timeout";
  return fromPort(isHeld ? "lock_timeout" : "lock_unavailable", error);
}

/** A store bounds its calls itself; this is for one that does not. Longer than a person needs to unlock a keyring. */
const STORE_TIMEOUT_MS = 90_000;

/** Calls the store, for as long as a person could possibly need to unlock it. Rejects with `store_unavailable`. */
export function atStore<T>(clock: Clock, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const error = new AuthError("store_unavailable", "The session store does not answer.", {
      detail: "timeout",
    });
    const callOff = startLimit(clock, STORE_TIMEOUT_MS, () => reject(error));
    // Whoever asked has gone: nothing waits for the answer.
    signal?.addEventListener("abort", callOff);
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

export interface Calls {
  track<T>(call: Promise<T>): Promise<T>;
  /** Resolves when every call so far has settled, however long that takes. */
  settled(): Promise<void>;
}

/** Knows of calls that nobody waits for any more. */
export function trackCalls(): Calls {
  const open = new Set<Promise<unknown>>();
  return {
    track(call) {
      open.add(call);
      const settled = (): void => void open.delete(call);
      call.then(settled, settled);
      return call;
    },
    async settled() {
      // One that settles may begin another: the undoing of a late save.
      while (open.size > 0) {
        // oxlint-disable-next-line no-await-in-loop
        await Promise.allSettled(open);
      }
    },
  };
}

/**
 * Runs the task under the lock and gives its outcome at once; the lock is kept until every store call of it has settled,
 * also one that was given up.
 */
export function atLockUntilSettled<T>(
  ports: AuthPorts,
  calls: Calls,
  signal: AbortSignal,
  task: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const hold = async (): Promise<void> => {
      await task().then(resolve, reject);
      await calls.settled();
    };
    atLock(ports, signal, hold).catch(reject);
  });
}
