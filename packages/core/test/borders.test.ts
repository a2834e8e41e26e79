import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as oauth from "oauth4webapi";
import * as xstate from "xstate";
import * as core from "../src/index.js";

const root = new URL("../src/", import.meta.url);
const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ name, text: readFileSync(new URL(name, root), "utf8") }));

/** What a source imports: static, re-exported, dynamic, for types or for effect. */
function imports(text: string): string[] {
  const pattern =
    /\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']|\brequire\s*\(\s*["']([^"']+)["']/g;
  return [...text.matchAll(pattern)].map(([, from, imported, required]) => (from ?? imported ?? required)!);
}

/** The source without comments, strings and templates: what is left are names. */
function code(text: string): string {
  return text.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g,
    (match) =>
      match.startsWith("`") ? [...match.matchAll(/\$\{([^}]*)\}/g)].map(([, name]) => name).join(" ") : " ",
  );
}

describe("the borders of the core", () => {
  it("are read from real files", () => {
    expect(files.length).toBeGreaterThan(25);
    expect(imports('import a from "x"; export * from "y"; import("z"); import "w"; require("v")')).toEqual([
      "x",
      "y",
      "z",
      "w",
      "v",
    ]);
    expect(code('process.on("a") // Buffer')).toBe("process.on( )  ");
  });

  it.each(files)("$name imports the core itself, xstate and oauth4webapi only", ({ name, text }) => {
    for (const specifier of imports(text)) {
      if (specifier.startsWith(".")) {
        expect(specifier, "relative imports name the file").toMatch(/\.js$/);
        expect(new URL(specifier, new URL(name, root)).href).toMatch(/packages\/core\/src\//);
      } else {
        expect(["xstate", "xstate/graph", "oauth4webapi"]).toContain(specifier);
      }
    }
  });

  it.each(files)("$name knows no Node globals and no console", ({ text }) => {
    expect(code(text)).not.toMatch(
      /(?<![.\w])(?:process|Buffer|require|__dirname|__filename|global|setImmediate|console|module)(?=\s*[.([])/,
    );
    expect(code(text)).not.toMatch(/globalThis\s*\.\s*(?!fetch\b)\w+/);
  });

  it("only src/oauth/ imports oauth4webapi", () => {
    const importers = files.filter(({ text }) => imports(text).includes("oauth4webapi"));
    expect(importers.length).toBeGreaterThan(3);
    for (const { name } of importers) expect(name).toMatch(/^oauth\//);
  });

  it("what ships does not import the test kit", () => {
    for (const { name, text } of files.filter(({ name }) => !name.startsWith("testing/")))
      for (const specifier of imports(text)) expect(specifier, name).not.toContain("testing/");
  });

  it("no Node, process or Electron type is asked for", () => {
    for (const { name, text } of files) expect(text, name).not.toMatch(/\/\/\/\s*<reference/);
  });

  it("index.ts has named exports only", () => {
    const { text } = files.find(({ name }) => name === "index.ts")!;
    const statements = code(text)
      .split(";")
      .map((statement) => statement.trim())
      .filter(Boolean);
    expect(statements.length).toBeGreaterThan(5);
    for (const statement of statements) expect(statement).toMatch(/^export (?:type )?\{[^*]*\} from$/);
    expect(text).not.toMatch(/\bdefault\b/);
    expect("default" in core).toBe(false);
  });

  it("apps get nothing of xstate or oauth4webapi from the index", () => {
    const foreign = new Set<unknown>([...Object.values(oauth), ...Object.values(xstate)]);
    for (const [name, value] of Object.entries(core)) expect(foreign.has(value), name).toBe(false);
    const { text } = files.find(({ name }) => name === "index.ts")!;
    for (const specifier of imports(text)) expect(specifier).toMatch(/^\.\/[\w/-]+\.js$/);
  });
});
