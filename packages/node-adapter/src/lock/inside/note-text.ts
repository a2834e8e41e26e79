// What may be noted beside the lock, whichever lock it is: what a real one refuses is refused in memory as well.

export const NOTE = /^[!-~](?:[ -~]{0,198}[!-~])?$/;

/** Throws for what `HeldLock.writeNote` does not take. */
export function checkNote(text: string | null): void {
  if (text !== null && !NOTE.test(text))
    throw new RangeError("A note is a line of 1 to 200 characters of ASCII.");
}
