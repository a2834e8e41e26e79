// A crash between any two steps of a save, and a disk that fails at any of them: the old record or the new one, whole.
import { readdir } from "node:fs/promises";
import type * as fs from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { keep } from "../support/encrypted-file.js";

type FileSystem = typeof fs;

/** What happens to the steps after the first `left`: `dies`, and nothing happens any more; `fails`, that one only. */
const disk = vi.hoisted(() => ({
  left: Number.POSITIVE_INFINITY,
  next: "dies" as "dies" | "fails",
  errorCode: "EIO",
  /** How often the next deletions fail. */
  held: 0,
  log: [] as string[],
  died: (): void => {},
  /** A dead process has no files open; this one does. */
  buryOpenFiles: [] as (() => Promise<void>)[],
}));

vi.mock("node:fs/promises", async (importOriginal) => {
  const real = await importOriginal<FileSystem>();
  /** `half`: what a crash in the middle of the step leaves. */
  async function step<T>(name: string, act: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
    disk.log.push(name);
    if (disk.left-- > 0) return act();
    if (disk.next === "dies") {
      await half?.();
      disk.died();
      return new Promise<never>(() => {});
    }
    if (disk.left === -1) throw Object.assign(new Error(`${name} failed`), { code: disk.errorCode });
    return act();
  }
  const open = (async (path: string, flags: string | number, mode?: number) => {
    const beside = path.endsWith(".tmp") ? "temporary file" : path.endsWith(".place") ? "place" : undefined;
    const what = beside ?? (flags === "r" ? "folder" : "file");
    // Reading is no step: it changes nothing.
    if (what === "file") return real.open(path, flags, mode);
    const handle = await step(`open ${what}`, () => real.open(path, flags, mode));
    disk.buryOpenFiles.push(() => handle.close().catch(() => {}));
    return new Proxy(handle, {
      get(target, name) {
        if (name === "writeFile")
          return (bytes: Buffer) =>
            step(
              "write",
              () => target.writeFile(bytes),
              () => target.writeFile(bytes.subarray(0, bytes.length / 2)),
            );
        if (name === "write")
          return (bytes: Buffer, ...where: [number, number, number]) =>
            step(
              "write",
              () => target.write(bytes, ...where),
              () => target.write(bytes, 0, bytes.length / 2, 0),
            );
        if (name === "truncate") return (length: number) => step("truncate", () => target.truncate(length));
        if (name === "sync") return () => step(`sync ${what}`, () => target.sync());
        if (name === "close") return () => step(`close ${what}`, () => target.close());
        return Reflect.get(target, name, target) as unknown;
      },
    });
  }) as FileSystem["open"];
  const rename: FileSystem["rename"] = (from, to) => step("rename", () => real.rename(from, to));
  const rm = ((path, options) =>
    disk.held-- > 0
      ? Promise.reject(Object.assign(new Error("held"), { code: disk.errorCode }))
      : real.rm(path, options)) as FileSystem["rm"];
  return { ...real, open, rename, rm };
});

// What it does over the callbacks of node:fs, by the steps above.
vi.mock("../../src/ground/with-file.js", async () => {
  const { open } = await import("node:fs/promises");
  return {
    async withFile<T>(path: string, flags: string, use: (file: fs.FileHandle) => Promise<T>): Promise<T> {
      const file = await open(path, flags, 0o600);
      try {
        return await use(file);
      } finally {
        await file.close();
      }
    },
  };
});

const STEPS =
  "open temporary file, write, sync temporary file, close temporary file, rename, open folder, sync folder, close folder".split(
    ", ",
  );
const PREPARE_STEPS = "open place, write, sync place, open folder, sync folder, close folder".split(", ");
const PREPARED_STEPS =
  "write, truncate, sync place, close place, rename, open folder, sync folder, close folder".split(", ");
const OLD = "old ".repeat(5_000);
const NEW = "new ".repeat(16_000);

beforeEach(() =>
  Object.assign(disk, { left: Number.POSITIVE_INFINITY, next: "dies", errorCode: "EIO", log: [] }),
);

afterEach(() => Promise.all(disk.buryOpenFiles.splice(0).map((close) => close())));

test("these are the steps of a save", async () => {
  const { store } = await keep();
  await store.save(NEW);
  expect(disk.log).toEqual(STEPS);
});

