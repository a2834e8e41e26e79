// Keeps the session record in the system's keyring (B2), over several entries where one does not take it (B4).
import type { LoadOptions } from "@loopkey/core";
import { createCallQueue } from "../ground/call-queue.js";
import { movedFrom, type Kept } from "../ground/moved-record.js";
import { monotonicMs } from "../ground/monotonic.js";
import { systemName } from "../ground/system-name.js";
import { earlierNames, isThereAsNamed, type EarlierNames } from "../private-files/earlier-names.js";
import { loadSystemKeyring, type EntryName, type KeyringBackend } from "./backend.js";
import { createKeyringEntries, type KeyringEntries } from "./inside/entries.js";
import { isBusOfAnother } from "./inside/bus-owner.js";
import { isUnanswered, keyringFailure, toKeyringFailure, type KeyringFailure } from "./inside/failures.js";
import { createOpenEntries, mayBeLost } from "./inside/open-entries.js";
import { checkKeyring, WINDOWS_LIMIT, type KeyringStore, type KeyringStoreOptions } from "./options.js";

export type { KeyringLoadOptions, KeyringStore, KeyringStoreOptions } from "./options.js";

/**
 * A session store in the system's keyring: Keychain (macOS), Credential Manager (Windows), Secret Service (Linux).
 *
 * - Loads and touches nothing before the first call.
 * - One call at a time; each rejects after `timeoutMs`. One that had begun by then is not undone: it keeps the calls
 *   after it waiting, within their own limits, until the keyring answers, and a save may still take effect. While it
 *   hangs the process cannot end, not even by `process.exit`: the native call holds a thread that Node waits for. The
 *   answer to the prompt, or a signal (SIGTERM, SIGKILL), ends it. A prompt that is lost is never answered, and
 *   every later call of this process times out until the app is started again: the keyring was killed meanwhile, or
 *   gnome-keyring was asked by several processes at once and has nothing to show a prompt with (Linux).
 * - `load` gives null only when there is no entry. A Secret Service without a default keyring, or KeePassXC with its
 *   database closed, says "no such entry" too: there null is believed once the keyring has shown that it keeps an
 *   entry, and rejects with `no_collection`, `locked` or `dismissed` otherwise. The same goes for `clear`.
 * - `isUnexpected` lets a `load` believe that. A quiet `load` writes nothing and shows no prompt. On Linux the Secret Service is asked first whether it would have to: then
 *   it rejects with `locked`, or with `no_collection`. KeePassXC calls an entry locked that each program has to be allowed.
 *   On macOS nothing tells beforehand: a locked keychain asks.
 * - A record over `entryLimitBytes` is cut into parts, accounts `<account>#a.0`, `#a.1`, ... or `#b.0`, ...; the entry
 *   `<account>` then tells which, and is written last. Stopped at any point, a save leaves the old record or the new
 *   one, whole; what a stop leaves beside them is deleted by the next save or clear. Saves, clears and quarantines of
 *   one account must take turns (`withLock`); a load need not.
 * - `load` rejects with `damaged` when what is there cannot be put together to a record: a part is missing or of
 *   another save, or an entry is no text. Nothing else rejects with it. The entries stay as they are; `quarantine` moves
 *   them to the account `<account>#quarantine` and its parts, in place of what was there, and a save replaces them.
 * - No two pairs of service and account share an entry, also on Windows, where case does not count and the names are joined
 *   by a dot. The first versions named entries as they were told: where the lock of one is still there, the record is read
 *   under its earlier name as long as there is none under that of today; the next load under the lock, or save, moves it.
 * - `probe` writes an entry of its own, reads it back and deletes it.
 * - Failures are Errors with a {@link KeyringFailureCode} as `code`, a `hint` for this system and the library's error
 *   as `cause`; none holds the record.
 *
 * Throws a TypeError that says what to write instead for an option it cannot use.
 */
