// Exclusive work over all processes of an app and account: a lock of the kernel on an open file, and a queue inside the
// process. The file is never deleted; who has it locked counts, and what the last one noted in it.
import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { WithLock } from "@loopkey/core";
import { monotonicMs } from "../ground/monotonic.js";
import { checkTimeoutMs } from "../ground/timeout-option.js";
import { ensurePrivateFolder } from "../private-files/folder.js";
import { timedOut } from "./failures.js";
import type { FileLocks } from "./inside/file-locks.js";
import { tryLockFile, type LockFile } from "./inside/file.js";
import { loadOrExplain, loadSystemLocks } from "./inside/system-locks.js";
import { enqueue, type Turn } from "./inside/turns.js";

export type { FileLocks };

export interface ProcessLockOptions {
  /** The file to lock, an absolute path. It and its folder are created at first use. */
  readonly file: string;
  /** Milliseconds to wait for one holder. Others that come in between do not count, up to ten times as long. @default 60_000 */
  readonly timeoutMs?: number;
  /** The locks to use in place of the system's; called at each use. */
  readonly loadLocks?: () => FileLocks | Promise<FileLocks>;
}

// Short enough to go unnoticed beside a request, long enough that a dozen waiting processes cost nothing. Random, so
// that they do not ask in step; the shortest wait does not grow, so that whoever came late has no better chances.
const SHORTEST_WAIT_MS = 5;
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 50;

/**
 * A lock that one task holds at a time, over all processes that lock the same file, all locks of this process, and all
 * copies of this module.
 *
 * - The operating system frees it when the holder ends, however it ends, and within about 50 ms the next has it. A child
 *   process does not inherit it.
 * - Tasks of one process take turns in the order they came; processes do not, but none waits much longer than others.
 * - Opens the file for the wait and the task only. Nothing is left that keeps the process alive.
 * - The limit is for a holder that hangs: it begins anew whenever the lock changes hands, so that many that wait for one
 *   another do not end one another. Time in which this process was stopped or its loop blocked does not count.
 * - A task that asks for the lock it holds waits for itself, until `lock_timeout`.
 * - Room for a note is written when the file is made, so that a disk which is full later does not
 *   keep it from being noted (a file system that copies on write, as Btrfs and ZFS do, may still refuse); it is not synced.
 * - Rejects with a PortError, its `code` a {@link LockFailureCode} or one of {@link ensurePrivateFolder}. There is no
 *   task without the lock.
 *
 * Throws a TypeError that says what to write instead for an option it cannot use.
 */
export function createProcessLock(options: ProcessLockOptions): WithLock {
  const { file, timeoutMs = 60_000, loadLocks = loadSystemLocks } = checked(options);

  return async (task, { signal }) => {
    signal.throwIfAborted();
    const turn = enqueue(realPath(file), timeoutMs);
    try {
      await comeToTurn(file, turn, signal);
      await ensurePrivateFolder(dirname(file));
      const { held, release } = await lockFile(file, await loadOrExplain(loadLocks), turn, signal);
      turn.seeChange();
      try {
        return await task(held);
      } finally {
        release();
      }
    } finally {
      turn.leave();
    }
  };
}

/**
 * Rejects where there can be no lock, with what {@link createProcessLock} would reject with. Asks once: a lock that another
 * holds is one that can be had.
 */
export async function probeProcessLock(options: Omit<ProcessLockOptions, "timeoutMs">): Promise<void> {
  const { file, loadLocks = loadSystemLocks } = checked(options);
  await ensurePrivateFolder(dirname(file));
  const found = tryLockFile(file, await loadOrExplain(loadLocks));
  if ("release" in found) found.release();
}

function checked(options: ProcessLockOptions): ProcessLockOptions {
  const { file, timeoutMs } = options;
  if (typeof file !== "string" || !isAbsolute(file)) {
    throw new TypeError(`file is ${JSON.stringify(file)}. Write an absolute path.`);
  }
  if (timeoutMs !== undefined) checkTimeoutMs(timeoutMs);
  return options;
}

async function comeToTurn(file: string, { come, patience }: Turn, signal: AbortSignal): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop
  while (!(await patience.wait(Infinity, signal, come))) {
    if (patience.isOut()) throw timedOut(file, patience);
  }
}

async function lockFile(
  file: string,
  locks: FileLocks,
  { patience, seeChange }: Turn,
  signal: AbortSignal,
): Promise<LockFile> {
  const begin = monotonicMs();
  let before: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    const found = tryLockFile(file, locks);
    if ("release" in found) return found;
    if (before !== undefined && found.mark !== undefined && found.mark !== before) seeChange();
    before = found.mark ?? before;
    if (patience.isOut()) throw timedOut(file, patience);
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS + (monotonicMs() - begin) / 40);
    // oxlint-disable-next-line no-await-in-loop
    await patience.wait(SHORTEST_WAIT_MS + Math.random() * (longest - SHORTEST_WAIT_MS), signal);
  }
}

/** One name for a file that several paths lead to. The kernel's lock holds without it: this is for the order. */
function realPath(file: string): string {
  try {
    return join(realpathSync.native(dirname(file)), basename(file));
  } catch {
    return file; // no folder yet
  }
}
