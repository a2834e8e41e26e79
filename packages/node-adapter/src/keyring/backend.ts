// The few functions of @napi-rs/keyring that the store uses, and how they are loaded.
import type * as Keyring from "@napi-rs/keyring";
import { loadNativePart } from "../ground/native-parts.js";

/** One entry of the keyring. Its calls may wait for a person who is asked to unlock the keyring. */
export interface KeyringEntry {
  /** Null when there is no such entry; on Linux also when there is no keyring it could be in. */
  getPassword(): Promise<string | null>;
  setPassword(password: string): Promise<void>;
  /** The bytes of the entry, whatever they are: UTF-16 on Windows, UTF-8 elsewhere for what setPassword has written. */
  getSecret(): Promise<ArrayLike<number> | null>;
  setSecret(secret: Uint8Array): Promise<void>;
  /** False when there was no such entry. */
  deleteCredential(): Promise<boolean>;
}

export interface EntryName {
  readonly service: string;
  readonly account: string;
}

/** Why nothing can be read without asking a person. */
export type Obstacle = "locked" | "no_collection";

export interface KeyringBackend {
  /** Throws when the keyring cannot be reached. Blocks the event loop meanwhile: about 5 ms. */
  openEntry(service: string, account: string): KeyringEntry;
  /**
   * What stands in the way of reading these entries, there or not, without asking a person; undefined: nothing. Asks nobody itself.
   * Absent where the system does not tell.
   */
  obstacleTo?(entries: readonly EntryName[], signal: AbortSignal): Promise<Obstacle | undefined>;
}

/**
 * The system's keyring: Keychain on macOS, Credential Manager on Windows, the Secret Service on Linux. Never the
 * kernel's keyutils, which forgets at reboot and to which the library would fall back without a word.
 *
 * Loads the native library; rejects when there is none for this system.
 */
export async function loadSystemKeyring(): Promise<KeyringBackend> {
  const { AsyncEntry } = loadNative();
  return {
    openEntry: (service, account) => new AsyncEntry(service, account, { linux: { store: "secret-service" } }),
    ...(process.platform === "linux" && { obstacleTo: obstacleInSecretService }),
  };
}

async function obstacleInSecretService(
  entries: readonly EntryName[],
  signal: AbortSignal,
): Promise<Obstacle | undefined> {
  const { obstacleTo } = await import("./inside/secret-service.js");
  return obstacleTo(entries, { env: process.env, signal });
}

const ABI: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: "-gnu", win32: "-msvc", darwin: "" };

/** By require: an import takes 29 ms on Node 20, this one. */
function loadNative(): typeof Keyring {
  const { platform, arch } = process;
  const build = `${platform}-${arch}${ABI[platform]}`;
  return loadNativePart("keyring", (require) => {
    try {
      // By its place: the package tries thirty names, and is 29 KB.
      return require(`@napi-rs/keyring-${build}/keyring.${build}.node`) as typeof Keyring;
    } catch {
      // Not there: the package knows more places, or says what is wrong.
      return require("@napi-rs/keyring") as typeof Keyring;
    }
  });
}
