// Exclusive work inside one process: for a store that no other process sees.
import type { HeldLock, WithLock } from "@loopkey/core";
import { checkNote } from "./inside/note-text.js";

/** Tasks take turns in the order they came. Needs no file, so it works where none can be written. */
export function createTurnLock(): WithLock {
  let last: Promise<void> = Promise.resolve();
  let note: string | null = null;
  const lock: HeldLock = {
    isStillHeld: () => true,
    writeNote(text) {
      checkNote(text);
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
