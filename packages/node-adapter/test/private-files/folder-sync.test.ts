// File systems that cannot sync a folder: what is written there is kept all the same.
import fs from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { replaceFile } from "../../src/private-files/file.js";
import { keepPlace } from "../../src/private-files/kept-place.js";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loopkey-sync-"));
  file = join(folder, "session");
});
afterEach(async () => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  await rm(folder, { recursive: true });
});

/** The system's answer for every folder from now on. */
function folderSyncFailsWith(code: string): void {
  const { fsync } = fs;
  vi.spyOn(fs, "fsync").mockImplementation((descriptor, callback) =>
    fs.fstatSync(descriptor).isDirectory()
      ? callback(Object.assign(new Error(code), { code }))
      : fsync(descriptor, callback),
  );
  syncBuiltinESMExports();
}

const SAVES = {
  "a file is replaced": () => replaceFile(file, Buffer.from("record"), "linux"),
  "a place that was kept is used": async () =>
    (await keepPlace(file, 100, "linux")).replace(Buffer.from("record")),
};

describe.each(Object.entries(SAVES))("%s", (_, save) => {
  test.each(["EINVAL", "ENOTSUP", "ENOSYS"])("where a folder cannot be synced (%s)", async (code) => {
    folderSyncFailsWith(code);
    await save();
    expect(await readFile(file, "utf8")).toBe("record");
  });

  test("and a disk that fails is told of", async () => {
    folderSyncFailsWith("EIO");
    await expect(save()).rejects.toMatchObject({ code: "EIO" });
  });
});
