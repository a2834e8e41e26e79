// Keeps the session record in a file of the app's that Electron's safeStorage encrypts.
import type { SessionStore, StoreInfo, WithLock } from "@loopkey/core";
import { APP_FILE_EXTENSION, createSessionFile, type OpenSessionFile } from "@loopkey/node-adapter";
import type { ElectronMain } from "../electron.js";
import {
  isOfNobody,
  openCipher,
  safeStorageFailure,
  type Cipher,
  type KeyOwner,
} from "./safe-storage-cipher.js";
import { fromPlain, readSealed, sealedLength, toPlain, writeSealed } from "./safe-storage-format.js";

const INFO: StoreInfo = { kind: "safe-storage", persistent: true };

export interface SafeStorageStoreOptions {
  readonly electron: Pick<ElectronMain, "app" | "safeStorage">;
  readonly appName: string;
  readonly profile?: string;
  /** For a record that the system wants to be written anew: another process may be about to replace it. */
  readonly withLock: WithLock;
  /** @default process.platform */
  readonly platform?: NodeJS.Platform;
}

/**
 * A file `session-<profile>.safe-storage` in the app's state folder, which this app alone can open. The key is asked for before each use, and must
 * be the system's; the file says whose key it was, and is left alone when it was another one: the app was renamed, or the
 * system has chosen another keyring. What is encrypted says which app and profile it is of: one that was put in the place of another
 * is refused. `clear` and `quarantine` ask for no key. `prepare` has the key, and room on the disk for such a record.
 */
export function createSafeStorageStore(options: SafeStorageStoreOptions): SessionStore {
  const { electron, appName, profile, withLock, platform = process.platform } = options;
  const use = createSessionFile({
    appName,
    extension: APP_FILE_EXTENSION,
    platform,
    ...(profile !== undefined && { profile }),
  });
  const account = { appName, profile: profile ?? "default" };
  let renewal: Promise<unknown> | undefined;

  const withCipher = <T>(task: (file: OpenSessionFile, cipher: Cipher) => Promise<T>): Promise<T> =>
    use(async (file) => task(file, await openCipher(electron, platform)));

  async function read(file: OpenSessionFile, cipher: Cipher) {
    const bytes = await file.read();
    if (bytes === null) return null;
    const { owner, data } = readSealed(bytes, file.path);
    checkOwner(owner, cipher.owner, file.path);
    if (isOfNobody(data, platform))
      throw safeStorageFailure(
        "not_encrypted",
        `The session in ${file.path} opens without a key of this system: this app did not write it.`,
        { hint: "Move the file away and sign in again." },
      );
    let found: Awaited<ReturnType<Cipher["decrypt"]>>;
    try {
      found = await cipher.decrypt(data);
    } catch (cause) {
      throw safeStorageFailure("wrong_key_or_damaged", `The session in ${file.path} does not open.`, {
        hint: "The system's key is another one, or the file is damaged. Move the file away and sign in again.",
        cause,
      });
    }
    return { ...found, text: fromPlain(account, found.text, file.path) };
  }

  async function write(file: OpenSessionFile, cipher: Cipher, record: string): Promise<void> {
    await file.replace(writeSealed(cipher.owner, await cipher.encrypt(toPlain(account, record))));
  }

  /** Under the lock: nobody replaces it meanwhile. Whoever holds it now is waited for by this alone. */
  async function renew(): Promise<void> {
    const task = (): Promise<void> =>
      withCipher(async (file, cipher) => {
        const found = await read(file, cipher);
        if (found?.isStale) await write(file, cipher, found.text);
      });
    await withLock(task, { signal: new AbortController().signal });
  }

  return {
    info: INFO,
    load: () =>
      withCipher(async (file, cipher) => {
        const found = await read(file, cipher);
        // It is read well as it is: should it fail, the next start tries again.
        if (found?.isStale)
          renewal ??= renew()
            .catch(() => {})
            .finally(() => (renewal = undefined));
        return found?.text ?? null;
      }),
    save: (record) =>
      withCipher(async (file, cipher) => {
        await checkExisting(file, cipher.owner);
        await write(file, cipher, record);
      }),
    prepare: (bytes) =>
      withCipher(async (file, cipher) => {
        await checkExisting(file, cipher.owner);
        const place = await file.keepPlace(sealedLength(bytes));
        return {
          save: (record) =>
            withCipher(async (_, { owner, encrypt }) => {
              await checkExisting(file, owner);
              await place.replace(writeSealed(owner, await encrypt(toPlain(account, record))));
            }),
          discard: () => use(() => place.discard()).catch(() => {}),
        };
      }),
    clear: () => use((file) => file.remove()),
    quarantine: () => use((file) => file.setAside()),
    probe: () =>
      withCipher(async (file, cipher) => {
        await read(file, cipher);
        await file.tryReplacing(writeSealed(cipher.owner, await cipher.encrypt("")));
      }),
  };
}

async function checkExisting(file: OpenSessionFile, owner: KeyOwner): Promise<void> {
  const bytes = await file.read();
  if (bytes !== null) checkOwner(readSealed(bytes, file.path).owner, owner, file.path);
}

/** What was written under another key is not written over: somebody may still want it. */
function checkOwner(found: KeyOwner, now: KeyOwner, path: string): void {
  if (found.app !== now.app)
    throw safeStorageFailure(
      "other_key",
      `The session in ${path} was written when the app was called "${found.app}". Now it is "${now.app}", whose key is another one.`,
      {
        hint: `Give the app its name back (app.setName("${found.app}") before it is ready), or move the file away and sign in again.`,
      },
    );
  if (found.backend !== now.backend)
    throw safeStorageFailure(
      "other_key",
      `The session in ${path} was written with a key from ${found.backend}. Now the system has chosen ${now.backend}.`,
      {
        hint: "Start the app as before (on Linux see --password-store), or move the file away and sign in again.",
      },
    );
}
