// A lock within this process, for several clients that stand for several processes.
import type { WithLock } from "../ports/ports.js";

/** One lock; hand the same one to every client that shares a session. */
export function createFakeLock(): WithLock {
  let last: Promise<unknown> = Promise.resolve();
  return (task, { signal }) =>
    new Promise((resolve, reject) => {
      const abort = (): void => reject(signal.reason as Error);
      if (signal.aborted) return abort();
      signal.addEventListener("abort", abort);
      const takeTurn = async (before: Promise<unknown>): Promise<void> => {
        await before;
        signal.removeEventListener("abort", abort);
        if (!signal.aborted) await task().then(resolve, reject);
      };
      last = takeTurn(last);
    });
}
