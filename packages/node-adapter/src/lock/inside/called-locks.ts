// The kernel's locks by the system's own functions, for runtimes on which the addon does not run: the same ones that it sets, so
// that programs on all runtimes keep each other out. (Deno's `FsFile.lock` is of another kind on Linux, and would not.)
import { functionsHere, type SystemFunction } from "./foreign-runtime.js";
import type { FileLocks } from "./file-locks.js";

// Of Linux on 64 bits.
const F_OFD_GETLK = 36;
const F_OFD_SETLK = 37;
const F_WRLCK = 1;
const F_UNLCK = 2;
const FLOCK_BYTES = 32;

/** How often a lock may be refused that nobody has: whoever had it has given it back between the two questions. */
const ATTEMPTS = 3;

// Of macOS, where a lock is for the file as a whole.
const LOCK_EX_NB = 2 | 4;
const LOCK_UN = 8;

/** Of the runtime that this is. */
export function loadLocksHere(): FileLocks {
  return loadCalledLocks(functionsHere());
}

/** Throws `lock_unavailable` where the runtime gives no such function. */
export function loadCalledLocks(
  load: SystemFunction,
  platform: NodeJS.Platform = process.platform,
): FileLocks {
  return platform === "darwin" ? byFlock(load) : byFcntl(load);
}

/** Why the kernel refuses, it tells in `errno`, which is not to be had; whether another has the lock, it can be asked. */
function byFcntl(load: SystemFunction): FileLocks {
  const fcntl = load("fcntl", ["i32", "i32", "buffer"]);
  return {
    tryLock(fd) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (fcntl(fd, F_OFD_SETLK, wholeFile(F_WRLCK)) === 0) return true;
        const asked = wholeFile(F_WRLCK);
        if (fcntl(fd, F_OFD_GETLK, asked) !== 0) break;
        if (typeOf(asked) !== F_UNLCK) return false;
      }
      throw new Error("fcntl refuses a lock that nobody has.");
    },
    unlock: (fd) => void fcntl(fd, F_OFD_SETLK, wholeFile(F_UNLCK)),
  };
}

/** There is no such question for it: a file system without locks looks like one whose lock another has, until the limit. */
function byFlock(load: SystemFunction): FileLocks {
  const flock = load("flock", ["i32", "i32"]);
  return {
    tryLock: (fd) => flock(fd, LOCK_EX_NB) === 0,
    unlock: (fd) => void flock(fd, LOCK_UN),
  };
}

/** `struct flock`, from 0 to the end of the file, wherever that is. */
function wholeFile(type: number): Uint8Array {
  const lock = new Uint8Array(FLOCK_BYTES);
  new Int16Array(lock.buffer)[0] = type;
  return lock;
}

function typeOf(lock: Uint8Array): number {
  return new Int16Array(lock.buffer)[0]!;
}
