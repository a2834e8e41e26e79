// A lock within this process, for several clients that stand for several processes.
import type { HeldLock, WithLock } from "../ports/ports.js";

/** One lock; hand the same one to every client that shares a session. */
export function createFakeLock(): WithLock {
  let last: Promise<unknown> = Promise.resolve();
  let note: string | null = null;
  const lock: HeldLock = {
    isStillHeld: () => true,
    writeNote: (text) => void (note = text),
    readNote: () => note,
  };
  return (task, { signal }) =>
    new Promise((resolve, reject) => {
      const abort = (): void => reject(signal.reason as Error);
      if (signal.aborted) return abort();
      signal.addEventListener("abort", abort);
      const takeTurn = async (before: Promise<unknown>): Promise<void> => {
        await before;
        signal.removeEventListener("abort", abort);
        if (!signal.aborted) await task(lock).then(resolve, reject);
      };
      last = takeTurn(last);
    });
}
