// Keeps the session record in the system's keyring, in one entry (B2).
import type { SessionStore } from "@loopkey/core";
import { loadSystemKeyring, type KeyringBackend, type KeyringEntry } from "./keyring-backend.js";
import { keyringFailure, toKeyringFailure } from "./keyring-failures.js";
import { createKeyringQueue } from "./keyring-queue.js";

const ACCOUNT = /^[A-Za-z0-9._-]{1,64}$/;
// What Windows takes an entry, in bytes. The library itself says so when the text, in UTF-16, is over it.
const WINDOWS_LIMIT = 2_560;
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export interface KeyringStoreOptions {
  /** The app's name: the entry's service. */
  readonly service: string;
  /**
   * The profile: the entry's account. 1 to 64 of `A-Z a-z 0-9 . _ -`. On Windows names that differ only in case are the
   * same entry. @default "default"
   */
  readonly account?: string;
  /**
   * Milliseconds a call may take, the wait for calls before it included. Every call may open a prompt that a person
   * has to find, understand and answer; a keyring that does not respond is noticed after 2 seconds all the same
   * (Linux). @default 60_000
   */
  readonly timeoutMs?: number;
  /** Decides about hints and limits. @default process.platform */
  readonly platform?: NodeJS.Platform;
  /** The keyring to use in place of the system's; called at each use until it resolves. */
  readonly backend?: () => Promise<KeyringBackend>;
}

/**
 * A session store in the system's keyring: Keychain (macOS), Credential Manager (Windows), Secret Service (Linux).
 *
 * - Loads and touches nothing before the first call.
 * - One call at a time; each rejects after `timeoutMs`. One that had begun by then is not undone: it keeps the calls
 *   after it waiting, within their own limits, until the keyring answers, and a save may still take effect. While it
 *   hangs the process cannot end, not even by `process.exit`: the native call holds a thread that Node waits for. The
 *   answer to the prompt, or a signal (SIGTERM, SIGKILL), ends it.
 * - `load` gives null only when there is no entry. A Secret Service without a default keyring, or KeePassXC with its
 *   database closed, says "no such entry" too: there null is believed once the keyring has shown that it keeps an
 *   entry, and rejects with `no_collection`, `locked` or `dismissed` otherwise. The same goes for `clear`.
 * - `probe` writes an entry of its own, reads it back and deletes it.
 * - Failures are Errors with a {@link KeyringFailureCode} as `code`, a `hint` for this system and the library's error
 *   as `cause`; none holds the record.
 *
 * Throws a TypeError that says what to write instead for an option it cannot use.
 */
export function createKeyringStore(options: KeyringStoreOptions): SessionStore {
  const { service, account = "default", timeoutMs = 60_000, platform = process.platform } = options;
  check({ service, account, timeoutMs });
  const loadBackend = options.backend ?? loadSystemKeyring;
  let backend: KeyringBackend | undefined;

  const queue = createKeyringQueue({
    timeoutMs,
    timedOut: (begun) =>
      keyringFailure("timed_out", {
        platform,
        remark: begun
          ? `After ${timeoutMs} ms it may be waiting for an answer to its prompt.`
          : `For ${timeoutMs} ms a call before this one has been waiting for an answer.`,
      }),
  });

  async function open(): Promise<KeyringBackend> {
    try {
      return (backend ??= await loadBackend());
    } catch (cause) {
      throw toKeyringFailure(cause, { platform, otherwise: "backend_unavailable" });
    }
  }

  /** Entries are opened anew for every call: one that has lost its connection does not find it again. */
  function call<T>(task: (keyring: KeyringBackend) => Promise<T>, secret?: string): Promise<T> {
    return queue.run(async () => {
      try {
        return await task(await open());
      } catch (error) {
        throw toKeyringFailure(error, { platform, ...(secret !== undefined && { secret }) });
      }
    });
  }

  /** Rejects unless the keyring keeps what it is given. */
  async function proveKeeping(keyring: KeyringBackend): Promise<void> {
    // No profile's name has a "#" in it. Two processes that probe at once must not meet.
    const text = crypto.randomUUID();
    const entry = keyring.openEntry(service, `${account}#probe.${text.slice(0, 8)}`);
    await entry.setPassword(text);
    let found: string | null;
    try {
      found = await entry.getPassword();
    } catch (error) {
      await entry.deleteCredential().catch(() => {});
      throw error;
    }
    const deleted = await entry.deleteCredential();
    if (found !== text || !deleted) throw keyringFailure("not_kept", { platform });
  }

  /** Asks again, once the keyring has shown that its "no such entry" can be believed. */
  async function insist<T>(keyring: KeyringBackend, ask: (entry: KeyringEntry) => Promise<T>): Promise<T> {
    const entry = keyring.openEntry(service, account);
    const answer = await ask(entry);
    if (platform !== "linux" || (answer !== null && answer !== false)) return answer;
    await proveKeeping(keyring);
    return ask(entry);
  }

  return {
    info: { kind: "keyring", persistent: true },
    load: () => call((keyring) => insist(keyring, (entry) => entry.getPassword())),
    save: (record) =>
      call(async (keyring) => {
        if (platform === "win32" && Buffer.byteLength(record) > WINDOWS_LIMIT) {
          throw keyringFailure("too_large", { platform });
        }
        await keyring.openEntry(service, account).setPassword(record);
      }, record),
    clear: () =>
      call(async (keyring) => {
        await insist(keyring, (entry) => entry.deleteCredential());
      }),
    probe: () => call(proveKeeping),
  };
}

function check({
  service,
  account,
  timeoutMs,
}: {
  service: string;
  account: string;
  timeoutMs: number;
}): void {
  // oxlint-disable-next-line no-control-regex
  if (typeof service !== "string" || service.trim() === "" || /[\u0000-\u001f]/.test(service)) {
    throw new TypeError('service is empty. Write the app\'s name, such as service: "Example Notes".');
  }
  if (typeof account !== "string" || !ACCOUNT.test(account)) {
    throw new TypeError(
      `account ${JSON.stringify(account)} cannot name an entry. Write 1 to 64 of A-Z a-z 0-9 . _ - such as ` +
        'account: "work", or leave it out for "default".',
    );
  }
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0 || timeoutMs > LONGEST_TIMEOUT_MS) {
    throw new TypeError(`timeoutMs is ${timeoutMs}. Write milliseconds, such as timeoutMs: 60_000.`);
  }
}
