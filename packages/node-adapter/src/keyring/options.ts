// What an app may say of its keyring, and its checks.
import type { LoadOptions, SessionStore } from "@loopkey/core";
import type { Environment } from "../ground/environment.js";
import { checkTimeoutMs } from "../ground/timeout-option.js";
import type { KeyringBackend } from "./backend.js";
import { LEAST_LIMIT } from "./inside/record-layout.js";

export const ACCOUNT = /^[A-Za-z0-9._-]{1,64}$/;
// What Windows takes an entry (CRED_MAX_CREDENTIAL_BLOB_SIZE). The library writes a password in UTF-16 there and refuses
// one over it. Elsewhere 4 MB were seen to pass.
export const WINDOWS_LIMIT = 2_560;

/** How the keyring is read. */
export interface KeyringLoadOptions extends LoadOptions {
  /** No record was put there, as far as is known: "no such entry" is believed, and nothing written to prove it. @default false */
  readonly isUnexpected?: boolean;
}

export interface KeyringStore extends SessionStore {
  load(options?: KeyringLoadOptions): Promise<string | null>;
}

export interface KeyringStoreOptions {
  /** The app's name: the entry's service, as {@link systemName} writes it. */
  readonly service: string;
  /**
   * The profile: the entry's account, as {@link systemName} writes it. 1 to 64 of `A-Z a-z 0-9 . _ -`. @default "default"
   */
  readonly account?: string;
  /**
   * Milliseconds a call may take, the wait for calls before it included. Every call may open a prompt that a person
   * has to find, understand and answer; a keyring that does not respond is noticed after 2 seconds all the same
   * (Linux). @default 60_000
   */
  readonly timeoutMs?: number;
  /**
   * Bytes an entry takes, at least 256: a record that is larger is kept in several entries. Counted in UTF-16 or UTF-8,
   * whichever is more, so 2,560 bytes are 1,280 characters of ASCII. Infinity: one entry takes any record, and parts
   * that a smaller limit has made are not deleted.
   * @default 2_560 on Windows, elsewhere Infinity
   */
  readonly entryLimitBytes?: number;
  /** Decides about hints and limits. @default process.platform */
  readonly platform?: NodeJS.Platform;
  /** Where to look for the lock of earlier versions, which named some entries otherwise. @default process.env */
  readonly env?: Environment;
  /** The keyring to use in place of the system's; called at each use until it resolves. */
  readonly backend?: () => Promise<KeyringBackend>;
}

/** Throws a TypeError that says what to write instead. */
export function checkKeyring({
  service,
  account,
  timeoutMs,
  entryLimitBytes,
}: {
  service: string;
  account: string;
  timeoutMs: number;
  entryLimitBytes: number;
}): void {
  // oxlint-disable-next-line no-control-regex
  if (typeof service !== "string" || service.trim() === "" || /[\u0000-\u001f]|\p{Cs}/u.test(service)) {
    throw new TypeError('service is empty. Write the app\'s name, such as service: "Example Notes".');
  }
  if (typeof account !== "string" || !ACCOUNT.test(account)) {
    throw new TypeError(
      `account ${JSON.stringify(account)} cannot name an entry. Write 1 to 64 of A-Z a-z 0-9 . _ - such as ` +
        'account: "work", or leave it out for "default".',
    );
  }
  checkTimeoutMs(timeoutMs);
  if (!(entryLimitBytes >= LEAST_LIMIT)) {
    throw new TypeError(
      `entryLimitBytes is ${entryLimitBytes}. Write bytes, ${LEAST_LIMIT} or more, such as entryLimitBytes: 2_560.`,
    );
  }
}
