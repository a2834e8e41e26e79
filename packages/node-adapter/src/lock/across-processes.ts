// Exclusive work over all processes of an app and account: a lock of the kernel on an open file, and a queue inside the
// process. The file is never deleted; who has it locked counts, and what the last one noted in it.
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
  writeSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { HeldLock, PortError, WithLock } from "@loopkey/core";
import { shellWord } from "../ground/shell-word.js";
import { checkTimeoutMs } from "../ground/timeout-option.js";
import { ensurePrivateFolder } from "../private-files/folder.js";

/**
 * Why there was no lock. Beside these, {@link ensurePrivateFolder} may refuse the folder.
 *
 * - `lock_timeout`: others held it for too long
 * - `lock_unavailable`: the file cannot be opened, its file system has no locks, or the native library is missing
 * - `insecure_lock_file`: what stands in the file's place is a link, belongs to another user, or is no regular file
 */
export type LockFailureCode = "lock_timeout" | "lock_unavailable" | "insecure_lock_file";

/** Locks of the kernel that belong to an open file, and end with it: nothing is left of a process that died. */
export interface FileLocks {
  /** Locks the whole file for this descriptor alone; false when another has it. Never waits. */
  tryLock(fd: number): boolean;
  unlock(fd: number): void;
}

export interface ProcessLockOptions {
  /** The file to lock, an absolute path. It and its folder are created at first use. */
  readonly file: string;
  /** Milliseconds to wait for others. @default 60_000 */
  readonly timeoutMs?: number;
  /** The locks to use in place of the system's; called at each use. */
  readonly loadLocks?: () => FileLocks;
}

// Short enough to go unnoticed beside a request, long enough that a dozen waiting processes cost nothing. Random, so
// that they do not ask in step; the shortest wait does not grow, so that whoever came late has no better chances.
const SHORTEST_WAIT_MS = 5;
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 50;

/** For each file, when the last of this process who wants its lock is done with it. */
const queues = new Map<string, Promise<void>>();

/**
 * A lock that one task holds at a time, over all processes that lock the same file, all locks of this process, and all
 * copies of this module.
 *
 * - The operating system frees it when the holder ends, however it ends, and within about 50 ms the next has it. A child
 *   process does not inherit it.
 * - Tasks of one process take turns in the order they came; processes do not, but none waits much longer than others.
 * - Opens the file for the wait and the task only. Nothing is left that keeps the process alive.
 * - A task that asks for the lock it holds waits for itself, until `lock_timeout`.
 * - Rejects with a PortError, its `code` a {@link LockFailureCode} or one of {@link ensurePrivateFolder}. There is no
 *   task without the lock.
 *
 * Throws a TypeError that says what to write instead for an option it cannot use.
 */
export function createProcessLock(options: ProcessLockOptions): WithLock {
  const { file, timeoutMs = 60_000, loadLocks = loadSystemLocks } = options;
  if (typeof file !== "string" || !isAbsolute(file)) {
    throw new TypeError(`file is ${JSON.stringify(file)}. Write an absolute path.`);
  }
  checkTimeoutMs(timeoutMs);

  return async (task, { signal }) => {
    signal.throwIfAborted();
    // Not the wall clock: while the computer sleeps, nobody gets on.
    const deadline = performance.now() + timeoutMs;
    const { turn, leave } = enqueue(realPath(file));
    try {
      if (!(await wait(timeoutMs, signal, turn))) throw timedOut(file, timeoutMs);
      await ensurePrivateFolder(dirname(file));
      const locks = orUnavailable(loadLocks, {
        message: "The library that locks files on this system could not be loaded.",
        hint:
          "Install the app's dependencies again, on this system: fs-native-extensions has native parts for Linux " +
          "(with glibc, so not Alpine), macOS and Windows, on x64 and arm64.",
      });
      const fd = await lockFile(file, { locks, signal, deadline });
      if (fd === undefined) throw timedOut(file, timeoutMs);
      try {
        return await task(heldLock(file, fd));
      } finally {
        attempt(() => locks.unlock(fd));
        attempt(() => closeSync(fd));
      }
    } finally {
      leave();
    }
  };
}

/** Longer than any note: a shorter one leaves nothing of the one before. */
const NOTE_BYTES = 256;

function heldLock(file: string, fd: number): HeldLock {
  return {
    isStillHeld() {
      const there = statSync(file, { throwIfNoEntry: false });
      const ours = fstatSync(fd);
      return there?.ino === ours.ino && there.dev === ours.dev;
    },
    writeNote(note) {
      const bytes = Buffer.alloc(NOTE_BYTES, " ");
      const length = bytes.write(note ?? "");
      if (note !== null && length < Buffer.byteLength(note)) throw new RangeError("The note is too long.");
      orUnavailable(() => writeSync(fd, bytes, 0, NOTE_BYTES, 0), {
        message: `The lock file ${file} cannot be written to.`,
        hint: "See that there is room on the disk that it is on.",
      });
    },
    readNote() {
      const bytes = Buffer.alloc(NOTE_BYTES);
      const length = readSync(fd, bytes, 0, NOTE_BYTES, 0);
      return bytes.toString("utf8", 0, length).trim() || null;
    },
  };
}

