// docs/rules.md leads from each section of the pages to the files that hold its rules: what it names is there, by that name.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readLinks } from "./support/security-doc.js";

const docs = new URL("../../../docs/", import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, docs), "utf8");

interface Row {
  readonly section: string;
  readonly rule: string;
  readonly kept: string;
}

const rows: readonly Row[] = read("rules.md")
  .split("\n")
  .filter((line) => line.startsWith("| ["))
  .map((line) => line.slice(1, -1).split(" | "))
  .map(([section = "", rule = "", kept = ""]) => ({ section, rule: rule.trim(), kept }));

/** As links name them. */
function headingsOf(markdown: string): readonly string[] {
  return Array.from(markdown.matchAll(/^#+ (.+)$/gm), ([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

/** Declared at the top of the file, or a member of a table in it: the names of guards and actions are. */
function declares(source: string, name: string): boolean {
  const declared = `^(?:export )?(?:async )?(?:function|const|class|interface|type) ${name}\\b`;
  return new RegExp(`${declared}|^\\s+${name}\\s*[:(]`, "m").test(source);
}

describe("docs/rules.md", () => {
  it("has rows, and no rule twice", () => {
    expect(rows.length).toBeGreaterThan(90);
    expect(new Set(rows.map(({ rule }) => rule)).size).toBe(rows.length);
  });

  it.each(rows)("$rule", ({ section, kept }) => {
    const [heading] = readLinks(section);
    const [page = "", anchor = ""] = heading!.file.split("#");
    expect(headingsOf(read(page)), section).toContain(anchor);
    const links = readLinks(kept);
    expect(links.length).toBeGreaterThan(0);
    for (const { name, file } of links) {
      expect(existsSync(new URL(file, docs)), file).toBe(true);
      expect(declares(read(file), name.replaceAll("`", "")), `${name} in ${file}`).toBe(true);
    }
  });
});
