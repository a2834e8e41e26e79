import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cutRecord,
  formatHead,
  joinParts,
  LEAST_LIMIT,
  parseHead,
} from "../../src/keyring/inside/record-layout.js";

// One to four bytes in UTF-8, one or two units in UTF-16.
const characters = fc.constantFrom("x", "é", "漢", "🔑", "\u{10ffff}", "\n", '"');
/** Up to 64 KB of UTF-8: a run of one character after another, so that borders fall within runs of each kind. */
const records = fc
  .array(fc.tuple(characters, fc.nat(9_000)), { maxLength: 8 })
  .map((runs) => runs.map(([character, count]) => character.repeat(count)).join(""))
  .filter((record) => Buffer.byteLength(record) <= 65_536);

describe("a record that is cut", () => {
  test("has parts within the limit, in UTF-16 and UTF-8, that make the record again", () => {
    fc.assert(
      fc.property(records, fc.integer({ min: LEAST_LIMIT, max: 5_000 }), (record, limit) => {
        const parts = cutRecord(record, limit);
        for (const part of parts) {
          expect(part.length * 2).toBeLessThanOrEqual(limit);
          expect(Buffer.byteLength(part)).toBeLessThanOrEqual(limit);
          // As the keyring gives it back: half a character would not be the same.
          expect(Buffer.from(part, "utf8").toString("utf8")).toBe(part);
        }
        const head = parseHead(formatHead(record, "a", parts.length));
        expect(head.kind === "split" && joinParts(head, parts)).toBe(record);
      }),
    );
  });

  test("fills its parts: 64 KB are 52 entries of Windows", () => {
    const parts = cutRecord("x".repeat(65_536), 2_560);
    expect(parts).toHaveLength(52);
    expect(parts[0]).toHaveLength(1_280);
  });

  test("is not made again of parts that are missing, exchanged or of another save", () => {
    const record = Array.from({ length: 400 }, (_, n) => `${n} `).join("");
    const parts = cutRecord(record, LEAST_LIMIT);
    const head = parseHead(formatHead(record, "b", parts.length));
    if (head.kind !== "split") throw new Error("expected a split head");
    expect(joinParts(head, parts)).toBe(record);
    expect(joinParts(head, parts.slice(1))).toBe(undefined);
    expect(joinParts(head, [parts[1]!, parts[0]!, ...parts.slice(2)])).toBe(undefined);
    expect(joinParts(head, [parts[0]!.replace("7", "8"), ...parts.slice(1)])).toBe(undefined);
  });
});

describe("a head", () => {
  test("fits the least limit, and is another one at each save of the same record", () => {
    const record = "x".repeat(999_999_999 % 100_000);
    expect(formatHead(record, "a", 1_000).length * 2).toBeLessThanOrEqual(LEAST_LIMIT);
    expect(formatHead(record, "a", 2)).not.toBe(formatHead(record, "a", 2));
  });

  test("that does not begin like one is the record itself", () => {
    for (const record of ["", "{}", " loopkey-parts/1", "loopkey-part"]) {
      expect(parseHead(record)).toEqual({ kind: "whole", record });
    }
  });

  test.each([
    ["a later version", (head: string) => head.replace("/1 ", "/2 ")],
    ["cut short", (head: string) => head.slice(0, -1)],
    ["longer", (head: string) => `${head}0`],
    ["no parts", (head: string) => head.replace(" a 2 ", " a 0 ")],
    ["too many parts", (head: string) => head.replace(" a 2 ", " a 1001 ")],
    ["no such revision", (head: string) => head.replace(" a 2 ", " c 2 ")],
  ])("is not read when it is damaged: %s", (_name, damage) => {
    expect(parseHead(damage(formatHead("record", "a", 2)))).toEqual({ kind: "unreadable" });
  });
});
