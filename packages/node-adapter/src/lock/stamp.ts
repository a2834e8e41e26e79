// How one process sees that another has changed the session: a file beside the lock, looked at by stat alone.
import { closeSync, constants, lstatSync, openSync, utimesSync, writeSync } from "node:fs";
import type { SessionStamp } from "@loopkey/core";

/** More than any file system's clock is coarse: FAT counts in two seconds. */
const LEAST_STEP_MS = 2_000;

/**
 * A stamp in a file, which grows by one byte with each renewal: two of them within one tick of the clock differ, which the
 * time alone would not show, and neither does an inode, whose number the next file may get. Where the disk takes no byte,
 * the time is moved on. Its folder is made by the lock, under which it is renewed.
 */
export function createSessionStamp(file: () => string): SessionStamp {
  return {
    read() {
      try {
        return stampOf(file());
      } catch {
        return null;
      }
    },
    renew() {
      try {
        grow(file());
      } catch {
        try {
          moveTime(file());
        } catch {
          // Others find out when they read the store next.
        }
      }
    },
  };
}

function stampOf(file: string): string | null {
  const found = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return found?.isFile() ? `${found.ino}.${found.size}.${found.mtimeNs}` : null;
}

function grow(file: string): void {
  // Windows knows neither of the last two: undefined counts as 0.
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    writeSync(fd, "\n");
  } finally {
    closeSync(fd);
  }
}

function moveTime(file: string): void {
  const { mtimeMs } = lstatSync(file);
  const seconds = Math.max(Date.now(), mtimeMs + LEAST_STEP_MS) / 1_000;
  utimesSync(file, seconds, seconds);
}