/** A place in the queue of this process. Must be left, whether or not its turn has come. */
function enqueue(key: string): { readonly turn: Promise<void>; readonly leave: () => void } {
  const turn = queues.get(key) ?? Promise.resolve();
  let leave = (): void => {};
  const left = new Promise<void>((resolve) => (leave = resolve));
  const last = turn.then(() => left);
  queues.set(key, last);
  void last.then(() => queues.get(key) === last && queues.delete(key));
  return { turn, leave };
}

interface LockFileOptions {
  readonly locks: FileLocks;
  readonly signal: AbortSignal;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
}

/** The descriptor of the file, open and locked; undefined when the deadline has passed. */
async function lockFile(
  file: string,
  { locks, signal, deadline }: LockFileOptions,
): Promise<number | undefined> {
  const begin = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const fd = tryLockFile(file, locks);
    const now = performance.now();
    if (fd !== undefined || now >= deadline) return fd;
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS + (now - begin) / 40);
    const ms = SHORTEST_WAIT_MS + Math.random() * (longest - SHORTEST_WAIT_MS);
    // oxlint-disable-next-line no-await-in-loop
    await wait(Math.min(ms, deadline - now), signal);
  }
}

/** Opened anew each time: whoever deletes the file does not leave us waiting for one that nobody else finds. */
function tryLockFile(file: string, locks: FileLocks): number | undefined {
  const fd = openLockFile(file);
  let locked = false;
  try {
    checkLockFile(file, fd);
    locked = orUnavailable(() => locks.tryLock(fd), {
      message: `The file ${file} cannot be locked: its file system may have no locks.`,
      hint: "Keep the app's state on a disk of this computer, not on a network.",
    });
    return locked ? fd : undefined;
  } finally {
    if (!locked) closeSync(fd);
  }
}

/** Whether `until` came first, not the end of the time; rejects with the signal's reason. Leaves nothing behind. */
function wait(ms: number, signal: AbortSignal, until?: Promise<void>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      outcome();
    };
    const onAbort = (): void => settle(() => reject(signal.reason as Error));
    // Keeps the process alive on purpose: whoever awaits the lock is waiting for it.
    const timer = setTimeout(() => settle(() => resolve(false)), ms);
    signal.addEventListener("abort", onAbort);
    void until?.then(() => settle(() => resolve(true)));
  });
}

function openLockFile(file: string): number {
  // Windows knows neither of the last two: undefined counts as 0. Node opens everything with close-on-exec.
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    return openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ELOOP" || code === "EMLINK") throw insecure(file, "is a symbolic link");
    throw lockFailure("lock_unavailable", `The lock file ${file} cannot be opened.`, {
      hint: "See that it is a file which you can write to, or move it away: it holds nothing.",
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

/** One name for a file that several paths lead to. The kernel's lock holds without it: this is for the order. */
function realPath(file: string): string {
  try {
    return join(realpathSync.native(dirname(file)), basename(file));
  } catch {
    return file; // no folder yet
  }
}

// What fs-native-extensions' own index.js calls. `length` 0: to the end of the file.
interface NativeLocks {
  tryLock(fd: number, offset: number, length: number, exclusive: boolean): void;
  unlock(fd: number, offset: number, length: number): void;
}

function loadSystemLocks(): FileLocks {
  const native = loadNative();
  return {
    tryLock(fd) {
      try {
        native.tryLock(fd, 0, 0, true);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EAGAIN") return false;
        throw error;
      }
    },
    unlock: (fd) => native.unlock(fd, 0, 0),
  };
}

function loadNative(): NativeLocks {
  const require = createRequire(import.meta.url);
  const { platform, arch } = process;
  const prebuilt = `fs-native-extensions/prebuilds/${platform}-${arch}/fs-native-extensions.node`;
  try {
    // By its place: 1 ms on Node 20, where the package takes 14 to find it. It has an eye for Alpine, too.
    if (!existsSync("/etc/alpine-release")) return require(prebuilt) as NativeLocks;
  } catch {
    // Not there: the package knows more places, or says what is wrong.
  }
  return require("fs-native-extensions/binding.js") as NativeLocks;
}

function timedOut(file: string, timeoutMs: number): PortError {
  const look = process.platform === "win32" ? "" : ` This names it: lsof ${shellWord(file)}`;
  const seconds = `${timeoutMs / 1_000} s`;
  return lockFailure("lock_timeout", `A run of this app has not been done with the session for ${seconds}.`, {
    hint: `End the one that hangs or is stopped, and try again.${look}`,
  });
}

function insecure(file: string, what: string): PortError {
  return lockFailure("insecure_lock_file", `The lock file ${file} ${what}.`, {
    hint: "Move it away: it holds nothing, and the app makes a new one.",
  });
}

function orUnavailable<T>(act: () => T, { message, hint }: { message: string; hint: string }): T {
  try {
    return act();
  } catch (cause) {
    throw lockFailure("lock_unavailable", message, { hint, cause });
  }
}

function lockFailure(
  code: LockFailureCode,
  message: string,
  { hint, cause }: { readonly hint: string; readonly cause?: unknown },
): PortError {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { code, hint });
}

/** For what ends a lock: the task's outcome is the outcome. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // The descriptor is gone already, and the lock with it.
  }
}
