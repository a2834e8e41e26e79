import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { storeContract } from "@loopkey/core/testing";
import { describe, expect, test, vi } from "vitest";
import { createEncryptedFileStore } from "../../src/encrypted-file/store.js";
import type { SecretSource } from "../../src/passphrase/secret.js";
import { createFolder, keep, KEY, RECORD, withKey, withPassphrase } from "../support/encrypted-file.js";
import { isWindows, lacking, stateIn } from "../support/platform.js";
import { processorMs } from "../support/processor-time.js";

const isRoot = process.geteuid?.() === 0;

describe.each([
  { under: "a key", secret: withKey as SecretSource },
  { under: "a passphrase", secret: withPassphrase as SecretSource },
])("under $under it keeps the promises of a store", { timeout: 30_000 }, ({ secret }) => {
  for (const promise of storeContract(async () => (await keep({ secret })).store)) {
    test(promise.name, () => promise.run());
  }
});

test("says what it is, and touches and asks nothing before the first call", async () => {
  const secret = vi.fn(withKey);
  const { store, folder } = await keep({ secret });
  expect(store.info).toEqual({ kind: "encrypted-file", persistent: true });
  expect(await store.load()).toBeNull();
  await store.clear();
  expect(await store.quarantine()).toBeNull();
  expect(secret).not.toHaveBeenCalled();
  expect(await readdir(folder)).toEqual([]);
});

test("with an app's name the file is the profile's, in its state folder, for nobody else", async () => {
  const home = await createFolder();
  const env = stateIn(home);
  const options = { appName: "Example Notes", env, secret: withKey };
  await createEncryptedFileStore(options).save("one");
  await createEncryptedFileStore({ ...options, profile: "work" }).save("two");
  const folder = join(home, "loopkey", "+example +notes");
  if (process.platform !== "darwin")
    expect((await readdir(folder)).toSorted()).toEqual(["session-default.enc", "session-work.enc"]);
  expect(await createEncryptedFileStore(options).load()).toBe("one");
  if (process.platform !== "linux") return;
  expect((await lstat(folder)).mode & 0o777).toBe(0o700);
  expect((await lstat(join(folder, "session-work.enc"))).mode & 0o777).toBe(0o600);
});

describe("what is on disk", () => {
  test("holds nothing of the record, and is another one after each save", async () => {
    const { store, bytes } = await keep({ secret: withPassphrase });
    await store.save(RECORD);
    const first = await bytes();
    await store.save(RECORD);
    const second = await bytes();
    for (const text of ["refreshToken", "refresh-token-of-the-test", '{"v"', "correct horse"])
      expect(first.toString("latin1")).not.toContain(text);
    expect(first.subarray(0, 32)).toEqual(second.subarray(0, 32));
    // Nonce and ciphertext: the same of either, with the same key, would give the record away.
    expect(first.subarray(32, 44)).not.toEqual(second.subarray(32, 44));
    expect(first.subarray(44, 60)).not.toEqual(second.subarray(44, 60));
    expect([...first.subarray(0, 16)]).toEqual([...Buffer.from("LOOPKEY\0"), 1, 1, 16, 8, 2, 0, 0, 0]);
  });

  test("three hundred saves have as many nonces", async () => {
    const { store, bytes } = await keep();
    const nonces = new Set<string>();
    for (let n = 0; n < 300; n++) {
      await store.save("record");
      nonces.add((await bytes()).subarray(32, 44).toString("hex"));
    }
    expect(nonces.size).toBe(300);
  }, 30_000);

  test("is asked for and derived once for any number of calls", async () => {
    const secret = vi.fn(withPassphrase);
    const { store } = await keep({ secret });
    await store.save("first");
    const spent = await processorMs(async () => {
      for (let n = 0; n < 20; n++) {
        await store.save(`record ${n}`);
        await store.load();
      }
    });
    // Forty times scrypt would be ten seconds and more.
    expect(spent).toBeLessThan(3_000);
    expect(secret).toHaveBeenCalledTimes(1);
  }, 10_000);

  test("leftovers of a crash are deleted by a later save, other files are not", async () => {
    const { store, file, folder } = await keep();
    const uuid = "01234567-89ab-cdef-0123-456789abcdef";
    const names = [
      `${file}.${uuid}.tmp`,
      `${file}.${uuid.replace("0", "f")}.tmp`,
      `${file}.mine.tmp`,
      join(folder, "x.tmp"),
    ];
    await Promise.all(names.map((name) => writeFile(name, "half")));
    // The second is new: another process may be writing it.
    const longAgo = new Date(Date.now() - 700_000);
    await Promise.all([0, 2, 3].map((n) => utimes(names[n]!, longAgo, longAgo)));
    await store.save("record");
    expect((await readdir(folder)).map((name) => join(folder, name)).toSorted()).toEqual(
      [file, ...names.slice(1)].toSorted(),
    );
  });

  test("a record that is set aside is the file itself, under another name", async () => {
    const { store, again, file } = await keep();
    await store.save(RECORD);
    expect(await store.quarantine()).toBe(`${file}.damaged`);
    await rename(`${file}.damaged`, file);
    expect(await again().load()).toBe(RECORD);
  });

  test("more than 1 MiB is refused", async () => {
    const { store } = await keep();
    await expect(store.save("x".repeat(1_048_577))).rejects.toMatchObject({ code: "too_large" });
    expect(await store.load()).toBeNull();
  });
});

