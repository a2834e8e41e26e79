// The house as CONTRIBUTING.md has it, in every package: a room is a folder of src/, its door says what it is for, its tests lie in
// a folder of the same name.
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
