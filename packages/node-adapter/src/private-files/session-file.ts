// The file of one session in the app's folder, for stores that encrypt it in a way of their own.
import { dirname, join } from "node:path";
import { createCallQueue } from "../ground/call-queue.js";
import type { Environment } from "../ground/environment.js";
import { systemName } from "../ground/system-name.js";
import { checkTimeoutMs } from "../ground/timeout-option.js";
import { fileFailure, toFileFailure } from "./failures.js";
import {
  checkPrivateFile,
  moveFile,
  readPrivateFile,
  removeFile,
  removeLeftovers,
  replaceFile,
  tryWriting,
} from "./file.js";
import { ensurePrivateFolder, stateFolder } from "./folder.js";
import { keepPlace, type KeptPlace } from "./kept-place.js";

export interface SessionFileOptions {
  /** The file is `session-<profile>.<extension>` in the app's state folder, as {@link systemName} writes the profile. */
  readonly appName: string;
  /** 1 to 64 of `A-Z a-z 0-9 . _ -`. @default "default" */
  readonly profile?: string;
  /** Letters, digits and `-`. */
  readonly extension: string;
  /** Bytes that are read at the most, and one more. @default 2 MiB */
  readonly limit?: number;
  /** Milliseconds a call may take, the wait for calls before it included. @default 60_000 */
  readonly timeoutMs?: number;
  /** Decides about the state folder. @default process.env */
  readonly env?: Environment;
  /** `win32` leaves out what Windows does not have: modes, owners, syncing a folder. @default process.platform */
  readonly platform?: NodeJS.Platform;
}

/** What may be done with the file, one call at a time. */
export interface OpenSessionFile {
  readonly path: string;
  /** Null when there is none. */
  readonly read: () => Promise<Buffer | null>;
  /** A crash at any point leaves the old one or the new one, whole. */
  readonly replace: (bytes: Buffer) => Promise<void>;
  /** Rejects unless it could be replaced, and leaves it alone. */
  readonly tryReplacing: (bytes: Buffer) => Promise<void>;
  /** Keeps room for these bytes, at least 16 KB, for one replacement. Rejects when there is none. For whoever holds the lock. */
  readonly keepPlace: (bytes: number) => Promise<KeptPlace>;
  readonly remove: () => Promise<void>;
  /** Where it is now; null when there was none. */
  readonly setAside: () => Promise<string | null>;
}

/** Runs a task with the file when all before it have settled. Its failures have an `EncryptedFileFailureCode` or one of the folder's. */
export type UseSessionFile = <T>(task: (file: OpenSessionFile) => Promise<T>) => Promise<T>;

/**
 * A file for nobody but this user, in a folder for nobody but this user (modes 0600 and 0700; not on Windows): one that is a link,
 * somebody else's or open to others is refused. What is in it is the caller's to encrypt. Nothing is touched before the first call.
 *
 * Throws a TypeError that says what to write instead for an option it cannot use.
 */
export function createSessionFile(options: SessionFileOptions): UseSessionFile {
  const { limit = 2 * 1024 * 1024, timeoutMs = 60_000, platform = process.platform } = options;
  checkTimeoutMs(timeoutMs);
  sessionFileName(options);
  const queue = createCallQueue({
    timeoutMs,
    timedOut: () =>
      fileFailure("timed_out", `The session's file was not read or written within ${timeoutMs} ms.`, {
        hint: "Does the system wait for a person to unlock a key, or for a disk that does not answer?",
      }),
  });
  return (task) =>
    queue.run(async () => {
      const path = sessionFilePath(options);
      try {
        return await task(openFile(path, limit, platform));
      } catch (error) {
        throw toFileFailure(error, path, platform);
      }
    });
}

/** Where the file is. Throws when there is no home. */
export function sessionFilePath(
  options: Pick<SessionFileOptions, "appName" | "profile" | "extension" | "env">,
): string {
  const { appName, env = process.env } = options;
  return join(stateFolder(appName, { env }), sessionFileName(options));
}

function sessionFileName({
  appName,
  profile = "default",
  extension,
}: Pick<SessionFileOptions, "appName" | "profile" | "extension">): string {
  if (typeof appName !== "string" || appName.trim() === "")
    throw new TypeError('appName is empty. Write the app\'s name, such as appName: "Example Notes".');
  if (typeof profile !== "string" || !/^[A-Za-z0-9._-]{1,64}$/.test(profile))
    throw new TypeError(
      `profile ${JSON.stringify(profile)} cannot name a file. Write 1 to 64 of A-Z a-z 0-9 . _ - such as profile: "work".`,
    );
  if (typeof extension !== "string" || !/^[A-Za-z0-9-]{1,32}$/.test(extension))
    throw new TypeError('extension is none. Write letters, digits and "-", such as extension: "safe".');
  return `session-${systemName(profile)}.${extension}`;
}

function openFile(path: string, limit: number, platform: NodeJS.Platform): OpenSessionFile {
  const folder = dirname(path);
  return {
    path,
    async read() {
      if (!(await checkPrivateFile(path, platform))) return null;
      await ensurePrivateFolder(folder);
      return readPrivateFile(path, { limit, platform });
    },
    async replace(bytes) {
      await ensurePrivateFolder(folder);
      await checkPrivateFile(path, platform);
      await replaceFile(path, bytes, platform);
      await removeLeftovers(path);
    },
    async tryReplacing(bytes) {
      await ensurePrivateFolder(folder);
      await checkPrivateFile(path, platform);
      await tryWriting(path, bytes);
    },
    async keepPlace(bytes) {
      await ensurePrivateFolder(folder);
      await checkPrivateFile(path, platform);
      return keepPlace(path, bytes, platform);
    },
    async remove() {
      await removeFile(path, platform);
      await removeLeftovers(path);
    },
    async setAside() {
      const aside = `${path}.damaged`;
      return (await moveFile(path, aside, platform)) ? aside : null;
    },
  };
}
