// What may be noted beside the lock, whichever lock it is: what a real one refuses is refused in memory as well.

const NOTE = /^[!-~](?:[ -~]{0,198}[!-~])?$/;

export function isNote(text: string): boolean {
  return NOTE.test(text);
}

/** Throws for what `HeldLock.writeNote` does not take. */
export function checkNote(text: string | null): void {
  if (text !== null && !isNote(text))
    throw new RangeError("A note is a line of 1 to 200 characters of ASCII.");
}
