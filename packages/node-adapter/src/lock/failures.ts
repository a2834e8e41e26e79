// How the lock fails: the codes, and what a person can do about each.
import type { PortError } from "@loopkey/core";
import { shellWord } from "../ground/shell-word.js";

/**
 * Why there was no lock. Beside these, {@link ensurePrivateFolder} may refuse the folder.
 *
 * - `lock_timeout`: others held it for too long
 * - `lock_unavailable`: the file cannot be opened, its file system has no locks, or the native library is missing
 * - `insecure_lock_file`: what stands in the file's place is a link, belongs to another user, or is no regular file
 */
export type LockFailureCode = "lock_timeout" | "lock_unavailable" | "insecure_lock_file";

export function lockFailure(
  code: LockFailureCode,
  message: string,
  { hint, cause }: { readonly hint: string; readonly cause?: unknown },
): PortError {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { code, hint });
}

export function insecure(file: string, what: string): PortError {
  return lockFailure("insecure_lock_file", `The lock file ${file} ${what}.`, {
    hint: "Move it away: the app makes a new one.",
  });
}

interface Words {
  readonly message: string;
  readonly hint: string;
}

/** What `act` gives; what it throws is `lock_unavailable`, see {@link unavailable}. */
export function orUnavailable<T>(act: () => T, words: Words): T {
  try {
    return act();
  } catch (error) {
    throw unavailable(error, words);
  }
}

/** In these words, unless the error says itself what to do. */
export function unavailable(cause: unknown, words: Words): PortError {
  const { message, hint } = cause as Partial<PortError>;
  if (message !== undefined && hint !== undefined)
    return lockFailure("lock_unavailable", message, { hint, cause });
  return lockFailure("lock_unavailable", words.message, { hint: words.hint, cause });
}

/** `wasTurns`: none hung, there were too many. */
export function timedOut(
  file: string,
  { waitedMs, wasTurns }: { readonly waitedMs: number; readonly wasTurns: boolean },
): PortError {
  const look = process.platform === "win32" ? "" : ` This names it: lsof ${shellWord(file)}`;
  const seconds = `${waitedMs / 1_000} s`;
  return wasTurns
    ? lockFailure("lock_timeout", `Runs of this app have kept the session busy for ${seconds}.`, {
        hint: "Start fewer of them at once, and try again.",
      })
    : lockFailure("lock_timeout", `A run of this app has not been done with the session for ${seconds}.`, {
        hint: `End the one that hangs or is stopped, and try again.${look}`,
      });
}
