// Keeps the session record in a file of its own, encrypted: for machines without a keyring.
import { dirname, join } from "node:path";
import type { SessionStore, StoreInfo } from "@loopkey/core";
import { createCallQueue } from "../ground/call-queue.js";
import { movedFrom, type Kept, type Moved } from "../ground/moved-record.js";
import { systemName } from "../ground/system-name.js";
import type { Environment } from "../ground/environment.js";
import { checkTimeoutMs } from "../ground/timeout-option.js";
import { secretFromEnvironment, withoutSecret } from "../passphrase/from-environment.js";
import type { SecretSource } from "../passphrase/secret.js";
import { earlierNames, isThereAsNamed } from "../private-files/earlier-names.js";
import { fileFailure, toFileFailure } from "../private-files/failures.js";
import {
  checkPrivateFile,
  moveFile,
  readPrivateFile,
  removeFile,
  removeLeftovers,
  replaceFile,
  tryWriting,
} from "../private-files/file.js";
import { keepPlace } from "../private-files/kept-place.js";
import { ensurePrivateFolder, stateFolder } from "../private-files/folder.js";
import { LONGEST_FILE, LONGEST_RECORD, readRecipe, seal, sealedLength, unseal } from "./inside/format.js";
import { createFileKeys } from "./inside/key.js";

const INFO: StoreInfo = { kind: "encrypted-file", persistent: true };

interface CommonOptions {
  /**
   * Gives the passphrase, or the key of 32 bytes. Asked at the first need, and again after the file did not open with it:
   * an app may ask a person here. @default what the environment says: see {@link secretFromEnvironment}
   */
  readonly secret?: SecretSource;
  /** Milliseconds a call may take, the wait for calls before it and for `secret` included. @default 60_000 */
  readonly timeoutMs?: number;
  /** Decides about the state folder and the secret. @default process.env */
  readonly env?: Environment;
  /** `win32` leaves out what Windows does not have: modes, owners, syncing a folder. @default process.platform */
  readonly platform?: NodeJS.Platform;
}

export type EncryptedFileStoreOptions = CommonOptions &
  (
    | {
        /** Path of the file. Its folder is created if need be, and must be for nobody but this user. */
        readonly file: string;
      }
    | {
        /** The file is `session-<profile>.enc` in the app's state folder, as {@link systemName} writes the profile. */
        readonly appName: string;
        /** 1 to 64 of `A-Z a-z 0-9 . _ -`. @default "default" */
        readonly profile?: string;
      }
  );

/**
 * A session store in an encrypted file: AES-256-GCM, under a key from scrypt of a passphrase, or from a key of 32 bytes.
 *
 * - Nothing is read, created or asked before the first call. The secret stays in this process's memory.
 * - A crash at any point leaves the old or the new record, whole. What a crash left beside the file is deleted ten minutes
 *   later, by the next save; a place that was kept, by the next `prepare`.
 * - `prepare` has the key, and room for such a record, at least 16 KB, on the disk already: it is written,
 *   synced, and overwritten by the save. A file system that copies on write (btrfs, ZFS, APFS) may need more all the same.
 * - Rejects rather than use a folder or file that is a link, another user's, or open to others (not on Windows).
 * - A file that does not open stays where it is, whatever the reason: `wrong_key_or_damaged`. Whether the passphrase is
 *   wrong or the file damaged cannot be told apart. `probe` looks at an existing file too, so that nothing that somebody
 *   may still want is replaced by a sign-in with a mistyped passphrase. `clear` and `quarantine` ask for no secret.
 * - Does not see an older copy of the file put in its place, nor hide how long the record is.
 *
 * Failures are Errors with an {@link EncryptedFileFailureCode} or one of the folder's as `code` and a `hint`; none holds a
 * secret. Throws a TypeError that says what to write instead for an option it cannot use.
 */
