import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PortError, SessionStore } from "@loopkey/core";
import { storeContract } from "@loopkey/core/testing";
import { describe, expect, test, vi } from "vitest";
import type { KeyringStore } from "../../src/keyring/store.js";
import { createAutoStore, type AutoStoreOptions } from "../../src/auto-store/store.js";
import { createEncryptedFileStore } from "../../src/encrypted-file/store.js";
import type { SecretSource } from "../../src/passphrase/secret.js";
import { stateFolder } from "../../src/private-files/folder.js";
import { createFolder, KEY, RECORD, withKey } from "../support/encrypted-file.js";
import { stateIn } from "../support/platform.js";

const APP = "notes";

/** A keyring in memory that can be taken away. */
function createFakeKeyring() {
  const failure = Object.assign(new Error("There is no keyring."), { code: "no_dbus", hint: "Install one." });
  const state = {
    record: null as string | null,
    fails: undefined as PortError | undefined,
    calls: [] as string[],
  };
  async function call<T>(name: string, act: () => T): Promise<T> {
    state.calls.push(name);
    await new Promise((resolve) => setImmediate(resolve));
    if (state.fails) throw state.fails;
    return act();
  }
  const store: KeyringStore = {
    info: { kind: "keyring", persistent: true },
    load: ({ quietly = false, isUnexpected = false } = {}) => {
      const how = [quietly && "quiet ", isUnexpected && "unexpected "].filter(Boolean).join("");
      return call(`${how}load`, () => state.record);
    },
    save: (text) => call("save", () => void (state.record = text)),
    clear: () => call("clear", () => void (state.record = null)),
    quarantine: () =>
      call("quarantine", () => {
        const had = state.record !== null;
        state.record = null;
        return had ? "aside" : null;
      }),
    probe: () => call("probe", () => {}),
  };
  return {
    store,
    state,
    failure,
    breaks: () => (state.fails = failure),
    works: () => (state.fails = undefined),
  };
}

async function machine() {
  const home = await createFolder();
  const env = process.platform === "darwin" ? { HOME: home } : stateIn(home);
  const keyring = createFakeKeyring();
  /** What another process of the app would have. */
  const start = (options: Partial<AutoStoreOptions> = {}): SessionStore =>
    createAutoStore({ appName: APP, env, keyring: keyring.store, ...options });
  const file = createEncryptedFileStore({ appName: APP, env, secret: withKey });
  const folder = stateFolder(APP, { env });
  const files = () =>
    readdir(folder)
      .then((names) => names.toSorted())
      .catch(() => []);
  return { start, keyring, file, folder, env, files };
}

const kindOf = (store: SessionStore): string => store.info.kind;

describe.each(["with", "without"])("%s a keyring it keeps the promises of a store", (which) => {
  const create = async () => {
    const { start, keyring } = await machine();
    if (which === "without") keyring.breaks();
    return start({ secret: withKey });
  };
  for (const promise of storeContract(create)) test(promise.name, () => promise.run());
});

test("the keyring need not prove that it has no record where none was put: a status writes nothing", async () => {
  const { start, keyring } = await machine();
  expect(await start().load()).toBe(null);
  const store = start();
  await store.save(RECORD);
  await store.clear();
  keyring.state.calls.length = 0;
  expect(await store.load()).toBe(null);
  expect(await start().load()).toBe(null);
  expect(keyring.state.calls).toEqual(["unexpected load", "unexpected load"]);
  await store.save(RECORD);
  keyring.state.calls.length = 0;
  await start().load();
  expect(keyring.state.calls).toEqual(["load"]);
});

