import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { storeContract } from "@loopkey/core/testing";
import { describe, expect, test } from "vitest";
import { createNamedKeyring } from "../../src/auto-store/named-keyring.js";
import { createKeyringStore } from "../../src/keyring/store.js";
import { stateFolder } from "../../src/private-files/folder.js";
import { createFakeKeyring } from "../keyring/fake.js";
import { createFolder } from "../support/encrypted-file.js";

const RECORD = JSON.stringify({ v: 1, refreshToken: "secret" });

async function machine() {
  const home = await createFolder();
  const env = { XDG_STATE_HOME: home, HOME: home, LOCALAPPDATA: home };
  const keyring = createFakeKeyring();
  const { backend } = keyring;
  const folder = stateFolder("notes", { env });
  return {
    ...keyring,
    /** What another process of the app would have. */
    start: () =>
      createNamedKeyring({
        appName: "notes",
        env,
        keyring: createKeyringStore({ service: "example-notes", platform: "linux", backend, env }),
      }),
    notes: () => readdir(folder).catch(() => [] as string[]),
    folder,
  };
}

describe("it keeps the promises of a store", () => {
  for (const promise of storeContract(async () => (await machine()).start()))
    test(promise.name, () => promise.run());
});

describe("that nobody is signed in", () => {
  test("is learnt by reading alone, before a sign-in and after a sign-out", async () => {
    const { start, log, notes } = await machine();
    expect(await start().load()).toBe(null);
    expect(log.splice(0)).toEqual(["get default"]);
    await start().save(RECORD);
    expect(await notes()).toEqual(["session-default.in-keyring"]);
    await start().clear();
    expect(await notes()).toEqual([]);
    log.length = 0;
    expect(await start().load()).toBe(null);
    expect(log).toEqual(["get default"]);
  });

  test("has to be proven where a record was put there, found there, or seen by this process", async () => {
    const put = await machine();
    await put.start().save(RECORD);
    put.entries.clear();
    expect(await put.start().load()).toBe(null);
    expect(put.log).toContain("set default#probe");

    const found = await machine();
    found.entries.set("example-notes/default", RECORD);
    expect(await found.start().load()).toBe(RECORD);
    found.entries.clear();
    expect(await found.start().load()).toBe(null);
    expect(found.log).toContain("set default#probe");

    const noted = await machine();
    // There is no folder to be had for the note.
    await mkdir(dirname(noted.folder), { recursive: true });
    await writeFile(noted.folder, "");
    const store = noted.start();
    await store.save(RECORD);
    noted.entries.clear();
    expect(await store.load()).toBe(null);
    expect(noted.log).toContain("set default#probe");
  });

  test("is not noted for a save that has failed, unless it may still land", async () => {
    const { start, notes, folder } = await machine();
    const failing = (code: string) =>
      createNamedKeyring({
        appName: "notes",
        env: { XDG_STATE_HOME: dirname(dirname(folder)), HOME: "/", LOCALAPPDATA: dirname(dirname(folder)) },
        keyring: {
          ...start(),
          save: async () => {
            throw Object.assign(new Error("no"), { code });
          },
        },
      });
    await expect(failing("locked").save(RECORD)).rejects.toThrow("no");
    expect(await notes()).toEqual([]);
    await expect(failing("timed_out").save(RECORD)).rejects.toThrow("no");
    expect(await notes()).toEqual(["session-default.in-keyring"]);
  });
});
