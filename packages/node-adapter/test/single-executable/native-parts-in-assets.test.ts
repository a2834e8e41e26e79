// Native parts in the assets of an executable. The real executables: e2e/test/packed-programs.test.ts.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { nativePartsInAssets } from "../../src/single-executable/index.js";

const ASSETS: Readonly<Record<string, string>> = { "keyring.node": "a keyring", "locks.node": "locks" };
const onUnix = process.platform === "win32" ? test.skip : test;

let home: string;
let isSea = true;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "loopkey-assets-"));
  vi.stubEnv("XDG_STATE_HOME", home);
  vi.stubEnv("LOCALAPPDATA", home);
  isSea = true;
  const builtin = process.getBuiltinModule.bind(process);
  const sea = {
    isSea: () => isSea,
    getRawAsset: (name: string) => new Uint8Array(Buffer.from(ASSETS[name]!)).buffer,
  };
  vi.spyOn(process, "getBuiltinModule").mockImplementation((name: string): object | undefined =>
    name === "node:sea" ? sea : builtin(name),
  );
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const parts = nativePartsInAssets({ appName: "assets" });
const fileOf = (name: "keyring" | "locks"): string => parts[name]() as string;

describe("a part", () => {
  test("is written to a file of the app's own, as it is in the executable", async () => {
    const file = fileOf("locks");
    expect(await readFile(file, "utf8")).toBe("locks");
    expect(file.startsWith(home)).toBe(true);
    expect(await readFile(fileOf("keyring"), "utf8")).toBe("a keyring");
    expect(await readdir(join(file, ".."))).toHaveLength(2);
  });

  test("is written once", async () => {
    const { mtimeMs, ino } = await stat(fileOf("locks"));
    expect(await stat(fileOf("locks"))).toMatchObject({ mtimeMs, ino });
  });

  test("that was changed there is written anew before it is used", async () => {
    await writeFile(fileOf("locks"), "something else");
    expect(await readFile(fileOf("locks"), "utf8")).toBe("locks");
  });

  onUnix("is nothing that others may change", async () => {
    const file = fileOf("locks");
    await chmod(join(file, ".."), 0o777);
    fileOf("locks");
    expect((await stat(join(file, ".."))).mode & 0o777).toBe(0o700);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  onUnix("is not written where a link leads", async () => {
    const folder = join(fileOf("locks"), "..");
    const elsewhere = join(home, "elsewhere");
    await rm(folder, { recursive: true });
    await mkdir(elsewhere);
    await symlink(elsewhere, folder);
    expect(() => fileOf("locks")).toThrow(/no folder of this user's own/);
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test("is looked for beside the packages in a program that is no executable", async () => {
    isSea = false;
    expect(parts.locks()).toBeUndefined();
    expect(await readdir(home)).toEqual([]);
  });
});

test("assets may have other names", async () => {
  const named = nativePartsInAssets({
    appName: "assets",
    assets: { keyring: "locks.node", locks: "keyring.node" },
  });
  expect(await readFile(named.locks() as string, "utf8")).toBe("a keyring");
});
