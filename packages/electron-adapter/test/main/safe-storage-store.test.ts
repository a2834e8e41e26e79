import { spawnSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SessionStore, WithLock } from "@loopkey/core";
import { createFakeLock, storeContract } from "@loopkey/core/testing";
import { createRefusingStore } from "@loopkey/node-adapter";
import { createMemoryStore } from "@loopkey/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createSafeStorageStore } from "../../src/main/inside/safe-storage-store.js";
import { createElectronDouble, type ElectronDouble } from "../../src/testing/index.js";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "loopkey-safe-"));
  for (const name of ["XDG_STATE_HOME", "LOCALAPPDATA", "HOME"]) vi.stubEnv(name, home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const folder = (): string => join(home, "loopkey", "notes");
const file = (): string => join(folder(), "session-default.safe-storage");

interface Setting {
  readonly store: SessionStore;
  readonly double: ElectronDouble;
}

function create(platform: NodeJS.Platform = "linux", withLock: WithLock = createFakeLock()): Setting {
  const double = createElectronDouble({ appName: "Notes" });
  return { double, store: storeOf(double, platform, withLock) };
}

function storeOf(
  double: ElectronDouble,
  platform: NodeJS.Platform = "linux",
  withLock: WithLock = createFakeLock(),
): SessionStore {
  return createSafeStorageStore({ electron: double.main, appName: "notes", withLock, platform });
}

/** Electron before 45: the synchronous calls alone. */
function withoutAsync({ main }: ElectronDouble): ElectronDouble["main"] {
  const { safeStorage } = main;
  const older = {
    isEncryptionAvailable: () => safeStorage.isEncryptionAvailable(),
    encryptString: (text: string) => safeStorage.encryptString(text),
    decryptString: (bytes: Buffer) => safeStorage.decryptString(bytes),
  };
  return { ...main, safeStorage: older as unknown as ElectronDouble["main"]["safeStorage"] };
}

describe("it is a store like any other", () => {
  for (const promise of storeContract(() => create().store)) test(promise.name, () => promise.run());
  for (const promise of storeContract(() =>
    createSafeStorageStore({
      electron: withoutAsync(createElectronDouble()),
      appName: "notes",
      withLock: createFakeLock(),
    }),
  ))
    test(`with the synchronous calls alone: ${promise.name}`, () => promise.run());
});

test("the record is in a file of mode 0600 that does not show it, and the asynchronous calls are used", async () => {
  const { store, double } = create();
  await store.save("the refresh token");
  expect(readFileSync(file(), "utf8")).not.toContain("refresh token");
  if (process.platform !== "win32") expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(await readdir(folder())).toEqual(["session-default.safe-storage"]);
  expect(double.main.safeStorage.calls.synchronous).toBe(0);
  expect(double.main.safeStorage.calls.asynchronous).toBeGreaterThan(0);
});

/** Until there is no page left. */
function fill(path: string): void {
  const filler = openSync(path, "a");
  expect(() => {
    for (;;) writeSync(filler, Buffer.alloc(4_096));
  }).toThrow("ENOSPC");
  closeSync(filler);
}

describe("a place that is kept for the next record", () => {
  test("is on the disk already, of what such a record takes, and is the file afterwards", async () => {
    const { store } = create();
    await store.save("before");
    const record = JSON.stringify({ token: '"'.repeat(12_000) });
    const place = await store.prepare!(record.length);
    const [kept] = (await readdir(folder())).filter((name) => name.endsWith(".place"));
    const { size, ino } = statSync(join(folder(), kept!));
    // Open, its number is given to no other file.
    const opened = openSync(join(folder(), kept!), "r");
    expect(await store.load()).toBe("before");
    await place.save(record);
    expect(await store.load()).toBe(record);
    expect(statSync(file()).ino).toBe(ino);
    closeSync(opened);
    expect(statSync(file()).size).toBeLessThanOrEqual(size);
    expect(await readdir(folder())).toEqual(["session-default.safe-storage"]);
  });

  test("is given up, and the record before stays", async () => {
    const { store } = create();
    await store.save("before");
    await (await store.prepare!(100)).discard();
    expect(await readdir(folder())).toEqual(["session-default.safe-storage"]);
    expect(await store.load()).toBe("before");
  });

  test("is not to be had without the key: nothing is spent for a record that cannot be encrypted", async () => {
    const { store, double } = create();
    await store.save("before");
    double.main.safeStorage.isAvailable = false;
    await expect(store.prepare!(100)).rejects.toMatchObject({ hint: expect.any(String) });
    expect(await readdir(folder())).toEqual(["session-default.safe-storage"]);
  });

  test.each([
    ["none", "not_encrypted", "basic_text"],
    ["another one", "other_key", "kwallet6"],
  ] as const)(
    "the key is looked at again by the save: %s by then, and the record before stays",
    async (_, code, backend) => {
      const { store, double } = create();
      await store.save("before");
      const place = await store.prepare!(100);
      double.main.safeStorage.backend = backend;
      await expect(place.save("after")).rejects.toMatchObject({ code });
      await place.discard();
      expect(await readdir(folder())).toEqual(["session-default.safe-storage"]);
      double.main.safeStorage.backend = "gnome_libsecret";
      expect(await store.load()).toBe("before");
    },
  );

  test("is enough where the disk is full by then (needs root on Linux, and mount)", async (context) => {
    const disk = join(home, "loopkey");
    mkdirSync(disk, { mode: 0o700 });
    const options = ["-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", disk];
    context.skip(
      process.platform !== "linux" || spawnSync("mount", options).status !== 0,
      "a disk cannot be mounted here: run the tests as root on Linux",
    );
    try {
      const { store } = create();
      await store.save("before");
      const place = await store.prepare!(1_000);
      fill(join(disk, "filler"));
      await expect(store.save("without a place")).rejects.toMatchObject({
        code: "file_unavailable",
        message: expect.stringContaining("ENOSPC"),
      });
      await place.save("after");
      expect(await store.load()).toBe("after");
      // Where none can be kept the record that is there stays.
      fill(join(disk, "filler"));
      await expect(store.prepare!(1_000)).rejects.toMatchObject({
        code: "file_unavailable",
        message: expect.stringContaining("ENOSPC"),
      });
      expect(await store.load()).toBe("after");
    } finally {
      spawnSync("umount", ["--lazy", disk]);
    }
  });
});

test("a file that was put in the place of another profile's is refused, and left alone", async () => {
  const double = createElectronDouble({ appName: "Notes" });
  const storeFor = (profile: string): SessionStore =>
    createSafeStorageStore({
      electron: double.main,
      appName: "notes",
      profile,
      withLock: createFakeLock(),
      platform: "linux",
    });
  const fileOf = (profile: string): string => join(folder(), `session-${profile}.safe-storage`);
  await storeFor("home").save("that of home");
  await storeFor("work").save("that of work");
  const swapped = readFileSync(fileOf("home"));
  writeFileSync(fileOf("work"), swapped);
  const failure = { code: "other_session", message: expect.stringContaining('"home"') };
  await expect(storeFor("work").load()).rejects.toMatchObject(failure);
  await expect(storeFor("work").probe()).rejects.toMatchObject(failure);
  expect(readFileSync(fileOf("work"))).toEqual(swapped);
  expect(await storeFor("home").load()).toBe("that of home");
});

test("nor does one open that another app's key has written, where both have the same", async () => {
  const double = createElectronDouble({ appName: "Notes" });
  const storeFor = (appName: string): SessionStore =>
    createSafeStorageStore({ electron: double.main, appName, withLock: createFakeLock(), platform: "linux" });
  const fileOf = (appName: string): string => join(home, "loopkey", appName, "session-default.safe-storage");
  await storeFor("letters").save("that of letters");
  await storeFor("notes").save("that of notes");
  writeFileSync(fileOf("notes"), readFileSync(fileOf("letters")));
  await expect(storeFor("notes").load()).rejects.toMatchObject({
    code: "other_session",
    message: expect.stringContaining('"letters"'),
  });
});

test("before the app is ready a call waits for it", async () => {
  const double = createElectronDouble({ ready: false });
  const loaded = storeOf(double).load();
  await new Promise((resolve) => setImmediate(resolve));
  expect(double.main.safeStorage.calls.asynchronous).toBe(0);
  double.main.app.becomeReady();
  expect(await loaded).toBeNull();
});

describe("a key that is none", () => {
  test.each(["load", "save", "probe"] as const)(
    "basic_text is refused by %s, and nothing is written",
    async (call) => {
      const { store, double } = create();
      double.main.safeStorage.backend = "basic_text";
      const refused = { code: "not_encrypted", hint: expect.stringContaining("--password-store") };
      await expect(store[call]("record")).rejects.toMatchObject(refused);
      await expect(readdir(folder())).rejects.toMatchObject({ code: "ENOENT" });
    },
  );

  test("basic_text is refused by its name, whatever it writes", async () => {
    const { store, double } = create();
    double.main.safeStorage.getSelectedStorageBackend = () => "basic_text";
    await expect(store.save("record")).rejects.toMatchObject({ code: "not_encrypted" });
  });

  test("what begins with v10 is refused though the backend has another name", async () => {
    const { store, double } = create();
    double.main.safeStorage.backend = "basic_text";
    double.main.safeStorage.getSelectedStorageBackend = () => "gnome_libsecret";
    await expect(store.save("record")).rejects.toMatchObject({ code: "not_encrypted" });
  });

  test("a file in it that names the system's keyring is not read, though Electron would open it", async () => {
    const { store, double } = create();
    await store.save("record");
    const { safeStorage } = double.main;
    safeStorage.backend = "basic_text";
    const forged = [safeStorage.encryptString("the attacker's"), Buffer.from("the attacker's")];
    safeStorage.backend = "gnome_libsecret";
    // As Chromium on Linux, which opens both kinds, and takes what has no mark as it is (os_crypt_linux.cc).
    const decrypt = safeStorage.decryptStringAsync.bind(safeStorage);
    safeStorage.decryptStringAsync = async (bytes) => {
      const mark = bytes.subarray(0, 3).toString();
      if (!mark.startsWith("v1")) return { result: bytes.toString(), shouldReEncrypt: false };
      safeStorage.backend = mark === "v10" ? "basic_text" : "gnome_libsecret";
      return decrypt(bytes).finally(() => (safeStorage.backend = "gnome_libsecret"));
    };
    const own = JSON.parse(readFileSync(file(), "utf8")) as object;
    for (const bytes of forged) {
      writeFileSync(file(), JSON.stringify({ ...own, data: bytes.toString("base64") }));
      // oxlint-disable-next-line no-await-in-loop
      await expect(store.load()).rejects.toMatchObject({ code: "not_encrypted" });
    }
    await expect(store.probe()).rejects.toMatchObject({ code: "not_encrypted" });
  });

  test.each(["darwin", "win32"] as const)("on %s v10 is the mark of the real one", async (platform) => {
    const { store, double } = create(platform);
    double.main.safeStorage.backend = "basic_text";
    await store.save("record");
    expect(await store.load()).toBe("record");
  });

  test("a keyring that is locked is told of, and a sign-out needs no key", async () => {
    const { store, double } = create();
    await store.save("record");
    double.main.safeStorage.isAvailable = false;
    await expect(store.load()).rejects.toMatchObject({
      code: "safe_storage_unavailable",
      hint: expect.any(String),
    });
    await store.clear();
    double.main.safeStorage.isAvailable = true;
    expect(await store.load()).toBeNull();
  });
});

describe("a key that is another one", () => {
  const changes = [
    ["a renamed app", "Notes", ({ main }: ElectronDouble) => main.app.setName("Better Notes")],
    [
      "another backend",
      "gnome_libsecret",
      ({ main }: ElectronDouble) => void (main.safeStorage.backend = "kwallet6"),
    ],
  ] as const;

  test.each(changes)(
    "%s: everything is refused with a sentence, and the file stays as it is",
    async (_, before, change) => {
      const { store, double } = create();
      await store.save("record");
      const bytes = readFileSync(file());
      change(double);
      const refused = {
        code: "other_key",
        message: expect.stringContaining(before),
        hint: expect.any(String),
      };
      await expect(store.load()).rejects.toMatchObject(refused);
      await expect(store.save("other")).rejects.toMatchObject(refused);
      await expect(store.probe()).rejects.toMatchObject(refused);
      // Before a refresh token is spent for a record that could not be saved.
      await expect(store.prepare!(100)).rejects.toMatchObject(refused);
      expect(readFileSync(file()).equals(bytes)).toBe(true);
      expect(await readdir(folder())).toEqual(["session-default.safe-storage"]);
    },
  );

  test("a file that does not open, or is none, is told of and stays", async () => {
    const { store } = create();
    await store.save("record");
    const sealed = JSON.parse(readFileSync(file(), "utf8")) as Record<string, unknown>;
    writeFileSync(file(), JSON.stringify({ ...sealed, data: "djExAAAA" }));
    await expect(store.load()).rejects.toMatchObject({ code: "wrong_key_or_damaged" });
    for (const text of ["", "{}", "null", JSON.stringify({ ...sealed, v: 2 })]) {
      writeFileSync(file(), text);
      // oxlint-disable-next-line no-await-in-loop
      await expect(store.load()).rejects.toMatchObject({ code: "unknown_format" });
      // oxlint-disable-next-line no-await-in-loop
      await expect(store.save("other")).rejects.toMatchObject({ code: "unknown_format" });
    }
  });
});

describe("a key that the system has renewed", () => {
  test("has the record written anew, under the lock", async () => {
    const lock = createFakeLock();
    const locked: string[] = [];
    const { store, double } = create("linux", async (task, options) =>
      lock(async (held) => {
        locked.push("begun");
        const result = await task(held);
        locked.push("done");
        return result;
      }, options),
    );
    await store.save("record");
    const before = readFileSync(file());
    double.main.safeStorage.shouldReEncrypt = true;
    expect(await store.load()).toBe("record");
    await expect.poll(() => locked).toEqual(["begun", "done"]);
    expect(readFileSync(file()).equals(before)).toBe(false);
    double.main.safeStorage.shouldReEncrypt = false;
    expect(await store.load()).toBe("record");
    expect(locked).toHaveLength(2);
  });

  test("does not bring back what was saved or cleared meanwhile", async () => {
    const lock = createFakeLock();
    const { store, double } = create("linux", lock);
    await store.save("old");
    double.main.safeStorage.shouldReEncrypt = true;
    const { signal } = new AbortController();
    let renewed: Promise<void> | undefined;
    await lock(
      async () => {
        expect(await store.load()).toBe("old");
        renewed = lock(async () => {}, { signal });
        await store.save("new");
      },
      { signal },
    );
    await renewed;
    expect(await store.load()).toBe("new");
    await lock(async () => store.clear(), { signal });
    await lock(async () => {}, { signal });
    expect(await store.load()).toBeNull();
  });
});

test("other stores of the app and profile say where the session is", async () => {
  await create().store.save("record");
  const env = { XDG_STATE_HOME: home, LOCALAPPDATA: home, HOME: home };
  const other = createRefusingStore(createMemoryStore(), { appName: "notes", env });
  await expect(other.load()).rejects.toMatchObject({
    code: "kept_by_app",
    message: expect.stringContaining("session-default.safe-storage"),
  });
});