describe("another passphrase or key", () => {
  test.each([
    {
      what: "passphrase",
      wrote: withPassphrase,
      reads: async () => ({ passphrase: "correct horse battery stapler" }),
    },
    { what: "key", wrote: withKey, reads: async () => ({ key: KEY.toReversed() }) },
    { what: "kind: a key", wrote: withPassphrase, reads: withKey },
    { what: "kind: a passphrase", wrote: withKey, reads: withPassphrase },
  ])(
    "$what: no call reads or replaces the file, which stays",
    async ({ wrote, reads }) => {
      const { store, again, bytes } = await keep({ secret: wrote });
      await store.save(RECORD);
      const before = await bytes();
      const other = again({ secret: reads });
      await expect(other.load()).rejects.toMatchObject({
        code: "wrong_key_or_damaged",
        hint: expect.any(String),
      });
      await expect(other.probe()).rejects.toMatchObject({ code: "wrong_key_or_damaged" });
      expect(await bytes()).toEqual(before);
      expect(await again().load()).toBe(RECORD);
    },
    10_000,
  );

  test("the person is asked again, and then it opens", async () => {
    const { store, again } = await keep({ secret: withPassphrase });
    await store.save(RECORD);
    const answers = ["typo", "correct horse battery staple"];
    const secret = vi.fn(async () => ({ passphrase: answers.shift()! }));
    const asking = again({ secret });
    await expect(asking.load()).rejects.toThrow(
      "the passphrase or key is another one, or the file is damaged",
    );
    expect(await asking.load()).toBe(RECORD);
    expect(secret).toHaveBeenCalledTimes(2);
  }, 10_000);

  test("the same words are the same, however they are encoded", async () => {
    const { store, again } = await keep({ secret: async () => ({ passphrase: "caf\u00e9" }) });
    await store.save(RECORD);
    expect(await again({ secret: async () => ({ passphrase: "cafe\u0301" }) }).load()).toBe(RECORD);
  }, 10_000);

  test("signing out and setting aside need none", async () => {
    const { store, again, folder } = await keep();
    await store.save(RECORD);
    const secret = () => Promise.reject(new Error("not asked"));
    expect(await again({ secret }).quarantine()).toMatch(/\.damaged$/);
    await store.save(RECORD);
    await again({ secret }).clear();
    expect(await readdir(folder)).toEqual(["session.enc.damaged"]);
  });

  test.each([
    ["an empty passphrase", async () => ({ passphrase: "" }), "The passphrase is empty"],
    ["a short key", async () => ({ key: KEY.subarray(1) }), "not 32 bytes"],
    ["a key that is text", async () => ({ key: "x".repeat(32) as unknown as Uint8Array }), "not 32 bytes"],
    ["a prompt that was closed", () => Promise.reject(new Error("closed")), "was not given"],
  ] satisfies [string, SecretSource, string][])(
    "%s is refused before anything is written",
    async (_, secret, says) => {
      const { store, folder } = await keep({ secret });
      const refused = {
        code: "secret_unusable",
        message: expect.stringContaining(says),
        hint: expect.any(String),
      };
      await expect(store.probe()).rejects.toMatchObject(refused);
      await expect(store.save(RECORD)).rejects.toMatchObject(refused);
      expect(await readdir(folder)).toEqual([]);
    },
  );
});

