// docs/security.md names code and tests that are there: a row without them fails here.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../../", import.meta.url);

interface Row {
  readonly specification: string;
  readonly code: string;
  readonly test: string;
}

function rowsOf(markdown: string): readonly Row[] {
  return markdown
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) => {
      const [specification = "", , code = "", test = ""] = line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
      return { specification, code, test };
    });
}

/** What is wrong with a row; nothing when the code and the test it names are there. */
function faultOf({ code, test }: Row): string | undefined {
  const [, codeFile, symbol] = /^`([^`]+)` `([^`]+)`$/.exec(code) ?? [];
  const [, testFile, name] = /^`([^`]+\.test\.ts)` (.+)$/.exec(test) ?? [];
  if (!codeFile || !symbol) return "it names no code";
  if (!testFile || !name) return "it names no test";
  if (!contains(codeFile, symbol)) return `${symbol} is not in ${codeFile}`;
  return contains(testFile, name) ? undefined : `"${name}" is not in ${testFile}`;
}

function contains(file: string, text: string): boolean {
  const url = new URL(file, root);
  return existsSync(url) && readFileSync(url, "utf8").includes(text);
}

const rows = rowsOf(readFileSync(new URL("docs/security.md", root), "utf8"));

describe("docs/security.md", () => {
  it.each(rows)("$specification has code and a test", (row) => {
    expect(faultOf(row)).toBeUndefined();
  });

  const CHECKLIST =
    "RFC 8252 5, RFC 8252 7.3, RFC 8252 6, RFC 8252 8.9, RFC 8252 8.10, RFC 9700 2.1.1, RFC 9700 4.8, RFC 9700 2.2.1, " +
    "RFC 9700 4.14, RFC 9700 4.1, RFC 9700 4.2, RFC 9700 4.9, RFC 9700 2.6, OIDC Core 3.1.3.7, OIDC Core 5.3.2, " +
    "RFC 8628 3.4, RFC 7009 2, RFC 9470, OAuth 2.1 4.1.2, listener, secrets";
  it.each(CHECKLIST.split(", "))("%s has a row", (specification) => {
    expect(rows.some((row) => row.specification.startsWith(specification))).toBe(true);
  });

  it("a row without code or test, with a wrong file or a test of another name is found", () => {
    const good = rows[0]!;
    expect(faultOf({ ...good, code: "" })).toBe("it names no code");
    expect(faultOf({ ...good, test: "by hand" })).toBe("it names no test");
    expect(faultOf({ ...good, code: "`packages/core/src/gone.ts` `gone`" })).toContain("is not in");
    expect(faultOf({ ...good, test: `${good.test} and more` })).toContain("is not in");
  });
});
