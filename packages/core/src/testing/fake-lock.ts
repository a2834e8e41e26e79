// A lock within this process, for several clients that stand for several processes.
import type { HeldLock, WithLock } from "../ports/ports.js";

/** As every lock: what a real one would refuse is refused in a test. */
const NOTE = /^[!-~](?:[ -~]{0,198}[!-~])?$/;

/** One lock; hand the same one to every client that shares a session. */
export function createFakeLock(): WithLock {
  let last: Promise<unknown> = Promise.resolve();
  let note: string | null = null;
  const lock: HeldLock = {
    isStillHeld: () => true,
    writeNote(text) {
      if (text !== null && !NOTE.test(text))
        throw new RangeError("A note is a line of 1 to 200 characters of ASCII.");
      note = text;
    },
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
