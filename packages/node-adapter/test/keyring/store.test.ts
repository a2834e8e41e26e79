import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { storeContract } from "@loopkey/core/testing";
import { describe, expect, test } from "vitest";
import type { KeyringFailure } from "../../src/keyring/inside/failures.js";
import { createKeyringStore, type KeyringStore, type KeyringStoreOptions } from "../../src/keyring/store.js";
import type { KeyringBackend } from "../../src/keyring/backend.js";
import { createFakeKeyring, type Operation } from "./fake.js";

function createStore(options: Partial<KeyringStoreOptions> = {}): KeyringStore {
  return createKeyringStore({ service: "example-notes", platform: "linux", ...options });
}

const failing = (message: string, on: Operation[]) => (operation: Operation) => {
  if (on.includes(operation)) throw new Error(message);
};
const NO_COLLECTION = "Couldn't access platform storage: Secret Service: no result found";
const DISMISSED = "Couldn't access platform storage: Secret Service: unlock prompt was dismissed";

describe.each(["linux", "darwin"] as const)("on %s it keeps the promises of a store", (platform) => {
  for (const promise of storeContract(() => createStore({ platform, ...createFakeKeyring() }))) {
    test(promise.name, () => promise.run());
  }
});

describe("the entry", () => {
  test("has the app's name as service and the profile as account", async () => {
    const { backend, entries } = createFakeKeyring();
    await createStore({ backend }).save("one");
    await createStore({ backend, account: "work" }).save("two");
    expect([...entries]).toEqual([
      ["example-notes/default", "one"],
      ["example-notes/work", "two"],
    ]);
  });

  test("is one that outlives the process", () => {
    expect(createStore().info).toEqual({ kind: "keyring", persistent: true });
  });

  test.each([
    [{ account: "a b" }, "Write 1 to 64 of A-Z a-z 0-9 . _ -"],
    [{ account: "" }, "Write 1 to 64"],
    [{ account: "x".repeat(65) }, "Write 1 to 64"],
    [{ account: "default#probe" }, "Write 1 to 64"],
    [{ service: " " }, "Write the app's name"],
    [{ timeoutMs: 0 }, "Write milliseconds"],
    [{ timeoutMs: Number.NaN }, "Write milliseconds"],
    [{ entryLimitBytes: 255 }, "Write bytes, 256 or more"],
    [{ entryLimitBytes: Number.NaN }, "Write bytes"],
  ])("of a bad name is refused at creation, with what to write: %j", (options, words) => {
    expect(() => createStore(options)).toThrow(TypeError);
    expect(() => createStore(options)).toThrow(words);
  });
});

describe("no entry is believed only of a keyring that keeps entries", () => {
  test("on Linux the keyring is tried before load gives null, and asked again", async () => {
    const { backend, entries, log } = createFakeKeyring();
    expect(await createStore({ backend }).load()).toBe(null);
    expect(log).toEqual([
      "get default",
      "set default#probe",
      "get default#probe",
      "delete default#probe",
      "get default",
    ]);
    expect(entries.size).toBe(0);
  });

  test.each([{ quietly: true }, { isUnexpected: true }])(
    "a load with %j writes nothing to find out, however often it is asked",
    async (how) => {
      const { backend, log } = createFakeKeyring();
      const store = createStore({ backend });
      for (let n = 0; n < 3; n++)
        // oxlint-disable-next-line no-await-in-loop
        expect(await store.load(how)).toBe(null);
      expect(log).toEqual(["get default", "get default", "get default"]);
    },
  );

  test.each(["locked", "no_collection"] as const)(
    "a quiet load touches no entry where the keyring says beforehand that it is %s",
    async (obstacle) => {
      const { backend, log } = createFakeKeyring();
      const asked: unknown[] = [];
      const obstacleTo: KeyringBackend["obstacleTo"] = async (names) => {
        asked.push(...names);
        return obstacle;
      };
      const store = createStore({ backend: async () => ({ ...(await backend()), obstacleTo }) });
      await expect(store.load({ quietly: true })).rejects.toMatchObject({ code: obstacle });
      expect(asked).toEqual([{ service: "example-notes", account: "default" }]);
      expect(log).toEqual([]);
    },
  );

  test("only a quiet load asks beforehand", async () => {
    const { backend } = createFakeKeyring();
    const obstacleTo = () => Promise.reject(new Error("nobody asked for this"));
    const store = createStore({ backend: async () => ({ ...(await backend()), obstacleTo }) });
    await store.save("record");
    expect(await store.load()).toBe("record");
    expect(await store.load({ isUnexpected: true })).toBe("record");
    await store.probe();
    await store.clear();
  });

  test("a record that shows once the keyring was unlocked is loaded", async () => {
    const keyring = createFakeKeyring((operation) => {
      if (operation === "set") keyring.entries.set("example-notes/default", "record");
    });
    expect(await createStore(keyring).load()).toBe("record");
  });

  test.each(["load", "clear"] as const)(
    "%s rejects when there is no collection, or it stays locked",
    async (method) => {
      const lacking = createStore(createFakeKeyring(failing(NO_COLLECTION, ["set"])));
      await expect(lacking[method]()).rejects.toMatchObject({ code: "no_collection" });
      const locked = createStore(createFakeKeyring(failing(DISMISSED, ["set"])));
      await expect(locked[method]()).rejects.toMatchObject({ code: "dismissed" });
    },
  );

  test("elsewhere nothing is written: macOS would ask a person who has nothing stored", async () => {
    const { backend, log } = createFakeKeyring();
    const store = createStore({ backend, platform: "darwin" });
    await store.load();
    await store.clear();
    expect(log).toEqual(["get default", "delete default"]);
  });
});