export function createEncryptedFileStore(options: EncryptedFileStoreOptions): SessionStore {
  const { timeoutMs = 60_000, platform = process.platform } = options;
  checkTimeoutMs(timeoutMs);
  const locate = locator(options);
  const keys = createFileKeys(options.secret ?? secretFromEnvironment(options.env) ?? withoutSecret());
  const queue = createCallQueue({
    timeoutMs,
    timedOut: () =>
      fileFailure("timed_out", `The encrypted file was not read or written within ${timeoutMs} ms.`, {
        hint: "Is a passphrase being waited for, or is the disk a network's that does not answer?",
      }),
  });

  function call<T>(task: (path: string, signal: AbortSignal) => Promise<T>): Promise<T> {
    return queue.run(async (signal) => {
      const { path } = locate();
      try {
        return await task(path, signal);
      } catch (error) {
        throw toFileFailure(error, path, platform);
      }
    });
  }

  async function read(path: string): Promise<string | null> {
    if (!(await checkPrivateFile(path, platform))) return null;
    await ensurePrivateFolder(dirname(path));
    const file = await readPrivateFile(path, { limit: LONGEST_FILE, platform });
    if (file === null) return null;
    const recipe = readRecipe(file);
    if (typeof recipe === "string") throw unknownFormat(path, recipe);
    const { key } = await keys.forRecipe(recipe);
    const record = unseal(file, key);
    if (record === undefined) {
      keys.refused();
      throw wrongKeyOrDamaged(path);
    }
    return record;
  }

  /** All that a save needs beside the disk: the folder, a file that may be replaced, the key. */
  async function readyToWrite(path: string): Promise<(record: string) => Buffer> {
    await ensurePrivateFolder(dirname(path));
    await checkPrivateFile(path, platform);
    const { recipe, key } = await keys.forWriting();
    return (record) => seal(record, recipe, key);
  }

  function checkSize(bytes: number): void {
    if (bytes > LONGEST_RECORD) throw tooLarge();
  }

  const keptAt = (path: string): Kept => ({
    load: () => read(path),
    async save(record) {
      checkSize(Buffer.byteLength(record));
      await replaceFile(path, (await readyToWrite(path))(record), platform);
      await removeLeftovers(path);
    },
    async clear() {
      const existed = await removeFile(path, platform);
      await removeLeftovers(path);
      return existed;
    },
    async quarantine() {
      const aside = `${path}.damaged`;
      return (await moveFile(path, aside, platform)) ? aside : null;
    },
  });

  const search = { isOver: false };
  function kept(path: string): Moved {
    const earlier = search.isOver ? undefined : locate().earlier;
    const current = keptAt(path);
    if (earlier !== undefined && isThereAsNamed(earlier)) return movedFrom(keptAt(earlier), current, search);
    search.isOver = true;
    return { ...current, afterSave: async () => {} };
  }

  return {
    info: INFO,
    load: ({ moves } = {}) => call((path) => kept(path).load(moves)),
    save: (record) => call((path) => kept(path).save(record)),
    prepare: (bytes) =>
      call(async (path, signal) => {
        checkSize(bytes);
        await readyToWrite(path);
        const place = await keepPlace(path, sealedLength(bytes), platform);
        // It took too long, and nobody is there any more who would give it up.
        if (signal.aborted) await place.discard();
        return {
          save: (record) =>
            call(async () => {
              checkSize(Buffer.byteLength(record));
              await place.replace((await readyToWrite(path))(record));
              await removeLeftovers(path);
              await kept(path).afterSave(record);
            }),
          discard: () => call(() => place.discard()).catch(() => {}),
        };
      }),
    clear: () => call(async (path) => void (await kept(path).clear())),
    quarantine: () => call((path) => kept(path).quarantine()),
    probe: () =>
      call(async (path) => {
        await ensurePrivateFolder(dirname(path));
        await kept(path).load();
        const { recipe, key } = await keys.forWriting();
        await tryWriting(path, seal("", recipe, key));
      }),
  };
}

/** Where the file of a profile is. Throws when there is no home. */
export function encryptedFilePath(appName: string, profile: string, env: Environment): string {
  // No bare name: "CON.enc" is no file on Windows.
  return join(stateFolder(appName, { env }), `session-${systemName(profile)}.enc`);
}

interface Location {
  readonly path: string;
  /** Where an earlier version had it. */
  readonly earlier?: string | undefined;
}

/** Found at the first call: a machine without a home is no reason to fail before anything is kept. */
function locator(options: EncryptedFileStoreOptions): () => Location {
  if ("file" in options) {
    const { file } = options;
    if (typeof file === "string" && file !== "") return () => ({ path: file });
    throw new TypeError(
      'file is empty. Write a path, such as file: "/home/ada/.local/state/notes/session.enc".',
    );
  }
  const { appName, profile = "default", env = process.env } = options;
  if (typeof appName !== "string" || appName.trim() === "") {
    throw new TypeError('appName is empty. Write the app\'s name, such as appName: "Example Notes".');
  }
  if (typeof profile !== "string" || !/^[A-Za-z0-9._-]{1,64}$/.test(profile)) {
    throw new TypeError(
      `profile ${JSON.stringify(profile)} cannot name a file. Write 1 to 64 of A-Z a-z 0-9 . _ - such as ` +
        'profile: "work", or leave it out for "default".',
    );
  }
  return () => ({
    path: encryptedFilePath(appName, profile, env),
    earlier: earlierNames(appName, profile, { env })?.encryptedFile,
  });
}

function wrongKeyOrDamaged(path: string): Error {
  return fileFailure(
    "wrong_key_or_damaged",
    `The session in ${path} does not open: the passphrase or key is another one, or the file is damaged.`,
    { hint: "Give the passphrase or key it was written with, or move the file away and sign in again." },
  );
}

function unknownFormat(path: string, why: string): Error {
  return fileFailure("unknown_format", `The file ${path} is no session of this version: ${why}.`, {
    hint: "Use the newest version of the app, or move the file away and sign in again.",
  });
}

function tooLarge(): Error {
  return fileFailure("too_large", "The session is larger than 1 MiB.", {
    hint: "Ask the server for smaller tokens.",
  });
}
