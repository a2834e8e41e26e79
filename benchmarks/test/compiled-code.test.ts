// What Node keeps of the binary's compiled code: in a folder that nobody else can write to, or not at all.
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mustRun } from "../src/run/command.js";
import { findNodes } from "../src/world/nodes.js";
import { BINARY } from "./support.js";

const node = findNodes().find(({ version }) => Number(version.split(".")[0]) >= 24);
const missing = node ? undefined : "Node 24 is missing. Run: pnpm install";

let home: string;
let folder: string;
beforeEach(async (context) => {
  if (process.env["CI"] !== "true") context.skip(missing !== undefined, missing);
  home = await mkdtemp(join(tmpdir(), "loopkey-compiled-"));
  folder = join(home, "loopkey");
});
afterEach(() => rm(home, { recursive: true, force: true }));

const run = () =>
  mustRun(node!.path, [BINARY, "--version"], { PATH: process.env["PATH"], HOME: home, XDG_CACHE_HOME: home });

async function keptFiles(): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).toSorted();
}

test("compiled code is kept for this user alone, and used again", async () => {
  await run();
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const kept = await keptFiles();
  expect(kept.length).toBeGreaterThan(1);
  const times = await Promise.all(kept.map(async (name) => (await stat(join(folder, name))).mtimeMs));
  await run();
  expect(await keptFiles()).toEqual(kept);
  expect(await Promise.all(kept.map(async (name) => (await stat(join(folder, name))).mtimeMs))).toEqual(
    times,
  );
});

test("a folder that others can write to is not used", async () => {
  await mkdir(folder);
  await chmod(folder, 0o777);
  await run();
  expect(await keptFiles()).toEqual([]);
});

test("a folder that is a link is not followed", async () => {
  await mkdir(join(home, "elsewhere"), { mode: 0o700 });
  await symlink(join(home, "elsewhere"), folder);
  await run();
  expect(await readdir(join(home, "elsewhere"))).toEqual([]);
});

test("where no folder can be made, the command works all the same", async () => {
  await rm(home, { recursive: true });
  await symlink("/dev/null", home);
  expect((await run()).stdout).toMatch(/\d+\.\d+\.\d+/);
});
