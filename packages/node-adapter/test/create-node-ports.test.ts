import { describe, expect, test, vi } from "vitest";
import { createMemoryStore } from "@loopkey/core";
import { createNodePorts, systemClock, type NodePortsOptions } from "../src/index.js";
import { get, PAGE, rawClient } from "./raw-client.js";

describe("createNodePorts", () => {
  test("keeps the session in the keyring unless told otherwise, and leaves fetch to the core", () => {
    const ports = createNodePorts({ appName: "Example Notes" });
    expect(ports.store.info).toEqual({ kind: "keyring", persistent: true });
    const inMemory = createNodePorts({ appName: "Example Notes", store: "memory" });
    expect(inMemory.store.info).toEqual({ kind: "memory", persistent: false });
    expect(ports.clock).toBe(systemClock);
    expect(ports).not.toHaveProperty("fetch");
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
      'no option "stroe". It takes appName, profile, store',
    ],
    ["no app name", {}, "appName is empty. Write the name people know"],
    ["an empty app name", { appName: " " }, "appName is empty"],
    [
      "an unknown kind of store",
      { appName: "x", store: "disk" },
      'the kind "disk". Write store: "keyring" or "memory"',
    ],
    [
      "half a store",
      { appName: "x", store: { load: () => null } },
      'no SessionStore. Write store: "keyring" or "memory"',
    ],
    ["a store that is null", { appName: "x", store: null }, "no SessionStore"],
    ["a profile with a slash", { appName: "x", profile: "a/b" }, "account"],
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