describe("the choice", () => {
  const both = ["keyring", "encrypted-file"] as const;
  test.each<{ record: "nowhere" | (typeof both)[number]; keyring: boolean; secret: boolean; chosen: string }>(
    [
      { record: "nowhere", keyring: true, secret: true, chosen: "keyring" },
      { record: "nowhere", keyring: true, secret: false, chosen: "keyring" },
      { record: "nowhere", keyring: false, secret: true, chosen: "encrypted-file" },
      { record: "nowhere", keyring: false, secret: false, chosen: "no_dbus" },
      { record: "keyring", keyring: true, secret: true, chosen: "keyring" },
      { record: "keyring", keyring: true, secret: false, chosen: "keyring" },
      // It is there, and cannot be seen: an empty file beside it would be a second session.
      { record: "keyring", keyring: false, secret: true, chosen: "no_dbus" },
      { record: "keyring", keyring: false, secret: false, chosen: "no_dbus" },
      { record: "encrypted-file", keyring: true, secret: true, chosen: "encrypted-file" },
      { record: "encrypted-file", keyring: true, secret: false, chosen: "no_secret" },
      { record: "encrypted-file", keyring: false, secret: true, chosen: "encrypted-file" },
      { record: "encrypted-file", keyring: false, secret: false, chosen: "no_secret" },
    ],
  )("record: $record, keyring works: $keyring, secret: $secret: $chosen", async (row) => {
    const { start, keyring } = await machine();
    if (row.record !== "nowhere") {
      if (row.record === "encrypted-file") keyring.breaks();
      await start({ secret: withKey }).save(RECORD);
      keyring.works();
    }
    if (!row.keyring) keyring.breaks();

    const options = row.secret ? { secret: withKey } : {};
    for (const call of ["load", "probe"] as const) {
      const store = start(options);
      expect(store.info).toEqual({ kind: "auto", persistent: true });
      const outcome = await store[call]().catch((error: PortError) => error);
      if (outcome instanceof Error) expect(outcome.code).toBe(row.chosen);
      else {
        expect(store.info).toEqual({ kind: row.chosen, persistent: true });
        if (call === "load") expect(outcome).toBe(row.record === "nowhere" ? null : RECORD);
      }
    }
    // One that is saved is where the state says, and found by the next run; never two.
    const store = start(options);
    const saved = await store.save("new").catch((error: PortError) => error);
    if (saved instanceof Error) return expect(saved.code).toBe(row.chosen);
    expect(kindOf(store)).toBe(row.chosen);
    expect(keyring.state.record).toBe(row.chosen === "keyring" ? "new" : null);
    const next = start(options);
    expect([await next.load(), kindOf(next)]).toEqual(["new", row.chosen]);
  });

  test("what is loaded quietly is asked for quietly, before a choice and after", async () => {
    const { start, keyring } = await machine();
    const store = start();
    for (let n = 0; n < 2; n++)
      // oxlint-disable-next-line no-await-in-loop
      expect(await store.load({ quietly: true })).toBe(null);
    expect(keyring.state.calls).toEqual(["quiet unexpected load", "quiet unexpected load"]);
  });

  test("without any store, it says what to install, what to set and what to ask for", async () => {
    const { start, keyring, files } = await machine();
    keyring.breaks();
    const error = await start()
      .probe()
      .catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: "no_dbus",
      message: "There is no keyring. There is no passphrase or key for an encrypted file either.",
      hint: expect.stringMatching(
        /^Set LOOPKEY_PASSPHRASE .*LOOPKEY_KEY_FILE .*"memory".* Or use the keyring\. Install one\.$/,
      ),
      cause: keyring.failure,
    });
    for (const call of ["load", "clear", "quarantine"] as const)
      await expect(start()[call]()).rejects.toMatchObject({ code: "no_dbus" });
    await expect(start().save(RECORD)).rejects.toMatchObject({ code: "no_dbus" });
    expect(await files()).toEqual([]);
  });

  test("where the record is in the keyring that fails, it says that, and what to do", async () => {
    const { start, keyring, files } = await machine();
    await start().save(RECORD);
    keyring.breaks();
    await expect(start({ secret: withKey }).load()).rejects.toMatchObject({
      message: "There is no keyring. The session of this profile is kept there.",
      hint: expect.stringContaining('Install one. Or choose another store by name, such as "encrypted-file"'),
    });
    expect(await files()).toEqual(["session-default.in-keyring"]);
  });

  test("the environment's passphrase counts, and is taken out of it", async () => {
    const { start, keyring, env } = await machine();
    keyring.breaks();
    const own: Record<string, string> = { ...env, LOOPKEY_KEY_FILE: "", LOOPKEY_PASSPHRASE: "some words" };
    const store = start({ env: own });
    expect(own).not.toHaveProperty("LOOPKEY_PASSPHRASE");
    await store.save(RECORD);
    expect(kindOf(store)).toBe("encrypted-file");
  });

  test("a prompt is not shown as long as the keyring works", async () => {
    const secret = vi.fn<SecretSource>(withKey);
    const { start } = await machine();
    const store = start({ secret });
    await store.load();
    await store.probe();
    await store.save(RECORD);
    expect(secret).not.toHaveBeenCalled();
  });
});

