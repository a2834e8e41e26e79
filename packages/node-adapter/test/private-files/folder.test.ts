import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import type { PortError } from "@loopkey/core";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ensurePrivateFolder, stateFolder } from "../../src/private-files/folder.js";
import { placeOfAnother } from "../../src/private-files/whose-place.js";
import { isWindows, lacking } from "../support/platform.js";

describe("the state folder", () => {
  const linux = { platform: "linux", home: "/home/ada", env: {} } as const;

  test("is where each system keeps such things", () => {
    expect(stateFolder("Example Notes", linux)).toBe("/home/ada/.local/state/loopkey/+example +notes");
    expect(stateFolder("notes", { ...linux, env: { XDG_STATE_HOME: "/state" } })).toBe(
      "/state/loopkey/notes",
    );
    expect(stateFolder("notes", { platform: "darwin", home: "/Users/ada", env: {} })).toBe(
      "/Users/ada/Library/Application Support/loopkey/notes",
    );
    const env = { LOCALAPPDATA: String.raw`D:\Local` };
    expect(stateFolder("notes", { platform: "win32", env })).toBe(String.raw`D:\Local\loopkey\notes`);
    const home = String.raw`C:\Users\ada`;
    expect(stateFolder("notes", { platform: "win32", home, env: {} })).toBe(
      String.raw`C:\Users\ada\AppData\Local\loopkey\notes`,
    );
  });

  test("follows the environment's home, and never a relative path", () => {
    const env = { HOME: "/home/eve", XDG_STATE_HOME: "state" };
    expect(stateFolder("notes", { platform: "linux", env })).toBe("/home/eve/.local/state/loopkey/notes");
    const unset = { HOME: "", XDG_STATE_HOME: "" };
    // The account's own is asked for then, which on Windows is no path of Linux.
    if (isWindows) return;
    expect(posix.isAbsolute(stateFolder("notes", { platform: "linux", env: unset }))).toBe(true);
  });

  test("is one name below the system's folder, and another for every other app, case or no case", () => {
    const usable = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 200 })
      .filter((text) => text.trim() !== "");
    fc.assert(
      fc.property(usable, usable, (a, b) => {
        const folders = [a, b].map((name) => stateFolder(name, linux));
        for (const folder of folders)
          expect(posix.dirname(posix.normalize(folder))).toBe("/home/ada/.local/state/loopkey");
        expect(folders[0]!.toUpperCase() === folders[1]!.toUpperCase()).toBe(a === b);
      }),
    );
  });

  test("needs a name", () => {
    for (const name of ["", "  ", "\uD800"]) expect(() => stateFolder(name, linux)).toThrow(TypeError);
  });
});

describe.skipIf(isWindows)(lacking("modes", "a private folder"), () => {
  let parent: string;
  let folder: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), "loopkey-folder-"));
    folder = join(parent, "state", "Example Notes");
  });
  afterEach(async () => {
    await rm(parent, { recursive: true });
  });
  const refusal = async (path = folder): Promise<PortError> =>
    ensurePrivateFolder(path).then(
      () => expect.unreachable("the folder was taken"),
      (error: PortError) => error,
    );

  test("is created for its owner alone, with those above it, also by several at once", async () => {
    const umask = process.umask(0);
    try {
      await Promise.all([1, 2, 3, 4].map(() => ensurePrivateFolder(folder)));
    } finally {
      process.umask(umask);
    }
    for (const path of [folder, join(parent, "state")]) {
      // oxlint-disable-next-line no-await-in-loop
      expect((await stat(path)).mode & 0o777).toBe(0o700);
    }
    await ensurePrivateFolder(folder);
  });

  test.each([0o755, 0o750, 0o701, 0o770, 0o777])(
    "with mode %o is refused, and left as it is",
    async (mode) => {
      await mkdir(folder, { recursive: true });
      await chmod(folder, mode);
      const failure = await refusal();
      expect(failure.code).toBe("insecure_folder");
      expect(failure.message).toContain(`open to other users (mode 0${mode.toString(8)})`);
      expect(failure.hint).toBe(`Run: chmod 700 '${folder}'`);
      expect((await stat(folder)).mode & 0o777).toBe(mode);
      await chmod(folder, 0o700);
      await ensurePrivateFolder(folder);
    },
  );

  test("that is a link is refused, whether or not it leads somewhere", async () => {
    await mkdir(join(parent, "state"));
    await symlink(join(parent, "elsewhere"), folder);
    expect((await refusal()).code).toBe("insecure_folder");
    await mkdir(join(parent, "elsewhere"), { mode: 0o700 });
    expect((await refusal()).code).toBe("insecure_folder");
    expect(await readdir(join(parent, "elsewhere"))).toEqual([]);
  });

  test("below a link is taken: homes are often links", async () => {
    await mkdir(join(parent, "real"));
    await symlink(join(parent, "real"), join(parent, "state"));
    await ensurePrivateFolder(folder);
    expect((await stat(join(parent, "real", "Example Notes"))).isDirectory()).toBe(true);
  });

  test("that is a file, or below one, is refused with what the system said", async () => {
    await writeFile(join(parent, "state"), "");
    expect((await refusal(join(parent, "state"))).message).toBe(`${join(parent, "state")} is not a folder.`);
    const failure = await refusal();
    expect(failure.code).toBe("folder_unavailable");
    expect(failure.hint).toContain("ENOTDIR");
  });

  test.skipIf(process.getuid?.() !== 0)("of another user is refused", async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chown(folder, 12_345, 12_345);
    const failure = await refusal();
    expect(failure.code).toBe("insecure_folder");
    expect(failure.hint).toContain("12345");
  });

  test.skipIf(process.getuid?.() !== 0)("is not made by root in another account's place", async () => {
    await chown(parent, 12_345, 12_345);
    const failure = await refusal();
    expect(failure.code).toBe("insecure_folder");
    expect(failure.message).toContain(`${parent} belongs to another user`);
    expect(failure.hint).toContain("12345");
    expect(await readdir(parent)).toEqual([]);
  });

  test("is looked at as a place for root only: the system keeps everybody else out by itself", () => {
    expect(placeOfAnother(join(tmpdir(), "not-there"), 12_345)).toBeUndefined();
    expect(placeOfAnother(join(tmpdir(), "not-there"), undefined)).toBeUndefined();
  });

  test.skipIf(process.getuid?.() !== 0)(
    "is in the place of the nearest folder that is there, through links",
    async () => {
      await mkdir(join(parent, "real"));
      await chown(join(parent, "real"), 12_345, 12_345);
      await symlink(join(parent, "real"), join(parent, "link"));
      const place = { folder: join(parent, "link"), owner: 12_345 };
      expect(placeOfAnother(join(parent, "link", "a", "b"))).toEqual(place);
      await mkdir(join(parent, "real", "a"));
      expect(placeOfAnother(join(parent, "link", "a", "b"))).toBeUndefined();
    },
  );
});
