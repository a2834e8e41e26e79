// Electron's safeStorage, asked each time whether it really encrypts.
import type { PortError } from "@loopkey/core";
import type { ElectronMain } from "../electron.js";

/** What the key belongs to: with another one of either, nothing opens. */
export interface KeyOwner {
  /** The app's name as Electron has it. */
  readonly app: string;
  /** What keeps the key: `gnome_libsecret`, `kwallet6`, `darwin`, `win32`. */
  readonly backend: string;
}

/** A key that has just proven itself. */
export interface Cipher {
  readonly owner: KeyOwner;
  readonly encrypt: (text: string) => Promise<Buffer>;
  /** `isStale`: the system has a newer key, and wants it written anew. */
  readonly decrypt: (bytes: Buffer) => Promise<{ readonly text: string; readonly isStale: boolean }>;
}

/** Of a key that is in everybody's Chromium. On other systems it is the mark of the real one. */
const NO_KEY = "v10";
const PROBE = "probe";

/** Rejects with a PortError where safeStorage cannot be used, or encrypts for nobody. */
export async function openCipher(
  { app, safeStorage }: Pick<ElectronMain, "app" | "safeStorage">,
  platform: NodeJS.Platform,
): Promise<Cipher> {
  await app.whenReady();
  const { encryptStringAsync, decryptStringAsync, isAsyncEncryptionAvailable } = safeStorage;
  // The others block the process while a person is asked, and are gone from Electron 46 on.
  const isAsync = encryptStringAsync !== undefined && decryptStringAsync !== undefined;
  const isAvailable =
    isAsync && isAsyncEncryptionAvailable
      ? await isAsyncEncryptionAvailable.call(safeStorage)
      : safeStorage.isEncryptionAvailable();
  if (!isAvailable) throw unavailable();
  const backend = platform === "linux" ? (safeStorage.getSelectedStorageBackend?.() ?? "linux") : platform;
  if (backend === "basic_text") throw notEncrypted();

  const cipher: Cipher = {
    owner: { app: app.getName(), backend },
    async encrypt(text) {
      return isAsync ? encryptStringAsync.call(safeStorage, text) : safeStorage.encryptString(text);
    },
    async decrypt(bytes) {
      if (!isAsync) return { text: safeStorage.decryptString(bytes), isStale: false };
      const { result, shouldReEncrypt } = await decryptStringAsync.call(safeStorage, bytes);
      return { text: result, isStale: shouldReEncrypt };
    },
  };
  await prove(cipher, platform);
  return cipher;
}

async function prove({ encrypt, decrypt }: Cipher, platform: NodeJS.Platform): Promise<void> {
  let bytes: Buffer;
  let text: string;
  try {
    bytes = await encrypt(PROBE);
    ({ text } = await decrypt(bytes));
  } catch (cause) {
    throw unavailable(cause);
  }
  if (isOfNobody(bytes, platform)) throw notEncrypted();
  if (text !== PROBE) throw unavailable();
}

/**
 * Whether it opens without a key of the system's: with the one that is everybody's, or as text in the clear, which Chromium
 * takes for what has no mark. Whoever can write the file could have made it.
 */
export function isOfNobody(bytes: Buffer, platform: NodeJS.Platform): boolean {
  const mark = bytes.subarray(0, NO_KEY.length).toString("latin1");
  return !/^v\d\d$/.test(mark) || (platform === "linux" && mark === NO_KEY);
}

export function safeStorageFailure(
  code:
    | "safe_storage_unavailable"
    | "not_encrypted"
    | "other_key"
    | "other_session"
    | "unknown_format"
    | "wrong_key_or_damaged",
  message: string,
  { hint, cause }: { readonly hint: string; readonly cause?: unknown },
): PortError {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { code, hint });
}

function unavailable(cause?: unknown): PortError {
  return safeStorageFailure(
    "safe_storage_unavailable",
    "Electron's safeStorage cannot encrypt: the system's key is not to be had.",
    {
      hint: "Unlock the system's keyring and start the app again. On Linux it needs one: gnome-keyring or KWallet.",
      ...(cause !== undefined && { cause }),
    },
  );
}

function notEncrypted(): PortError {
  return safeStorageFailure(
    "not_encrypted",
    "Electron's safeStorage has no key of this system: what it writes everybody can read.",
    {
      hint:
        "Install gnome-keyring or KWallet and unlock it. If there is one, tell Electron: " +
        "--password-store=gnome-libsecret or kwallet6.",
    },
  );
}