describe("one place at a time", () => {
  test("the file is used, and the keyring left alone, as long as the record is in the file", async () => {
    const { start, keyring } = await machine();
    keyring.breaks();
    await start({ secret: withKey }).save(RECORD);
    keyring.works();
    keyring.state.calls = [];
    const store = start({ secret: withKey });
    expect(await store.load()).toBe(RECORD);
    await store.probe();
    await store.save("renewed");
    expect(keyring.state.calls).toEqual([]);
    // Signed out, this run stays where it is; the next chooses anew.
    await store.clear();
    await store.save("again");
    expect(kindOf(store)).toBe("encrypted-file");
    await store.clear();
    const next = start({ secret: withKey });
    await next.save("anew");
    expect([kindOf(next), keyring.state.record]).toEqual(["keyring", "anew"]);
  });

  test("a record in the keyring that nobody noted is found, and noted", async () => {
    const { start, keyring, files } = await machine();
    keyring.state.record = RECORD;
    expect(await start({ secret: withKey }).load()).toBe(RECORD);
    expect(await files()).toEqual(["session-default.in-keyring"]);
    keyring.breaks();
    await expect(start({ secret: withKey }).load()).rejects.toMatchObject({ code: "no_dbus" });
  });

  test.each(["damaged", "ambiguous"])(
    "a record in the keyring that is %s is no reason to leave it",
    async (code) => {
      const { start, keyring } = await machine();
      keyring.state.fails = Object.assign(new Error("A part is missing."), { code, hint: "Sign in again." });
      const store = start({ secret: withKey });
      await expect(store.load()).rejects.toBe(keyring.state.fails);
      expect(kindOf(store)).toBe("keyring");
    },
  );

  test("a keyring that is empty and then does not keep anything is not chosen", async () => {
    const { start, keyring } = await machine();
    const store = start({ secret: withKey });
    expect([await store.load(), kindOf(store)]).toEqual([null, "keyring"]);
    keyring.breaks();
    await store.probe();
    expect(kindOf(store)).toBe("encrypted-file");
    await store.save(RECORD);
    expect(keyring.state.record).toBeNull();
  });

  test("once it has worked, a failure of the keyring is a failure, and never another store", async () => {
    const { start, keyring, files } = await machine();
    const store = start({ secret: withKey });
    await store.probe();
    keyring.breaks();
    for (const call of ["load", "probe", "clear"] as const)
      await expect(store[call]()).rejects.toMatchObject({ code: "no_dbus" });
    await expect(store.save(RECORD)).rejects.toMatchObject({ code: "no_dbus" });
    expect(kindOf(store)).toBe("keyring");
    expect(await files()).toEqual([]);
  });

  test("what another process has begun with meanwhile is followed", async () => {
    const { start, keyring } = await machine();
    const store = start({ secret: withKey });
    await store.probe();
    keyring.breaks();
    await start({ secret: withKey }).save("of the other");
    expect([await store.load(), kindOf(store)]).toEqual(["of the other", "encrypted-file"]);
    await store.save("of this one");
    expect(await start({ secret: withKey }).load()).toBe("of this one");
  });

  test("two records are named, and neither is touched", async () => {
    const { start, keyring, file, folder } = await machine();
    await start().save("in the keyring");
    await file.save("in the file");
    for (const call of ["load", "probe", "clear", "quarantine"] as const)
      await expect(start({ secret: withKey })[call]()).rejects.toMatchObject({
        code: "two_records",
        message: expect.stringContaining(join(folder, "session-default.enc")),
        hint: 'Choose the store by name: "keyring" or "encrypted-file".',
      });
    expect([keyring.state.record, await file.load()]).toEqual(["in the keyring", "in the file"]);
  });

  test("profiles do not know of each other", async () => {
    const { start, keyring } = await machine();
    await start().save(RECORD);
    keyring.breaks();
    const work = start({ profile: "work", secret: withKey });
    expect([await work.load(), kindOf(work)]).toEqual([null, "encrypted-file"]);
  });

  test("calls at once before a choice choose the same", async () => {
    const { start, keyring } = await machine();
    // One that would be chosen by the probe of the save, and not by the load before it.
    const load = () => Promise.reject(keyring.failure);
    const store = start({ secret: withKey, keyring: { ...keyring.store, load } });
    expect(await Promise.all([store.load(), store.save(RECORD)])).toEqual([null, undefined]);
    expect([await store.load(), kindOf(store), keyring.state.record]).toEqual([
      RECORD,
      "encrypted-file",
      null,
    ]);
  });
});

