// The house as CONTRIBUTING.md has it, in every package: a room is a folder of src/, its door says what it is for, its inside is its own,
// imports run downwards, and its tests lie in a folder of the same name.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const packages = new URL("../../", import.meta.url);
const foldersOf = (folder: URL): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

const rooms = foldersOf(packages)
  .filter((name) => existsSync(new URL(`${name}/src/`, packages)))
  .flatMap((name) => foldersOf(new URL(`${name}/src/`, packages)).map((room) => ({ name, room })));

describe("each room of a package", () => {
  it("is found in all of them", () => {
    expect(rooms.length).toBeGreaterThan(40);
    expect(new Set(rooms.map(({ name }) => name)).size).toBe(4);
  });

  it.each(rooms)("has a sentence at its door: $name/$room", ({ name, room }) => {
    const door = readFileSync(new URL(`${name}/src/${room}/README.md`, packages), "utf8");
    expect(door).toMatch(/^[\w`].+[.:]/s);
    expect(door.trimEnd().split("\n").length, "it is a door, not a corridor").toBeLessThan(6);
  });

  it.each(rooms)("has its tests under its name: $name/$room", ({ name, room }) => {
    const tests = readdirSync(new URL(`${name}/test/${room}/`, packages), { recursive: true }).map(String);
    expect(tests.some((file) => file.endsWith(".test.ts"))).toBe(true);
  });

  it.each(rooms)("names at its door files that it has: $name/$room", ({ name, room }) => {
    const folder = new URL(`${name}/src/${room}/`, packages);
    const door = readFileSync(new URL("README.md", folder), "utf8");
    const named = Array.from(door.matchAll(/`([\w/-]+(?:\.\w+)*\.c?[tj]s)`/g), ([, file = ""]) => file);
    for (const file of named)
      expect(existsSync(new URL(file, folder)) || existsSync(new URL(`../${file}`, folder)), file).toBe(true);
  });
});

/** What each source imports of its own package: static, for types, dynamic. */
function importsOf(name: string): readonly { readonly file: string; readonly imported: string }[] {
  const root = new URL(`${name}/src/`, packages);
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /\.c?ts$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(new URL(file, root), "utf8");
      const specifiers = Array.from(
        text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g),
        ([, specifier = ""]) => new URL(specifier, new URL(file, root)).href.slice(root.href.length),
      );
      return specifiers.map((imported) => ({ file, imported }));
    });
}

const roomOf = (file: string): string => (file.includes("/") ? file.slice(0, file.indexOf("/")) : "");

describe.each([...new Set(rooms.map(({ name }) => name))])("in %s", (name) => {
  const imports = importsOf(name);

  it("imports are found", () => {
    expect(imports.length).toBeGreaterThan(40);
  });

  it("no room's inside is imported from outside", () => {
    const isInside = (imported: string): boolean => imported.split("/").length > 2;
    const trespasses = imports.filter(
      ({ file, imported }) => isInside(imported) && roomOf(file) !== roomOf(imported),
    );
    expect(trespasses).toEqual([]);
  });

  it("imports run one way: no room stands above itself", () => {
    const below = new Map<string, Set<string>>();
    for (const { file, imported } of imports) {
      const [upper, lower] = [roomOf(file), roomOf(imported)];
      if (upper === "" || lower === "" || upper === lower) continue;
      below.set(upper, (below.get(upper) ?? new Set()).add(lower));
    }
    const reach = (room: string, seen = new Set<string>()): Set<string> => {
      for (const lower of below.get(room) ?? []) if (!seen.has(lower)) reach(lower, seen.add(lower));
      return seen;
    };
    const circular = [...below.keys()].filter((room) => reach(room).has(room));
    expect(circular).toEqual([]);
  });
});
