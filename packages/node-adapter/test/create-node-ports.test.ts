import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createMemoryStore } from "@loopkey/core";
import { createNodePorts, systemClock, type NodePortsOptions } from "../src/index.js";
import { createFolder, withKey } from "./support/encrypted-file.js";
import { get, PAGE, rawClient } from "./support/raw-client.js";
import { stubState } from "./support/platform.js";

describe("createNodePorts", () => {
  test("finds a place for the session unless told one", () => {
    const ports = createNodePorts({ appName: "Example Notes" });
    expect(ports.store.info).toEqual({ kind: "auto", persistent: true });
    expect(ports.clock).toBe(systemClock);
  });

  test.each(["keyring", "encrypted-file", "memory"] as const)("the store %s is what it says", (store) => {
    const { info } = createNodePorts({ appName: "Example Notes", store }).store;
    expect(info).toEqual({ kind: store, persistent: store !== "memory" });
  });

  test("an app may ask a person for the passphrase itself", async () => {
    stubState(await createFolder());
    const secret = vi.fn(withKey);
    const { store } = createNodePorts({ appName: "Example Notes", store: "encrypted-file", secret });
    await store.save("record");
    expect(await store.load()).toBe("record");
    expect(secret).toHaveBeenCalledTimes(1);
  });

  test.each<[string, Partial<NodePortsOptions>]>([
    ["auto", {}],
    ["encrypted-file", { store: "encrypted-file" }],
    ["keyring", { store: "keyring" }],
    ["memory", { store: "memory" }],
    ["of the caller's", { store: createMemoryStore() }],
    ["for which a person is asked", { secret: withKey }],
  ])("no browser inherits a passphrase, with the store %s", (_, options) => {
    vi.stubEnv("LOOPKEY_PASSPHRASE", "some words");
    vi.stubEnv("LOOPKEY_PASSPHRASE_FD", "0");
    onTestFinished(() => void vi.unstubAllEnvs());
    createNodePorts({ appName: "Example Notes", ...options });
    expect(process.env).not.toHaveProperty("LOOPKEY_PASSPHRASE");
    expect(process.env).not.toHaveProperty("LOOPKEY_PASSPHRASE_FD");
  });

  test("work with the session in memory takes turns without a file, with any other store over processes", async () => {
    const home = await createFolder();
    stubState(home);
    const { signal } = new AbortController();
    const inMemory = createNodePorts({ appName: "Example Notes", store: "memory" });
    expect(await inMemory.withLock(async () => "done", { signal })).toBe("done");
    expect(await readdir(home)).toEqual([]);
    const inFile = createNodePorts({ appName: "Example Notes", profile: "work", store: "encrypted-file" });
    expect(await inFile.withLock(async () => "done", { signal })).toBe("done");
    if (process.platform !== "darwin")
      expect(await readdir(join(home, "loopkey", "+example +notes"))).toEqual(["work.lock"]);
  });

  test("a lock that is probed and a stamp are there for every store that others see, without a file before their use", async () => {
    const home = await createFolder();
    stubState(home);
    const inMemory = createNodePorts({ appName: "notes", store: "memory" });
    expect([inMemory.probeLock, inMemory.stamp]).toEqual([undefined, undefined]);
    const own = createNodePorts({ appName: "notes", profile: "Work", store: createMemoryStore() });
    expect(own.stamp!.read()).toBeNull();
    expect(await readdir(home)).toEqual([]);
    await own.probeLock!();
    own.stamp!.renew();
    if (process.platform !== "darwin")
      expect((await readdir(join(home, "loopkey", "notes"))).toSorted()).toEqual([
        "+work.lock",
        "+work.stamp",
      ]);
    // Another process of the same profile sees it, one of another does not.
    const [same, other] = ["Work", "WORK"].map((profile) =>
      createNodePorts({ appName: "notes", profile, store: createMemoryStore() }),
    );
    expect(same!.stamp!.read()).toBe(own.stamp!.read());
    expect(other!.stamp!.read()).toBeNull();
  });

  test("takes a store and a browser launcher of the caller's", () => {
    const store = createMemoryStore();
    const openBrowser = vi.fn();
    const ports = createNodePorts({ appName: "Example Notes", store, openBrowser });
    expect(ports.store).toBe(store);
    expect(ports.openBrowser).toBe(openBrowser);
  });

  test("names the app on the page", async () => {
    const { listenForRedirect } = createNodePorts({ appName: "Example Notes" });
    const { redirectUri, response } = await listenForRedirect({
      uris: ["http://127.0.0.1/callback"],
      accept: () => ({ accepted: true }),
      onStray: () => {},
      signal: new AbortController().signal,
    });
    const browser = rawClient(redirectUri, get(redirectUri));
    await (await response).respond(PAGE);
    expect(await browser.closed).toContain("Example Notes");
  });

  const wrong: [what: string, options: object, says: string][] = [
    [
      "an option that does not exist",
      { appName: "x", stroe: "memory" },
      'no option "stroe". It takes appName, profile, store, secret',
    ],
    ["nothing at all", undefined as unknown as object, 'createNodePorts({ appName: "My App" })'],
    ["no app name", {}, "appName is empty. Write the name people know"],
    ["an empty app name", { appName: " " }, "appName is empty"],
    [
      "an unknown kind of store",
      { appName: "x", store: "disk" },
      'the kind "disk". Write one of "auto", "keyring", "encrypted-file", "memory"',
    ],
    ["half a store", { appName: "x", store: { load: () => null } }, 'no SessionStore. Write one of "auto"'],
    ["a store that is null", { appName: "x", store: null }, "no SessionStore"],
    ["a profile with a slash", { appName: "x", profile: "a b/c" }, 'profile "a b/c" is no name of a profile'],
    [
      "a secret that is no function",
      { appName: "x", secret: "words" },
      "secret is not a function. Pass async () => ({ passphrase })",
    ],
    [
      "a launcher that is no function",
      { appName: "x", openBrowser: "firefox" },
      "openBrowser is not a function",
    ],
  ];
  for (const [what, options, says] of wrong) {
    test(`says what to write instead of ${what}`, () => {
      const create = () => createNodePorts(options as NodePortsOptions);
      expect(create).toThrow(TypeError);
      expect(create).toThrow(says);
    });
  }
});