describe("probe", () => {
  test("writes, reads and deletes an entry of its own, and leaves nothing behind", async () => {
    const { backend, entries, log } = createFakeKeyring();
    const store = createStore({ backend });
    await store.save("record");
    await store.probe();
    expect(log.slice(1)).toEqual(["set default#probe", "get default#probe", "delete default#probe"]);
    expect([...entries]).toEqual([["example-notes/default", "record"]]);
  });

  test.each(["get", "set", "delete"] as const)("rejects when the keyring fails at %s", async (operation) => {
    const store = createStore(createFakeKeyring(failing(DISMISSED, [operation])));
    await expect(store.probe()).rejects.toMatchObject({ code: "dismissed" });
  });

  test("deletes its entry when it cannot be read back", async () => {
    const { backend, entries } = createFakeKeyring(failing("something new", ["get"]));
    await expect(createStore({ backend }).probe()).rejects.toMatchObject({ code: "unknown" });
    expect(entries.size).toBe(0);
  });

  test("rejects when something else comes back", async () => {
    const keyring = createFakeKeyring((operation, account) => {
      if (operation === "get") keyring.entries.set(`example-notes/${account}`, "something else");
    });
    await expect(createStore(keyring).probe()).rejects.toMatchObject({ code: "not_kept" });
    expect(keyring.entries.size).toBe(0);
  });
});

describe("calls", () => {
  test("are made one at a time", async () => {
    const { backend, mostAtOnce } = createFakeKeyring();
    const store = createStore({ backend });
    await Promise.all([store.save("one"), store.probe(), store.load(), store.save("two"), store.clear()]);
    expect(mostAtOnce()).toBe(1);
  });

  test("end within the limit when the keyring hangs, and so do those behind them", async () => {
    let answer = (): void => {};
    const keyring = createFakeKeyring(
      (operation) =>
        operation === "set" && !keyring.entries.size && new Promise<void>((resolve) => (answer = resolve)),
    );
    const store = createStore({ ...keyring, timeoutMs: 40 });
    const [save, load] = await Promise.allSettled([store.save("record"), store.load()]);
    expect(reasonOf(save)).toMatchObject({ code: "timed_out" });
    expect(reasonOf(save).message).toContain("After 40 ms it may be waiting for an answer to its prompt.");
    expect(reasonOf(load)).toMatchObject({ code: "timed_out" });
    expect(reasonOf(load).hint).toContain("prompt");

    // The save that hung was not undone, and the next call comes after it.
    answer();
    expect(await store.load()).toBe("record");
  });

  test("come to a keyring that could not be loaded before, when it can", async () => {
    const { backend } = createFakeKeyring();
    let tries = 0;
    const store = createStore({
      backend: async () => {
        if (++tries === 1) throw new Error("no such library");
        return backend();
      },
    });
    await expect(store.save("record")).rejects.toMatchObject({ code: "backend_unavailable" });
    await store.save("record");
    expect(await store.load()).toBe("record");
    expect(tries).toBe(2);
  });

  test("come to one that says itself why it could not be loaded, in its words", async () => {
    const store = createStore({
      backend: async () => {
        throw Object.assign(new Error("This program was packed without it."), { hint: "Pack it again." });
      },
    });
    await expect(store.probe()).rejects.toMatchObject({
      code: "backend_unavailable",
      message: "The keyring library for this system could not be loaded. This program was packed without it.",
      hint: "Pack it again.",
    });
  });
});

