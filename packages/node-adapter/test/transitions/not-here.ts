// Transitions that no scenario provokes on real ports, by why not. The machine's own tests take each of them, on fake ports.

const OWN_CONNECTION =
  "Node's ports open a connection of their own for each refresh, which shows by coming up whether there is a way: nothing is checked before.";
const LOST =
  "Takes a process that was killed between sending a refresh token and saving the next: the torture tests kill them.";
const LATE = "Takes a machine that sleeps, or a stopped process: blocked-loop.test.ts stops them.";
const FULL_DISK =
  "Takes a disk that is full when the place is kept and not before: full-disk.test.ts fills one.";
const BETWEEN =
  "Takes a store that could be read under the same lock a moment before, with no request between that tells when.";
const A_MOMENT = "Takes a signal in the few milliseconds in which a file is read.";

export const NOT_HERE: Readonly<Record<string, string>> = {
  "awaiting-callback on requestRenewed":
    "Takes as long as a pushed request lives, a minute: the end-to-end tests of PAR wait for it.",
  "authenticated on refreshDue when isPastProof": "Takes as long as the last access token lives.",
  "authenticated on timerLate": LATE,
  "refreshing on timerLate": LATE,
  "reviewing on wake": A_MOMENT,
  "reviewing on networkFailed": A_MOMENT,
  "refreshing on noteFailed": FULL_DISK,
  "refreshing.preparing on prepareSave error when isForApi": FULL_DISK,
  "refreshing.preparing on prepareSave error": FULL_DISK,
  "reviewing on readStore done when isLost": LOST,
  "refreshing.reconciling on readStore done when isLost": LOST,
  "refreshing.judging on readStore done when isLost": LOST,
  "refreshing.comparing on readStore done when isLost": LOST,
  "refreshing.approaching on always when doubtsPath": OWN_CONNECTION,
  "refreshing.checkingPath on checkPath done": OWN_CONNECTION,
  "refreshing.checkingPath on checkPath error when goesUnchecked": OWN_CONNECTION,
  "refreshing.checkingPath on checkPath error when isForApi": OWN_CONNECTION,
  "refreshing.checkingPath on checkPath error": OWN_CONNECTION,
  "refreshing.marking on markSession error": BETWEEN,
  "refreshing.ending on clearStore error": BETWEEN,
};
