// How a record is laid out in entries: as it is in the head, or cut into parts that the head tells of (B4).
import { createHash, randomBytes } from "node:crypto";

/** Where parts stand: a save writes those of the revision that is not in use, so the record before stays whole. */
export type Revision = "a" | "b";

export interface SplitHead {
  readonly kind: "split";
  readonly revision: Revision;
  readonly count: number;
  /** Of the record, in UTF-16 code units. */
  readonly length: number;
  /** New at each save: a head that was read twice and is the same was not replaced in between. */
  readonly id: string;
  /** SHA-256 of the record, in hex: parts of two saves are never taken for one record. */
  readonly digest: string;
}

export type Head =
  | { readonly kind: "whole"; readonly record: string }
  | SplitHead
  /** A deletion was stopped between the writing over and the deleting. */
  | { readonly kind: "erased" }
  /** Cut short, made up, or of a later version. */
  | { readonly kind: "unreadable" };

// No record of the core begins like this: it is JSON. One that does all the same is cut into parts.
const MARK = "loopkey-parts/";
const HEAD = /^loopkey-parts\/1 ([ab]) ([1-9]\d{0,3}) (\d{1,9}) ([0-9a-f]{16}) ([0-9a-f]{64})$/;
const ERASED = `${MARK}0 erased `;
/** So that a damaged head does not send a reader through a million entries. 1.2 million characters on Windows. */
export const MOST_PARTS = 1_000;
/** A head needs up to 224 bytes, and a part must be worth its entry. */
export const LEAST_LIMIT = 256;

/** What an entry holds of a record that fits it. */
export function fitsOneEntry(record: string, limitBytes: number): boolean {
  return entrySize(record) <= limitBytes && !record.startsWith(MARK);
}

/**
 * Cuts a record into texts of at most `limitBytes` each, never within a character: half a surrogate pair does not come
 * back from UTF-8. Windows counts UTF-16, where the library writes a password as such (1,280 characters in 2,560
 * bytes); the others take UTF-8. Both must fit, so that a record is cut alike everywhere.
 */
export function cutRecord(record: string, limitBytes: number): string[] {
  const parts: string[] = [];
  let part = "";
  let utf8 = 0;
  for (const character of record) {
    const more = Buffer.byteLength(character);
    if (utf8 + more > limitBytes || (part.length + character.length) * 2 > limitBytes) {
      parts.push(part);
      part = "";
      utf8 = 0;
    }
    part += character;
    utf8 += more;
  }
  return [...parts, part];
}

/** The head of a record that was cut into parts. */
export function formatHead(record: string, revision: Revision, count: number): string {
  const id = randomBytes(8).toString("hex");
  return `${MARK}1 ${revision} ${count} ${record.length} ${id} ${digestOf(record)}`;
}

export function parseHead(text: string): Head {
  if (!text.startsWith(MARK)) return { kind: "whole", record: text };
  if (text.startsWith(ERASED)) return { kind: "erased" };
  const [, revision, count, length, id, digest] = HEAD.exec(text) ?? [];
  if (!revision || !id || !digest || Number(count) > MOST_PARTS) return { kind: "unreadable" };
  return {
    kind: "split",
    revision: revision as Revision,
    count: Number(count),
    length: Number(length),
    id,
    digest,
  };
}

/** What is written over a secret before its entry is deleted. Each differs: the same again may not count as a change. */
export function erasedText(round: number): string {
  return `${ERASED}${round}`;
}

/** The record that the parts make, if they are those the head tells of. */
export function joinParts(head: SplitHead, parts: readonly string[]): string | undefined {
  const record = parts.join("");
  return record.length === head.length && digestOf(record) === head.digest ? record : undefined;
}

/** In bytes, whichever of UTF-16 and UTF-8 takes more. */
function entrySize(text: string): number {
  return Math.max(text.length * 2, Buffer.byteLength(text));
}

function digestOf(record: string): string {
  return createHash("sha256").update(record).digest("hex");
}