describe("an entry stays open", () => {
  /** As the Secret Service: what was opened before it was started again is of no use any more. */
  function createRestarting(
    message = "The name org.freedesktop.secrets was not provided by any .service files",
  ) {
    const keyring = createFakeKeyring();
    const state = { epoch: 0, openings: 0 };
    const backend = async () => {
      const inner = await keyring.backend();
      return {
        openEntry(service: string, account: string) {
          const entry = inner.openEntry(service, account);
          const { epoch } = state;
          state.openings++;
          return new Proxy(entry, {
            get: (target, name: keyof typeof entry) =>
              epoch === state.epoch ? target[name] : () => Promise.reject(new Error(message)),
          });
        },
      };
    };
    return { ...keyring, backend, state };
  }

  test("from call to call: a load, a save and a load open one", async () => {
    const { backend, state } = createRestarting();
    const store = createStore({ backend });
    await store.save("one");
    expect(await store.load()).toBe("one");
    await store.save("two");
    expect(state.openings).toBe(1);
  });

  test("until its connection is lost: it is opened anew, and the call goes on", async () => {
    const { backend, state, entries } = createRestarting();
    const store = createStore({ backend });
    await store.save("one");
    state.epoch++;
    expect(await store.load()).toBe("one");
    state.epoch++;
    await store.save("two");
    expect([...entries.values()]).toEqual(["two"]);
    state.epoch++;
    await store.clear();
    expect(entries.size).toBe(0);
  });

  test("but nobody is asked twice who has dismissed a prompt", async () => {
    const { backend, state, log } = createRestarting("prompt was dismissed");
    const store = createStore({ backend });
    await store.save("one");
    log.length = 0;
    state.epoch++;
    await expect(store.load()).rejects.toMatchObject({ code: "dismissed" });
    expect(state.openings).toBe(1);
    expect(await store.load()).toBe("one");
  });

  test("and a keyring that is gone for good is asked once more, not for ever", async () => {
    const { backend, state } = createRestarting();
    const store = createStore({ backend });
    await store.save("one");
    state.epoch = Number.NaN;
    await expect(store.load()).rejects.toMatchObject({ code: "no_provider" });
    expect(state.openings).toBe(2);
  });
});

test("a record that the library finds too large is refused with words for people", async () => {
  const store = createStore(createFakeKeyring(() => {}, { limitBytes: 2_560 }));
  await expect(store.save("x".repeat(1_281))).rejects.toMatchObject({ code: "too_large" });
});

test("the native library is loaded at the first call, not at import and not at creation", async () => {
  const program = `
    const { createKeyringStore } = await import(${JSON.stringify(new URL("../../build/keyring/store.js", import.meta.url))});
    process.report.excludeNetwork = true;
    const loaded = () => process.report.getReport().sharedObjects.filter((path) => path.includes("keyring")).length;
    const counts = [loaded()];
    const store = createKeyringStore({ service: "example-notes" });
    counts.push(loaded());
    await store.load().catch(() => {});
    counts.push(loaded());
    process.stdout.write(JSON.stringify(counts));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", program],
    // Nothing of the person who runs the tests is touched.
    { env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent" } },
  );
  const [atImport, atCreation, atFirstCall] = JSON.parse(stdout) as number[];
  expect([atImport, atCreation]).toEqual([0, 0]);
  expect(atFirstCall).toBeGreaterThan(0);
});

function reasonOf(result: PromiseSettledResult<unknown>): KeyringFailure {
  return (result as PromiseRejectedResult).reason as KeyringFailure;
}
