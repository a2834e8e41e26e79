// The file with what a server says of itself: private, whole, and never a failure.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { serverCacheContract } from "@loopkey/core/testing";
import { createServerCache } from "../../src/server-cache/file.js";
import { posixTest, stateIn } from "../support/platform.js";

let home: string;
let file: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "loopkey-server-"));
  for (const [name, value] of Object.entries(stateIn(home))) vi.stubEnv(name, value);
  file = join(home, "loopkey", "app", "default.server");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const cache = (profile = "default") => createServerCache({ appName: "app", profile });

describe("the file of a server's metadata and keys", () => {
  for (const promise of serverCacheContract(() => [cache(), cache()]))
    test(promise.name, () => promise.run());

  posixTest("modes")("is for nobody but this user, and so is its folder", async () => {
    await cache().write("{}");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
  });

  test("is another one for each profile", async () => {
    await cache("a").write("of a");
    expect(await cache("b").read()).toBeNull();
    expect(await cache("a").read()).toBe("of a");
  });

  test("leaves nothing beside it", async () => {
    await cache().write("1");
    await cache().write("2");
    expect(await readdir(dirname(file))).toEqual(["default.server"]);
  });

  posixTest("links without rights")(
    "that is a link is not followed, neither for reading nor for writing",
    async () => {
      const elsewhere = join(home, "elsewhere");
      await writeFile(elsewhere, "planted", { mode: 0o600 });
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await symlink(elsewhere, file);
      expect(await cache().read()).toBeNull();
      await cache().write("ours");
      expect(await readFile(elsewhere, "utf8")).toBe("planted");
    },
  );

  posixTest("modes")("that others can write is not read", async () => {
    await cache().write("ours");
    await chmod(file, 0o666);
    expect(await cache().read()).toBeNull();
  });

  test("that is larger than any text of ours is not read", async () => {
    await cache().write(" ".repeat(2 * 1024 * 1024 + 1));
    expect(await cache().read()).toBeNull();
  });

  test("that can neither be read nor written fails nobody", async () => {
    await mkdir(file, { recursive: true });
    expect(await cache().read()).toBeNull();
    await cache().write("{}");
    await rm(join(home, "loopkey"), { recursive: true });
    await writeFile(join(home, "loopkey"), "no folder");
    expect(await cache().read()).toBeNull();
    await cache().write("{}");
  });
});
