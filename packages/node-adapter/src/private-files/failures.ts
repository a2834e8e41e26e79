// How the encrypted file fails: the codes, and what a person can do about each.
import type { PortError } from "@loopkey/core";

/**
 * Why the encrypted file did not do what it was asked. Adding one is a minor change. Beside them stand those of its
 * folder: `insecure_folder` and `folder_unavailable`.
 *
 * - `no_secret`: neither a passphrase nor a key is given
 * - `secret_unusable`: what is given for one cannot be used: empty, of the wrong length, open to others, several at once
 * - `wrong_key_or_damaged`: it does not open with this passphrase or key. Which of the two it is cannot be told apart
 * - `unknown_format`: it is no file of this store, is cut off, or was written by a newer version
 * - `insecure_file`: others could read or change it, or it is not what it seems to be
 * - `file_unavailable`: the system cannot read or write it
 * - `too_large`: more than the file takes
 * - `timed_out`: no answer within the time limit
 */
export type EncryptedFileFailureCode =
  | "no_secret"
  | "secret_unusable"
  | "wrong_key_or_damaged"
  | "unknown_format"
  | "insecure_file"
  | "file_unavailable"
  | "too_large"
  | "timed_out";

export interface EncryptedFileFailure extends PortError {
  readonly code: EncryptedFileFailureCode;
  readonly hint: string;
}

const failures = new WeakSet<object>();

/** Neither message nor hint may hold a secret, nor a part of what was read. */
export function fileFailure(
  code: EncryptedFileFailureCode,
  message: string,
  { hint, cause }: { readonly hint: string; readonly cause?: unknown },
): EncryptedFileFailure {
  const error = new Error(message, cause === undefined ? {} : { cause });
  failures.add(error);
  return Object.assign(error, { code, hint });
}

/** What the file system threw, as ours; errors that say what to do already stay as they are. */
export function toFileFailure(
  error: unknown,
  path: string,
  platform: NodeJS.Platform = process.platform,
): Error {
  if (error instanceof Error && (failures.has(error) || "hint" in error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return fileFailure("file_unavailable", `The file ${path} cannot be used (${code ?? message}).`, {
    hint: hintsOf(platform)[code ?? ""] ?? `The system said: ${message}.`,
    cause: error,
  });
}

const OPEN_ELSEWHERE =
  "Another program has it open, or keeps this account from it: a scanner, a backup. Close that and try again.";

function hintsOf(platform: NodeJS.Platform): Readonly<Record<string, string>> {
  const ofSystem =
    platform === "win32"
      ? { EACCES: OPEN_ELSEWHERE, EPERM: OPEN_ELSEWHERE, EBUSY: OPEN_ELSEWHERE }
      : { EACCES: "Its folder must be yours, with mode 0700. Look at it with ls -la." };
  return { ...hintsOfDisk(platform), ...ofSystem };
}

/** Why no file can be written, whichever it is. */
export function hintsOfDisk(platform: NodeJS.Platform): Readonly<Record<string, string>> {
  const place = platform === "linux" ? " Set XDG_STATE_HOME to a folder that can be written." : "";
  return {
    ENOSPC: "The disk is full. Free some space and try again.",
    EDQUOT: "Your quota on this disk is used up. Free some space and try again.",
    EFBIG: "A limit on the size of files keeps it from being written. Raise that (ulimit -f) and try again.",
    EMFILE: "Too many files are open. Raise the limit (ulimit -n), or close some, and try again.",
    EROFS: `The file system is read-only.${place}`,
  };
}