describe("the note of a record in the keyring", () => {
  test("is empty, there from before the record is until after it is gone", async () => {
    const { start, keyring, files, folder } = await machine();
    const store = start();
    await store.probe();
    expect(await files()).toEqual([]);
    const save = store.save(RECORD);
    await vi.waitUntil(() => keyring.state.calls.at(-1) === "save", { interval: 0, timeout: 20_000 });
    expect(await files()).toEqual(["session-default.in-keyring"]);
    await save;
    expect(await readFile(join(folder, "session-default.in-keyring"), "utf8")).toBe("");
    await store.clear();
    expect(await files()).toEqual([]);
    await store.save(RECORD);
    expect(await store.quarantine()).toBe("aside");
    expect(await files()).toEqual([]);
  });

  test("goes with a first save that failed, but not with one that may still come true", async () => {
    const { start, keyring, files } = await machine();
    const store = start();
    await store.probe();
    keyring.breaks();
    await expect(store.save(RECORD)).rejects.toThrow("There is no keyring.");
    expect(await files()).toEqual([]);
    keyring.state.fails = Object.assign(new Error("No answer."), { code: "timed_out" });
    await expect(store.save(RECORD)).rejects.toThrow("No answer.");
    expect(await files()).toEqual(["session-default.in-keyring"]);
  });

  test("that cannot be written is said by the probe, before a browser opens", async () => {
    const { start, folder } = await machine();
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    await writeFile(folder, "a file");
    await expect(start().probe()).rejects.toMatchObject({ hint: expect.any(String) });
  });
});

test("a wrong key for the file is not answered by the keyring", async () => {
  const { start, keyring } = await machine();
  keyring.breaks();
  await start({ secret: withKey }).save(RECORD);
  keyring.works();
  const store = start({ secret: async () => ({ key: KEY.toReversed() }) });
  await expect(store.load()).rejects.toMatchObject({ code: "wrong_key_or_damaged" });
  await expect(store.probe()).rejects.toMatchObject({ code: "wrong_key_or_damaged" });
  expect(keyring.state.calls.slice(2)).toEqual([]);
});

describe("a place that is kept for a save", () => {
  const isPlace = (name: string): boolean => name.endsWith(".place");

  test("is one on the disk where the record is in the file", async () => {
    const { start, file, files } = await machine();
    await file.save(RECORD);
    const store = start({ secret: withKey });
    const place = await store.prepare!(RECORD.length);
    expect((await files()).filter(isPlace)).toHaveLength(1);
    await place.save("next");
    expect(await file.load()).toBe("next");
    await (await store.prepare!(RECORD.length)).discard();
    expect((await files()).filter(isPlace)).toEqual([]);
  });

  test("asks nothing of a keyring that has the record, and its save goes there", async () => {
    const { start, keyring, files } = await machine();
    await start().save(RECORD);
    const store = start({ secret: withKey });
    await store.load();
    keyring.state.calls.length = 0;
    const place = await store.prepare!(RECORD.length);
    expect(keyring.state.calls).toEqual([]);
    await place.save("next");
    await place.discard();
    expect(keyring.state).toMatchObject({ record: "next", calls: ["save"] });
    expect((await files()).filter((name) => /place|\.enc$/.test(name))).toEqual([]);
  });
});
