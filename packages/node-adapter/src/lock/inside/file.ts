// The file that is locked, and what stands in it: a note of whoever had the lock last, and a mark of whoever has it now.
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import type { HeldLock } from "@loopkey/core";
import { hintsOfDisk } from "../../private-files/failures.js";
import { insecure, lockFailure, orUnavailable } from "../failures.js";
import type { FileLocks } from "./file-locks.js";
import { checkNote, NOTE } from "./note-text.js";

/** Of the note, padded with spaces: a shorter one leaves nothing of the one before. Within one page: it is never torn. */
const NOTE_BYTES = 256;
const MARK_BYTES = 32;

export interface LockFile {
  /** For the task: what it may ask while it runs. Afterwards nothing of it touches the file. */
  readonly held: HeldLock;
  readonly release: () => void;
}

/** `mark`: of whoever has it, as far as it can be read; another one after each change of hands. */
export type LockAttempt = LockFile | { readonly mark: string | undefined };

/** Opened anew each time: whoever deletes the file does not leave us waiting for one that nobody else finds. */
export function tryLockFile(file: string, locks: FileLocks): LockAttempt {
  const fd = openLockFile(file);
  let locked = false;
  try {
    checkLockFile(file, fd);
    locked = orUnavailable(() => locks.tryLock(fd), {
      message: `The file ${file} cannot be locked: its file system may have no locks.`,
      hint: "Keep the app's state on a disk of this computer, not on a network.",
    });
    if (!locked) return { mark: attempt(() => readText(fd, NOTE_BYTES, MARK_BYTES)) };
    attempt(() => leaveMark(fd));
    return lockedFile(file, fd, locks);
  } finally {
    if (!locked) closeSync(fd);
  }
}

function lockedFile(file: string, fd: number, locks: FileLocks): LockFile {
  // The number of a descriptor that was closed is soon another file's.
  let isOpen = true;
  return {
    held: {
      isStillHeld: () => isOpen && attempt(() => isSameFile(file, fd)) === true,
      // Not synced: it is for a process that dies, not for a power cut.
      writeNote(note) {
        if (!isOpen) throw new Error("The lock is not held any more.");
        checkNote(note);
        const bytes = padded(note ?? "", NOTE_BYTES);
        orUnavailable(() => writeAll(fd, bytes, 0), {
          message: `The lock file ${file} cannot be written to.`,
          hint: "See that there is room on the disk that it is on.",
        });
      },
      readNote: () => (isOpen ? (attempt(() => readText(fd, 0, NOTE_BYTES)) ?? null) : null),
    },
    release() {
      isOpen = false;
      attempt(() => locks.unlock(fd));
      attempt(() => closeSync(fd));
    },
  };
}

function openLockFile(file: string): number {
  // Windows knows neither of the last two: undefined counts as 0. Node opens everything with close-on-exec.
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    return openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    if (code === "ELOOP" || code === "EMLINK") throw insecure(file, "is a symbolic link");
    throw lockFailure("lock_unavailable", `The lock file ${file} cannot be opened (${code}).`, {
      hint:
        hintsOfDisk(process.platform)[code] ??
        "See that it is a file which you can write to, or move it away: the app makes a new one.",
      cause,
    });
  }
}

function checkLockFile(file: string, fd: number): void {
  const found = fstatSync(fd);
  if (!found.isFile()) throw insecure(file, "is not a regular file");
  // Windows has neither owners nor modes.
  const user = process.geteuid?.();
  if (user === undefined) return;
  if (found.uid !== user) throw insecure(file, "belongs to another user");
  if ((found.mode & 0o077) !== 0) fchmodSync(fd, 0o600);
}

/**
 * Says to who waits that the lock has changed hands. In the block of the note, whose room is taken with it: a disk that is full
 * later does not keep anybody from noting.
 */
function leaveMark(fd: number): void {
  writeAll(fd, padded(String(Math.random()), MARK_BYTES), NOTE_BYTES);
}

/** Not a link, which others do not follow. In BigInts: a number loses the end of what Windows tells files apart by. */
function isSameFile(file: string, fd: number): boolean {
  const there = lstatSync(file, { bigint: true });
  const ours = fstatSync(fd, { bigint: true });
  return there.ino === ours.ino && there.dev === ours.dev;
}

function padded(text: string, length: number): Buffer {
  const bytes = Buffer.alloc(length, " ");
  bytes.write(text);
  // For who looks at it with `cat`.
  bytes.write("\n", length - 1);
  return bytes;
}

function writeAll(fd: number, bytes: Buffer, position: number): void {
  if (writeSync(fd, bytes, 0, bytes.length, position) < bytes.length) throw new Error("written in part");
}

/** undefined: nothing, or no text of ours, such as the zeros that a power cut may leave. */
function readText(fd: number, position: number, length: number): string | undefined {
  const bytes = Buffer.alloc(length);
  const read = readSync(fd, bytes, 0, length, position);
  const text = bytes.toString("utf8", 0, read).trim();
  return NOTE.test(text) ? text : undefined;
}

/** Undefined where it fails: what it is for can do without. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