describe.skipIf(isWindows)(
  lacking("modes", "refuses what others could read or change, in every call that reads or writes"),
  () => {
    const calls = ["load", "save", "probe"] as const;

    async function expectRefusal(file: string, code: string, says: RegExp): Promise<void> {
      for (const call of calls) {
        const store = createEncryptedFileStore({ file, secret: withKey });
        await expect(store[call](RECORD), call).rejects.toMatchObject({
          code,
          message: expect.stringMatching(says),
          hint: expect.any(String),
        });
      }
    }

    test.each([0o644, 0o640, 0o604, 0o660, 0o602])("a file of mode %o", async (mode) => {
      const { store, file, bytes } = await keep();
      await store.save(RECORD);
      const before = await bytes();
      await chmod(file, mode);
      await expectRefusal(
        file,
        "insecure_file",
        new RegExp(`open to other users \\(mode 0${mode.toString(8)}\\)`),
      );
      expect(await bytes()).toEqual(before);
    });

    test.each([0o755, 0o750, 0o701, 0o770])("a folder of mode %o", async (mode) => {
      const { store, file, folder } = await keep();
      await store.save(RECORD);
      await chmod(folder, mode);
      await expectRefusal(file, "insecure_folder", /open to other users/);
    });

    test.runIf(isRoot)("a file of another user", async () => {
      const { store, file } = await keep();
      await store.save(RECORD);
      await chown(file, 12_345, 0);
      await expectRefusal(file, "insecure_file", /belongs to another user/);
    });

    test.runIf(isRoot)("a folder of another user", async () => {
      const { store, file, folder } = await keep();
      await store.save(RECORD);
      await chown(folder, 12_345, 0);
      await expectRefusal(file, "insecure_folder", /belongs to another user/);
    });

    test("a link, also a broken one, and what it leads to stays", async () => {
      const { store, file, folder } = await keep();
      await store.save(RECORD);
      await rename(file, join(folder, "elsewhere"));
      await symlink("elsewhere", file);
      await expectRefusal(file, "insecure_file", /is a link/);
      const broken = join(folder, "broken");
      await symlink("nowhere", broken);
      await expectRefusal(broken, "insecure_file", /is a link/);
      await createEncryptedFileStore({ file }).clear();
      expect((await readFile(join(folder, "elsewhere"))).length).toBeGreaterThan(60);
    });

    test("a folder that is a link", async () => {
      const { folder } = await keep();
      await mkdir(join(folder, "real"), { mode: 0o700 });
      await symlink("real", join(folder, "link"));
      const store = createEncryptedFileStore({ file: join(folder, "link", "session.enc"), secret: withKey });
      await expect(store.save(RECORD)).rejects.toMatchObject({ code: "insecure_folder" });
      expect(await readdir(join(folder, "real"))).toEqual([]);
    });

    test("a folder in the file's place", async () => {
      const { file } = await keep();
      await mkdir(file, { mode: 0o700 });
      await expectRefusal(file, "insecure_file", /is not a plain file/);
    });

    test("on Windows, which has no modes, none of it is asked", async () => {
      const { store, file, again } = await keep();
      await store.save(RECORD);
      await chmod(file, 0o644);
      expect(await again({ platform: "win32" }).load()).toBe(RECORD);
    });
  },
);

test("a folder that cannot be is said, and nothing of the secret with it", async () => {
  const { file } = await keep();
  await writeFile(file, "a file");
  const secret = withPassphrase;
  const error = await createEncryptedFileStore({ file: join(file, "session.enc"), secret })
    .save(RECORD)
    .catch(inspect);
  expect(error).toMatch(/folder_unavailable|file_unavailable/);
  expect(error).not.toMatch(/correct horse|refresh-token/);
});

test("a secret that never comes ends the call in time", async () => {
  const { store } = await keep({ secret: () => new Promise(() => {}), timeoutMs: 30 });
  await expect(store.save(RECORD)).rejects.toMatchObject({ code: "timed_out", hint: expect.any(String) });
});

test.each([
  [{ file: "" }, "file is empty"],
  [{ appName: " " }, "appName is empty"],
  [{ appName: "x", profile: "a/b" }, "Write 1 to 64"],
  [{ file: "x", timeoutMs: 0 }, "Write milliseconds"],
])("says what to write instead of %j", (options, says) => {
  const create = () => createEncryptedFileStore({ secret: withKey, ...options });
  expect(create).toThrow(TypeError);
  expect(create).toThrow(says);
});
