// Exclusive work inside one process: for a store that no other process sees.
import type { HeldLock, WithLock } from "@loopkey/core";

/** As every lock: nothing works in memory alone. */
const NOTE = /^[!-~](?:[ -~]{0,198}[!-~])?$/;

/** Tasks take turns in the order they came. Needs no file, so it works where none can be written. */
export function createTurnLock(): WithLock {
  let last: Promise<void> = Promise.resolve();
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

  return async (task, { signal }) => {
    signal.throwIfAborted();
    const before = last;
    let leave = (): void => {};
    const left = new Promise<void>((resolve) => (leave = resolve));
    last = before.then(() => left);
    let giveUp = (): void => {};
    try {
      await new Promise<void>((resolve, reject) => {
        giveUp = () => reject(signal.reason as Error);
        signal.addEventListener("abort", giveUp);
        void before.then(resolve);
      });
      signal.throwIfAborted();
      signal.removeEventListener("abort", giveUp);
      return await task(lock);
    } finally {
      signal.removeEventListener("abort", giveUp);
      leave();
    }
  };
}
