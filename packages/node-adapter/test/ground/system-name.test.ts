// One name for whatever the system keeps: no two texts share one, also where case does not count or a dot joins names.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { systemName } from "../../src/ground/system-name.js";

/** As a system that is blind to case compares them. */
const fold = (name: string): string => name.toUpperCase().normalize("NFKC");

/** What is near to each other: cases, escapes, dots, names that Windows reserves, letters that fold to others. */
const tricky = fc
  .array(
    fc.oneof(
      fc.constantFrom("a", "A", "e", "E", "2", "+", "%", "-", ".", " ", "_", "#", "/", "\\", ":"),
      fc.constantFrom("%2E", "%2e", "+a", "con", "CON", "nul", "com1", "%-", "#a.0", "\u0000", "~1"),
      fc.constantFrom(
        "\u017f",
        "s",
        "S",
        "\u212a",
        "k",
        "K",
        "\u0131",
        "i",
        "I",
        "\u00e9",
        "e\u0301",
        "\u00df",
      ),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((pieces) => pieces.join(""));
const texts = fc.oneof(tricky, fc.string({ unit: "grapheme", minLength: 1, maxLength: 200 }));
const profiles = fc
  .array(fc.constantFrom("a", "A", "b", "B", "w", "W", "0", "1", ".", "_", "-"), {
    minLength: 1,
    maxLength: 64,
  })
  .map((characters) => characters.join(""));

describe("a name", () => {
  test("is another one for every other text, whether or not case counts", () => {
    const near = fc.tuple(texts, fc.nat(4)).map(([text, way]): [string, string] => {
      const other = [
        text.toLowerCase(),
        text.toUpperCase(),
        text.normalize("NFD"),
        `${text} `,
        systemName(text),
      ];
      return [text, other[way]!];
    });
    fc.assert(
      fc.property(fc.oneof(near, fc.tuple(texts, texts)), ([a, b]) => {
        expect(fold(systemName(a)) === fold(systemName(b))).toBe(a === b);
      }),
      { numRuns: 5_000 },
    );
  });

  test("is one that every system takes, short enough for what is written around it", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const name = systemName(text);
        expect(name).toMatch(/^(?! )[a-zA-Z0-9_%+ -]{1,120}(?<! )$/);
        expect(`${name}.lock`).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)\./i);
      }),
    );
    fc.assert(
      fc.property(profiles, (profile) => {
        const longest = `session-${systemName(profile)}.enc.${crypto.randomUUID()}.place`;
        expect(longest.length).toBeLessThan(255);
      }),
    );
  });

  test("of a long text is another one for every other long text", () => {
    const long = "\u00e9".repeat(100);
    expect(systemName(`${long}a`)).not.toBe(systemName(`${long}b`));
    expect(systemName(`${long}a`)).not.toBe(systemName(`${long}A`));
  });

  test.each([
    ["notes", "notes"],
    ["my-app_2", "my-app_2"],
    ["Example Notes", "+example +notes"],
    ["WORK", "+w+o+r+k"],
    ["com.example.notes", "com%2Eexample%2Enotes"],
    ["..", "%2E%2E"],
    [" notes ", "%20notes%20"],
    ["../../etc", "%2E%2E%2F%2E%2E%2Fetc"],
    ["100%", "100%25"],
    ["Notizb\u00fcro", "+notizb%C3%BCro"],
    ["con", "%63on"],
    ["CON", "+c+o+n"],
    ["nul.txt", "nul%2Etxt"],
    ["console", "console"],
  ])("of %j is %j", (text, name) => {
    expect(systemName(text)).toBe(name);
  });
});

test("on Windows no two pairs of app and profile share an entry, nor a part of one", () => {
  const part = fc.constantFrom("", "#a.0", "#b.12", "#quarantine", "#quarantine.0");
  const entry = fc.tuple(fc.oneof(texts, profiles), profiles, part);
  // As the keyring library names it: the account, a dot, the service.
  const target = ([app, profile, part]: [string, string, string]): string =>
    fold(`${systemName(profile)}${part}.${systemName(app)}`);
  fc.assert(
    fc.property(entry, entry, (a, b) => {
      expect(target(a) === target(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
    { numRuns: 3_000 },
  );
  expect(target(["b.c", "a", ""])).not.toBe(target(["c", "a.b", ""]));
});