describe.each([{ before: OLD }, { before: null }])("where there was $before.length", ({ before }) => {
  test.each(STEPS.map((step, count) => ({ step, count })))("a crash at: $step", async ({ step, count }) => {
    const { store, again } = await keep();
    if (before !== null) await store.save(before);
    const dead = new Promise<void>((resolve) => (disk.died = resolve));
    disk.left = count;
    void again().save(NEW);
    await dead;
    disk.left = Number.POSITIVE_INFINITY;
    const isRenamed = count > STEPS.indexOf("rename");
    expect(await again().load(), step).toBe(isRenamed ? NEW : before);
    await again().save("after the crash");
    expect(await again().load()).toBe("after the crash");
  });

  test.each(STEPS.map((step, count) => ({ step, count })))("a failure at: $step", async ({ step, count }) => {
    const { store, again, folder } = await keep();
    if (before !== null) await store.save(before);
    Object.assign(disk, { left: count, next: "fails", errorCode: "ENOSPC" });
    await expect(again().save(NEW)).rejects.toMatchObject({
      code: "file_unavailable",
      hint: "The disk is full. Free some space and try again.",
    });
    disk.left = Number.POSITIVE_INFINITY;
    const isRenamed = count > STEPS.indexOf("rename");
    expect(await again().load(), step).toBe(isRenamed ? NEW : before);
    expect(await readdir(folder)).toEqual(before === null && !isRenamed ? [] : ["session.enc"]);
  });
});

test("these are the steps of a save through a place that is kept", async () => {
  const { store } = await keep();
  const place = await store.prepare!(NEW.length);
  await place.save(NEW);
  expect(disk.log).toEqual([...PREPARE_STEPS, ...PREPARED_STEPS]);
});

describe("through a place that is kept", () => {
  const ALL = [...PREPARE_STEPS, ...PREPARED_STEPS].map((step, count) => ({ step, count }));

  test.each(ALL)("a crash at: $step ($count)", async ({ step, count }) => {
    const { store, again, folder } = await keep();
    await store.save(OLD);
    const dead = new Promise<void>((resolve) => (disk.died = resolve));
    disk.left = count;
    void again().prepare!(NEW.length).then((place) => place.save(NEW));
    await dead;
    disk.left = Number.POSITIVE_INFINITY;
    const isRenamed = count > PREPARE_STEPS.length + PREPARED_STEPS.indexOf("rename");
    expect(await again().load(), step).toBe(isRenamed ? NEW : OLD);
    const place = await again().prepare!(NEW.length);
    await place.save("after the crash");
    expect(await again().load()).toBe("after the crash");
    expect(await readdir(folder)).toEqual(["session.enc"]);
  });

  test.each(PREPARE_STEPS.map((step, count) => ({ step, count })))(
    "a failure to keep one at: $step",
    async ({ count }) => {
      const { store, again, folder } = await keep();
      await store.save(OLD);
      Object.assign(disk, { left: count, next: "fails", errorCode: "ENOSPC" });
      await expect(again().prepare!(NEW.length)).rejects.toMatchObject({ code: "file_unavailable" });
      expect(await again().load()).toBe(OLD);
      expect(await readdir(folder)).toEqual(["session.enc"]);
    },
  );

  const BEFORE_RENAMED = PREPARED_STEPS.slice(0, PREPARED_STEPS.indexOf("rename") + 1);
  test.each(BEFORE_RENAMED.map((step, count) => ({ step, count })))(
    "a failure at: $step, after which the usual way is taken",
    async ({ count }) => {
      const { store, again, folder } = await keep();
      await store.save(OLD);
      const place = await again().prepare!(NEW.length);
      Object.assign(disk, { left: count, next: "fails", errorCode: "EIO" });
      await place.save(NEW);
      expect(await again().load()).toBe(NEW);
      expect(await readdir(folder)).toEqual(["session.enc"]);
    },
  );
});

test("on Windows a rename that a scanner holds up is tried again, and no folder is synced", async () => {
  const { again } = await keep();
  Object.assign(disk, { left: STEPS.indexOf("rename"), next: "fails", errorCode: "EBUSY" });
  await again({ platform: "win32" }).save(NEW);
  expect(disk.log).toEqual([...STEPS.slice(0, 5), "rename"]);
  expect(await again().load()).toBe(NEW);
});

test.each(["EBUSY", "EPERM", "EACCES"])(
  "on Windows a sign-out that a scanner holds up (%s) is tried again, and elsewhere it is told of",
  async (errorCode) => {
    const { again } = await keep();
    await again().save(OLD);
    Object.assign(disk, { held: 1, errorCode });
    await expect(again({ platform: "linux" }).clear()).rejects.toMatchObject({ code: "file_unavailable" });
    Object.assign(disk, { held: 3, errorCode });
    await again({ platform: "win32" }).clear();
    expect(await again().load()).toBeNull();
  },
);
