// docs/security.md names code and tests that are there, for each row of the security checklist: a row without them fails here.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { faultsOf, readRows, readSpecifications, type Row } from "../support/security-doc.js";

const root = new URL("../../../../", import.meta.url);
const docs = new URL("docs/", root);

function read(file: string): string | undefined {
  const url = new URL(file, docs);
  return existsSync(url) ? readFileSync(url, "utf8") : undefined;
}

/** The rows of the checklist: the specifications, as they stand before the colon in the name of a suite. */
const CHECKLIST = [
  "RFC 8252 5, 8.12",
  "RFC 8252 7.3, 8.3",
  "RFC 8252 6, 8.1, 8.2",
  "RFC 8252 8.9, 9700 4.7",
  "RFC 8252 8.10, 9700 4.4, RFC 9207 2.4",
  "RFC 9700 2.1.1, 4.5.3",
  "RFC 9700 4.8",
  "RFC 9700 2.2.1, RFC 9449",
  "RFC 9700 4.14, 6749 6",
  "RFC 9700 4.1, 4.11",
  "RFC 9700 4.2, 4.3",
  "RFC 9700 4.9",
  "RFC 9700 2.6, OAuth 2.1 1.5",
  "OIDC Core 3.1.3.7",
  "OIDC Core 5.3.2, 12.2",
  "RFC 8628 3.4, 3.5",
  "RFC 7009 2",
  "RFC 9470",
  "OAuth 2.1 4.1.2, 7.12",
  "Listener",
  "Secrets",
];

/** What the code does beside it. */
const BEYOND =
  "RFC 9126 2; RFC 8707 2.1, 2.2; RFC 7591 2; RFC 7636 4.1, 4.3, 4.5; RFC 8414 3.1, 3.3; RFC 6750 2.1; RFC 8628 3.2, 6.1; " +
  "OIDC Discovery 4.3; OIDC RP-Initiated Logout 2, 3; OIDC Core 10.1.1";

const rows = readRows(read("security.md")!);

describe("docs/security.md", () => {
  it.each(rows)("$specifications: $demanded", (row) => {
    expect(faultsOf(row, read)).toEqual([]);
  });

  const demanded = [...CHECKLIST, BEYOND].flatMap(readSpecifications);
  it.each(demanded)("%s has a row", (specification) => {
    const found = rows.flatMap(({ specifications }) => specifications);
    expect(found.some((each) => each === specification || each.startsWith(`${specification} `))).toBe(true);
  });

  it("has links that lead somewhere, and no row twice", () => {
    const links = Array.from(read("security.md")!.matchAll(/\]\(([^()#]+)\)/g), ([, link = ""]) => link);
    const local = links.filter((link) => !link.startsWith("https:"));
    expect(local.length).toBeGreaterThan(100);
    for (const link of local) expect(existsSync(new URL(link, docs)), link).toBe(true);
    const demands = rows.map((row) => row.demanded);
    expect(new Set(demands).size).toBe(demands.length);
  });
});

describe("each row of the checklist has a suite named after it:", () => {
  const sources = ["packages/core/test/", "packages/node-adapter/test/"].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => readFileSync(new URL(folder + name, root), "utf8")),
  );

  it.each(CHECKLIST)("%s", (specifications) => {
    const suite = new RegExp(`describe\\(\\s*"${specifications.replaceAll(".", "\\.")}: `, "i");
    expect(sources.some((source) => suite.test(source))).toBe(true);
  });
});

describe("the reader of the rows", () => {
  const files: Readonly<Record<string, string>> = {
    "../src/wait.ts": "export function waitForever(): void {}\nconst used = call(other);\n",
    "../test/wait.test.ts": 'it("waits", () => {});\nit.each(LIST)("%s waits too", () => {});\n',
  };
  const table = (code: string, tests: string): string =>
    `| specification | what is demanded | enforced by | shown by |\n| --- | :-- | --- | --- |\n| RFC 1 2.1, 3; RFC 9449 | Wait. | ${code} | ${tests} |`;
  const rowOf = (code: string, tests: string): Row => readRows(table(code, tests))[0]!;
  const CODE = "[`waitForever`](../src/wait.ts)";
  const TEST = "[waits](../test/wait.test.ts)<br>[%s waits too](../test/wait.test.ts)";
  const faults = (code: string, tests: string) => faultsOf(rowOf(code, tests), (file) => files[file]);

  it("reads what a row says", () => {
    expect(readRows(table(CODE, TEST))).toEqual([
      {
        specifications: ["RFC 1 2.1", "RFC 1 3", "RFC 9449"],
        demanded: "Wait.",
        code: [{ name: "waitForever", file: "../src/wait.ts" }],
        tests: [
          { name: "waits", file: "../test/wait.test.ts" },
          { name: "%s waits too", file: "../test/wait.test.ts" },
        ],
      },
    ]);
    expect(faults(CODE, TEST)).toEqual([]);
  });

  it("reads specifications as they are written in tables and in names of suites", () => {
    expect(readSpecifications("RFC 8252 8.10, 9700 4.4, RFC 9207; OAuth 2.1 4.1.2, 7.12; Secrets")).toEqual([
      "RFC 8252 8.10",
      "RFC 9700 4.4",
      "RFC 9207",
      "OAuth 2.1 4.1.2",
      "OAuth 2.1 7.12",
      "Secrets",
    ]);
    expect(readSpecifications("OIDC RP-Initiated Logout 2, 3")).toEqual([
      "OIDC RP-Initiated Logout 2",
      "OIDC RP-Initiated Logout 3",
    ]);
  });

  it.each([
    ["no code", "", TEST, "It names no code."],
    ["code that is not linked", "`waitForever`", TEST, "It names no code."],
    ["a file that is gone", "[`waitForever`](../src/gone.ts)", TEST, "There is no ../src/gone.ts."],
    ["a function that is gone", "[`wait`](../src/wait.ts)", TEST, '"wait" is not in ../src/wait.ts.'],
    ["a function that is only used", "[`other`](../src/wait.ts)", TEST, '"other" is not in ../src/wait.ts.'],
    [
      "a test as its code",
      "[`waits`](../test/wait.test.ts)",
      TEST,
      "../test/wait.test.ts is a test, no code.",
    ],
    ["no test", CODE, "by hand", "It names no test."],
    ["a test that is gone", CODE, "[waits](../test/gone.test.ts)", "There is no ../test/gone.test.ts."],
    [
      "a test of another name",
      CODE,
      "[wait](../test/wait.test.ts)",
      '"wait" is not in ../test/wait.test.ts.',
    ],
    ["a test that is none", CODE, "[waits](../src/wait.ts)", "../src/wait.ts is no test."],
  ])("finds a row with %s", (_, code, tests, fault) => {
    expect(faults(code, tests)).toContain(fault);
  });

  it("finds one wrong name among right ones", () => {
    expect(faults(CODE, `${TEST}<br>[sleeps](../test/wait.test.ts)`)).toEqual([
      '"sleeps" is not in ../test/wait.test.ts.',
    ]);
  });
});
