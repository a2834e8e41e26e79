// The entries of one account: a head and, for a large record, its parts; in which order they are written and deleted.
//
// Every step leaves the old record or the new one, whole, should it be the last. What such a stop leaves behind is found
// without a list of entries (which would read every secret): parts are written from 0 up and deleted from the last down,
// so those of a revision always stand from 0 on without a gap, under names that are known. There are two revisions, `a`
// and `b`, in place of ever new names: what can remain is bounded, and the next save takes it away.
//
// What is deleted is written over before, on Linux: KeePassXC moves an entry into its recycle bin, with its ten last values.
//
// Savers of one account must take turns (the core holds its lock). Two that do not may mix the parts of one revision
// and leave some: the digest tells, so the record is damaged, never a wrong one. Readers need no lock.
import type { KeyringEntry } from "../backend.js";
import { keyringFailure, toKeyringFailure } from "./failures.js";
import {
  cutRecord,
  erasedText,
  fitsOneEntry,
  formatHead,
  joinParts,
  MOST_PARTS,
  parseHead,
  type Head,
  type Revision,
  type SplitHead,
} from "./record-layout.js";

const REVISIONS: readonly Revision[] = ["a", "b"];
const READS = 8;
/** One more than the values that KeePassXC keeps of an entry unless it is told otherwise. */
const ERASE_ROUNDS = 11;
// In place of a part that is not there: without a gap the parts are found again.
const MISSING = Buffer.from("missing");

export interface KeyringEntriesOptions {
  readonly openEntry: (account: string) => KeyringEntry;
  /** From now on entries are opened anew. */
  readonly reopen: () => void;
  readonly account: string;
  /** Infinity: no record is cut, and no parts are looked for but those a head tells of. */
  readonly limitBytes: number;
  readonly platform: NodeJS.Platform;
  /** Stops between two steps, as a crash would. */
  readonly signal: AbortSignal;
}

export interface KeyringEntries {
  load(): Promise<string | null>;
  save(record: string): Promise<void>;
  /** False when there was no record. */
  clear(): Promise<boolean>;
  /** The account the record has now, null when there was none. */
  quarantine(): Promise<string | null>;
}

