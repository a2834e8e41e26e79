// A keyring in memory, for the tests of the store: it can wait, fail, stop as a crash would, and refuse what is too large.
import type { KeyringBackend, KeyringEntry } from "../../src/keyring/backend.js";
import { createKeyringStore, type KeyringStoreOptions } from "../../src/keyring/store.js";

export type Operation = "get" | "set" | "delete";

/** What an entry holds that is no text. */
export const NO_TEXT = "\u0000not a text";
const SERVICE = "example-notes";

export interface FakeKeyring {
  /** As the store takes it. */
  readonly backend: () => Promise<KeyringBackend>;
  /** `<service>/<account>` and the text. */
  readonly entries: Map<string, string>;
  /** The operations that were asked for. */
  readonly log: string[];
  readonly mostAtOnce: () => number;
}

export interface FakeKeyringOptions {
  /** Bytes of UTF-16 that an entry takes. @default Infinity */
  readonly limitBytes?: number;
  /** Kept by several keyrings: as several processes see one. */
  readonly entries?: Map<string, string>;
}

/** `before` is called first in each operation, and may fail or wait. */
export function createFakeKeyring(
  before: (operation: Operation, account: string) => unknown = () => {},
  { limitBytes = Infinity, entries = new Map() }: FakeKeyringOptions = {},
): FakeKeyring {
  const log: string[] = [];
  let running = 0;
  let mostAtOnce = 0;

  function openEntry(service: string, account: string): KeyringEntry {
    const key = `${service}/${account}`;
    async function operation<T>(name: Operation, act: () => T): Promise<T> {
      log.push(`${name} ${account.replace(/#probe\..*/, "#probe")}`);
      mostAtOnce = Math.max(mostAtOnce, ++running);
      try {
        await before(name, account);
        await new Promise((resolve) => setImmediate(resolve));
        return act();
      } finally {
        running--;
      }
    }
    function read(): string | null {
      return entries.get(key) ?? null;
    }
    function write(text: string): void {
      if (text.length * 2 > limitBytes) {
        throw new Error(
          `Attribute 'password encoded as UTF-16' is longer than platform limit of ${limitBytes} chars`,
        );
      }
      entries.set(key, text);
    }
    return {
      getPassword: () =>
        operation("get", () => {
          if (read() === NO_TEXT) throw new Error("Password data is not valid UTF-8");
          return read();
        }),
      setPassword: (text) => operation("set", () => write(text)),
      getSecret: () =>
        operation("get", () => {
          const text = read();
          return text === null ? null : Buffer.from(text, "utf16le");
        }),
      setSecret: (secret) => operation("set", () => write(Buffer.from(secret).toString("utf16le"))),
      deleteCredential: () => operation("delete", () => entries.delete(key)),
    };
  }
  return { backend: async () => ({ openEntry }), entries, log, mostAtOnce: () => mostAtOnce };
}

/** The accounts that have an entry, in order. */
export function accountsOf({ entries }: Pick<FakeKeyring, "entries">): string[] {
  return [...entries.keys()].map((key) => key.slice(SERVICE.length + 1)).toSorted();
}

/** A `before` that lets `count` operations through. After them every operation fails: the process is gone. */
export function stopAfter(count: number): () => void {
  let left = count;
  return () => {
    if (left-- <= 0) throw new Error("the process is gone");
  };
}

// A store that cuts: entries of 256 bytes, 128 characters.
export const LIMIT = 256;
export const SMALL = JSON.stringify({ v: 1, refreshToken: "small" });
/** A record of so many parts. */
export const large = (parts: number, letter: string) => letter.repeat(128 * parts - 10);
export const head = "example-notes/default";

export function createStore(keyring: FakeKeyring, options: Partial<KeyringStoreOptions> = {}) {
  return createKeyringStore({
    service: "example-notes",
    platform: "win32",
    entryLimitBytes: LIMIT,
    backend: keyring.backend,
    ...options,
  });
}

/** What a process sees that starts now. */
export function see(entries: Map<string, string>): FakeKeyring {
  return createFakeKeyring(() => {}, { entries, limitBytes: LIMIT });
}

export async function keyringWith(...records: readonly (string | null)[]): Promise<Map<string, string>> {
  const keyring = see(new Map());
  for (const record of records) {
    const store = createStore(keyring);
    // oxlint-disable-next-line no-await-in-loop
    await (record === null ? store.clear() : store.save(record));
  }
  return keyring.entries;
}

export const partsOf = (parts: number, revision: string) =>
  Array.from({ length: parts }, (_, n) => `default#${revision}.${n}`);
