// A disk that fills up between the moment a refresh token is spent and the moment its successor is saved: on real ones.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createEncryptedFileStore } from "../../src/encrypted-file/store.js";
import { createFolder, withKey } from "../support/encrypted-file.js";
import { canMount, fillBytes, fillInodes, mountSmallDisk, type SmallDisk } from "../support/small-disk.js";
import { isWindows, lacking } from "../support/platform.js";

const OLD = "old ".repeat(500);
const FULL = { code: "file_unavailable", hint: "The disk is full. Free some space and try again." };

const storeIn = (folder: string) =>
  createEncryptedFileStore({ secret: withKey, file: join(folder, "session.enc") });
const places = async (folder: string) => (await readdir(folder)).filter((name) => name.endsWith(".place"));

/** Another process, which saves a record, keeps a place for the next one, says how that went, and stays. */
function start(folder: string, shell = 'exec "$0" "$@"') {
  const fixture = fileURLToPath(new URL("../fixtures/kept-place.mjs", import.meta.url));
  const child = spawn("sh", ["-c", shell, process.execPath, fixture, join(folder, "session.enc")]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { child, next: async () => (await lines.next()).value as string };
}

const disks: readonly SmallDisk[] = ["tmpfs", "ext4"];
for (const kind of disks) {
  const isThere = canMount[kind] ? "" : ": needs root on Linux, mount and mkfs.ext4";
  describe.skipIf(!canMount[kind])(lacking("mount", `on a real ${kind}${isThere}`), () => {
    const FILLERS = [
      ["the last byte is written", fillBytes],
      ["the last inode is taken", fillInodes],
    ] as const;

    test.each(FILLERS)("after a place was kept, a save works though %s", async (_, fill) => {
      const folder = await mountSmallDisk(kind);
      const store = storeIn(folder);
      await store.save(OLD);
      const place = await store.prepare!(OLD.length);
      fill(folder);
      await expect(store.save("another")).rejects.toMatchObject(FULL);
      expect(await store.load()).toBe(OLD);
      // What was asked for is the least, or 16 KB.
      const successor = "n".repeat(16_000);
      await place.save(successor);
      expect(await storeIn(folder).load()).toBe(successor);
      expect(await places(folder)).toEqual([]);
    });

    test.each(FILLERS)(
      "a place cannot be kept when %s, and nothing is left of the attempt",
      async (_, fill) => {
        const folder = await mountSmallDisk(kind);
        const store = storeIn(folder);
        await store.save(OLD);
        fill(folder);
        await expect(store.prepare!(OLD.length)).rejects.toMatchObject(FULL);
        expect(await places(folder)).toEqual([]);
        expect(await store.load()).toBe(OLD);
      },
    );

    test("what a killed process had kept is given back before the next place is taken", async () => {
      const folder = await mountSmallDisk(kind);
      const { next, child } = start(folder);
      expect(await next()).toBe("kept");
      child.kill("SIGKILL");
      await once(child, "close");
      const [left] = await places(folder);
      fillBytes(folder);
      const place = await storeIn(folder).prepare!(40_000);
      expect(await places(folder)).toHaveLength(1);
      expect(await places(folder)).not.toContain(left);
      await place.save(OLD);
      expect(await storeIn(folder).load()).toBe(OLD);
    });
  });
}

test.skipIf(isWindows)(
  lacking("ulimit", "with a limit on the size of files, no place can be kept"),
  async () => {
    const folder = await createFolder();
    // 8 blocks of 512 or 1,024 bytes: the record has room, its place has not.
    const { next, child } = start(folder, 'ulimit -f 8; exec "$0" "$@"');
    expect(await next()).toMatch(/^file_unavailable .*EFBIG/);
    child.kill("SIGKILL");
    await once(child, "close");
    expect(await readdir(folder)).toEqual(["session.enc"]);
    expect(await storeIn(folder).load()).toBe("old");
  },
);

describe("a place that is kept", () => {
  test("is of the size that was asked for, at least 16 KB, private, and holds no holes", async () => {
    const folder = await createFolder();
    for (const [bytes, least] of [
      [100, 16_384],
      [50_000, 50_060],
    ] as const) {
      const place = await storeIn(folder).prepare!(bytes);
      const file = join(folder, (await places(folder))[0]!);
      const { size, mode, blocks } = await stat(file);
      expect(size).toBeGreaterThanOrEqual(least);
      if (process.platform === "linux") expect(blocks * 512).toBeGreaterThanOrEqual(least);
      if (!isWindows) expect(mode & 0o777).toBe(0o600);
      // What compresses takes no room where a disk compresses.
      expect(new Set(await readFile(file)).size).toBeGreaterThan(250);
      await place.discard();
      expect(await places(folder)).toEqual([]);
    }
  });

  test("is no loss when somebody deletes it: the save takes the usual way", async () => {
    const folder = await createFolder();
    const store = storeIn(folder);
    const place = await store.prepare!(100);
    await rm(join(folder, (await places(folder))[0]!));
    await place.save(OLD);
    expect(await store.load()).toBe(OLD);
    expect(await readdir(folder)).toEqual(["session.enc"]);
  });

  test("takes more than it was made for as long as the disk does", async () => {
    const store = storeIn(await createFolder());
    const place = await store.prepare!(100);
    await place.save("n".repeat(200_000));
    expect(await store.load()).toHaveLength(200_000);
  });

  test("is refused where a save would be: a wrong folder, a link, a record that is too large", async () => {
    const folder = await createFolder();
    await expect(storeIn(folder).prepare!(2_000_000)).rejects.toMatchObject({ code: "too_large" });
    const noSecret = createEncryptedFileStore({ file: join(folder, "session.enc"), env: {} });
    await expect(noSecret.prepare!(100)).rejects.toMatchObject({ code: "no_secret" });
    expect(await readdir(folder)).toEqual([]);
  });
});