export function createKeyringEntries(options: KeyringEntriesOptions): KeyringEntries {
  const { openEntry, reopen, account, limitBytes, platform, signal } = options;
  const aside = `${account}#quarantine`;
  const mayHaveParts = limitBytes !== Infinity;

  function entry(name: string): KeyringEntry {
    signal.throwIfAborted();
    return openEntry(name);
  }

  async function write(name: string, text: string): Promise<void> {
    try {
      await entry(name).setPassword(text);
    } catch (error) {
      // An error may quote the part, which is not the record but a secret all the same.
      throw toKeyringFailure(error, { platform, secret: text });
    }
  }

  /** Undefined for an entry that is no text. */
  async function readText(name: string): Promise<string | null | undefined> {
    try {
      return await entry(name).getPassword();
    } catch (error) {
      const failure = toKeyringFailure(error, { platform });
      if (failure.code === "damaged") return undefined;
      throw failure;
    }
  }

  /** Leaves no secret in what the keyring's program may keep of a deleted entry. False when there was no entry. */
  async function erase(name: string): Promise<boolean> {
    if (platform === "linux") {
      const text = await readText(name);
      if (text === null) return false;
      // oxlint-disable-next-line no-await-in-loop
      for (let round = 1; round <= ERASE_ROUNDS; round++) await write(name, erasedText(round));
    }
    return entry(name).deleteCredential();
  }

  /** A head that cannot be read is written over, deleted and set aside like any other. */
  async function readHead(): Promise<Head | null> {
    const text = await readText(account);
    if (text === null) return null;
    const head: Head = text === undefined ? { kind: "unreadable" } : parseHead(text);
    return head.kind === "erased" ? null : head;
  }

  async function readParts(head: SplitHead): Promise<string | undefined> {
    const parts: string[] = [];
    for (let n = 0; n < head.count; n++) {
      // oxlint-disable-next-line no-await-in-loop
      const part = await readText(`${account}#${head.revision}.${n}`);
      if (typeof part !== "string") return undefined;
      parts.push(part);
    }
    return joinParts(head, parts);
  }

  /** Deletes the parts from `from` on. Up to `known` there may be gaps, in a record that was damaged. */
  async function sweep(owner: string, from: number, known = from): Promise<void> {
    let end = known;
    // oxlint-disable-next-line no-await-in-loop
    while ((await entry(`${owner}.${end}`).getSecret()) !== null) end++;
    // oxlint-disable-next-line no-await-in-loop
    for (let n = end - 1; n >= from; n--) await erase(`${owner}.${n}`);
  }

  /** Deletes what the head does not need any more, and what stopped saves have left. */
  async function sweepRevisions(before: Head | null, inUse?: Revision): Promise<void> {
    if (!mayHaveParts) return;
    for (const revision of REVISIONS) {
      if (revision === inUse) continue;
      const known = before?.kind === "split" && before.revision === revision ? before.count : 0;
      // oxlint-disable-next-line no-await-in-loop
      await sweep(`${account}#${revision}`, 0, known);
    }
  }

  async function load(): Promise<string | null> {
    let failed: string | undefined;
    let reason: unknown;
    for (let reads = 0; reads < READS; reads++) {
      try {
        // oxlint-disable-next-line no-await-in-loop
        const text = await readText(account);
        if (text === null) return null;
        const head: Head = text === undefined ? { kind: "unreadable" } : parseHead(text);
        if (head.kind === "whole") return head.record;
        if (head.kind === "erased") return null;
        if (head.kind === "unreadable") {
          const remark = "Its entry does not tell where it is, or is of a later version of this app.";
          throw keyringFailure("damaged", { platform, remark });
        }
        // oxlint-disable-next-line no-await-in-loop
        const record = await readParts(head);
        if (record !== undefined) return record;
        // A save or a clear may have come between. The same head a second time, and it was not that.
        if (text === failed) {
          throw keyringFailure("damaged", { platform, remark: "A part of it is missing or not its own." });
        }
        failed = text;
      } catch (error) {
        const failure = toKeyringFailure(error, { platform });
        if (failure.code !== "busy") throw failure;
        reason = failure;
        // The keyring may be another one by now, which does not know the old session.
        reopen();
      }
    }
    throw reason ?? keyringFailure("busy", { platform });
  }

  async function save(record: string): Promise<void> {
    // Not read where there are no parts: macOS may ask a person for each look at an entry.
    const fits = fitsOneEntry(record, limitBytes);
    const before = mayHaveParts || !fits ? await readHead() : null;
    let revision: Revision | undefined;
    if (fits) {
      await write(account, record);
    } else {
      const parts = cutRecord(record, limitBytes);
      if (parts.length > MOST_PARTS) throw keyringFailure("too_large", { platform });
      revision = before?.kind === "split" && before.revision === "a" ? "b" : "a";
      // oxlint-disable-next-line no-await-in-loop
      for (const [n, part] of parts.entries()) await write(`${account}#${revision}.${n}`, part);
      await sweep(`${account}#${revision}`, parts.length);
      await write(account, formatHead(record, revision, parts.length));
    }
    // The record is saved: what cannot be deleted now is found by the next save.
    await sweepRevisions(before, revision).catch(() => {});
  }

  async function clear(): Promise<boolean> {
    const before = mayHaveParts ? await readHead() : null;
    // The head first: without it there is no record, without a part there would be half a one.
    const existed = await erase(account);
    // A part that stays is a secret that stays: the caller hears of it, and a second clear finds it.
    await sweepRevisions(before);
    return existed;
  }

  async function quarantine(): Promise<string | null> {
    const before = await readHead();
    const head = before && (await entry(account).getSecret());
    if (!head) return null;
    const count = before.kind === "split" ? before.count : 0;
    await erase(aside);
    for (let n = 0; n < count; n++) {
      // oxlint-disable-next-line no-await-in-loop
      const part = await entry(`${account}#${(before as SplitHead).revision}.${n}`).getSecret();
      // oxlint-disable-next-line no-await-in-loop
      await entry(`${aside}.${n}`).setSecret(Uint8Array.from(part ?? MISSING));
    }
    if (mayHaveParts || before.kind !== "whole") await sweep(aside, count);
    await entry(aside).setSecret(Uint8Array.from(head));
    await erase(account);
    // Of a head that cannot be read the parts are not known: they stay until the next save.
    if (before.kind === "split") await sweep(`${account}#${before.revision}`, 0, count).catch(() => {});
    return aside;
  }

  return { load, save, clear, quarantine };
}
