// Folders and secrets for the tests of the encrypted file.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SessionStore } from "@loopkey/core";
import { onTestFinished } from "vitest";
import { createEncryptedFileStore, type EncryptedFileStoreOptions } from "../../src/encrypted-file/store.js";

export const KEY = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
export const withKey = async () => ({ key: KEY });
export const withPassphrase = async () => ({ passphrase: "correct horse battery staple" });
export const RECORD = JSON.stringify({ v: 1, refreshToken: "refresh-token-of-the-test" });

/** A folder of mode 0700, deleted after the test. */
export async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-file-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Kept {
  readonly file: string;
  readonly folder: string;
  readonly store: SessionStore;
  /** Another store of the same file: another process. */
  readonly again: (options?: Partial<EncryptedFileStoreOptions>) => SessionStore;
  readonly bytes: () => Promise<Buffer>;
}

export async function keep(options: Partial<EncryptedFileStoreOptions> = {}): Promise<Kept> {
  const folder = await createFolder();
  const file = join(folder, "session.enc");
  const again: Kept["again"] = (more = {}) =>
    createEncryptedFileStore({ secret: withKey, ...options, ...more, file });
  return { file, folder, store: again(), again, bytes: () => readFile(file) };
}