export function createKeyringStore(options: KeyringStoreOptions): KeyringStore {
  const { service, account = "default", timeoutMs = 60_000, platform = process.platform } = options;
  const { entryLimitBytes = platform === "win32" ? WINDOWS_LIMIT : Infinity } = options;
  checkKeyring({ service, account, timeoutMs, entryLimitBytes });
  const names = { service: systemName(service), account: systemName(account) };
  const search = { isOver: false };
  const loadBackend = options.backend ?? loadSystemKeyring;
  let backend: KeyringBackend | undefined;

  // Of the call that is going on: its last attempt was not answered.
  let isSilent = false;
  const queue = createCallQueue({
    timeoutMs,
    timedOut: (begun) =>
      keyringFailure(begun && isSilent ? "not_responding" : "timed_out", {
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

  /** Only where an earlier version was here: nobody else is asked about an entry that is not theirs. */
  function findEarlier(): EarlierNames | undefined {
    try {
      const earlier = earlierNames(service, account, options.env && { env: options.env });
      if (earlier && isThereAsNamed(earlier.lock)) return earlier;
    } catch {
      // No home, so no lock.
    }
    search.isOver = true;
    return undefined;
  }

  const opened = createOpenEntries(() => backend!);

  function entriesOf(
    { service, account }: Pick<EarlierNames, "service" | "account">,
    signal: AbortSignal,
  ): KeyringEntries {
    const openEntry = (name: string) => opened.open(service, name);
    const settings = { account, limitBytes: entryLimitBytes, platform, signal };
    return createKeyringEntries({ openEntry, reopen: () => opened.forget(), ...settings });
  }

  /** Once more with entries opened anew where those that were open have lost their connection: they do not find it again. */
  function call<T>(
    task: (entries: Kept, keyring: KeyringBackend, reading: Reading) => Promise<T>,
    secret?: string,
  ): Promise<T> {
    const attempt = async (signal: AbortSignal): Promise<T> => {
      try {
        const keyring = await open();
        const earlier = search.isOver ? undefined : findEarlier();
        const entries = entriesOf(names, signal);
        const kept = earlier ? movedFrom(entriesOf(earlier, signal), entries, search) : entries;
        return await task(kept, keyring, { names: earlier ? [names, earlier] : [names], signal });
      } catch (error) {
        throw toKeyringFailure(error, { platform, ...(secret !== undefined && { secret }) });
      }
    };
    return queue.run(async (signal) => {
      isSilent = false;
      for (;;) {
        const wasUsed = opened.isUsed();
        const begunAt = monotonicMs();
        try {
          // oxlint-disable-next-line no-await-in-loop
          return await attempt(signal);
        } catch (error) {
          const failure = error as KeyringFailure;
          if (failure.code === "not_responding" && platform === "linux" && isBusOfAnother(options.env))
            throw keyringFailure("bus_refused", { platform, cause: failure.cause });
          // D-Bus waits for two seconds. A program that asks a person before it answers takes longer.
          isSilent = isUnanswered(failure) && monotonicMs() - begunAt > HUNG_UP_WITHIN_MS;
          if (isSilent && !signal.aborted) {
            // To open an entry may take those seconds too, and nothing else runs meanwhile: now it may, the end of the process too.
            // oxlint-disable-next-line no-await-in-loop
            await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
            continue;
          }
          opened.forget();
          if (!wasUsed || !mayBeLost(failure.code)) throw error;
          // oxlint-disable-next-line no-await-in-loop
          return await attempt(signal);
        }
      }
    });
  }

  /** Rejects unless the keyring keeps what it is given. */
  async function proveKeeping(keyring: KeyringBackend, text: string): Promise<void> {
    // No profile's name has a "#" in it. Two processes that probe at once must not meet.
    const entry = keyring.openEntry(names.service, `${names.account}#probe.${text.slice(0, 8)}`);
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
  function insist<T>(ask: (entries: Kept) => Promise<T>): Promise<T> {
    // One for all attempts; not before it is needed, for a token that was kept needs none of Node's cryptography.
    let text: string | undefined;
    return call(async (entries, keyring) => {
      const answer = await ask(entries);
      if (platform !== "linux" || (answer !== null && answer !== false)) return answer;
      await proveKeeping(keyring, (text ??= crypto.randomUUID()));
      return ask(entries);
    });
  }

  /** Nobody is asked, and nothing written. */
  function look(moves: LoadOptions["moves"]): Promise<string | null> {
    return call(async (entries, keyring, { names, signal }) => {
      const obstacle = await keyring.obstacleTo?.(names, signal);
      if (obstacle) throw keyringFailure(obstacle, { platform });
      return entries.load(moves);
    });
  }

  return {
    info: { kind: "keyring", persistent: true },
    load: ({ quietly = false, isUnexpected = false, moves } = {}) =>
      quietly ? look(moves) : (isUnexpected ? call : insist)((entries) => entries.load(moves)),
    save: (record) => call((entries) => entries.save(record), record),
    clear: async () => void (await insist((entries) => entries.clear())),
    quarantine: async () => {
      const place = await insist((entries) => entries.quarantine());
      return place && `keyring entry ${names.service}/${place}`;
    },
    probe: () => {
      // One for all attempts: each writes the same entry, and deletes it.
      const text = crypto.randomUUID();
      return call((_, keyring) => proveKeeping(keyring, text));
    },
  };
}

/** What a task reads, besides that. */
interface Reading {
  readonly names: readonly EntryName[];
  readonly signal: AbortSignal;
}

/** A bus that hangs up does so at once, and is not asked again. */
const HUNG_UP_WITHIN_MS = 1_000;
const ASK_AGAIN_MS = 1_000;
