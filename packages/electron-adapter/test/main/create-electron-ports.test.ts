import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AnswerPage, AuthPorts } from "@loopkey/core";
import { clockContract, listenerContract, lockContract } from "@loopkey/core/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createElectronPorts, type ElectronPortsOptions } from "../../src/main/index.js";
import { createElectronDouble } from "../../src/testing/index.js";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "loopkey-electron-"));
  for (const name of ["XDG_STATE_HOME", "LOCALAPPDATA", "HOME"]) vi.stubEnv(name, home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

function create(options: Partial<ElectronPortsOptions> = {}) {
  const double = createElectronDouble({ appName: "Notes" });
  const ports = createElectronPorts({ appName: "Notes", electron: double.main, ...options });
  return { double, ports };
}

const PAGE: AnswerPage = { outcome: "success", title: "Title", message: "Message" };
const { signal } = new AbortController();

describe("the browser", () => {
  test.each([
    "https://id.example/authorize?a=1",
    "http://127.0.0.1:8080/x",
    "http://[::1]:1/",
    "http://localhost/",
  ])("is opened at %s", async (url) => {
    const { double, ports } = create();
    await ports.openBrowser(url, { signal });
    expect(double.opened).toEqual([url]);
  });

  test.each([
    "http://id.example/",
    "http://127.0.0.1.evil.example/",
    "file:///etc/passwd",
    "notes://callback",
    "javascript:alert(1)",
    "ms-settings:",
    "-a",
    "",
  ])("is not opened at %s", async (url) => {
    const { double, ports } = create();
    await expect(ports.openBrowser(url, { signal })).rejects.toThrow("Refused to open");
    expect(double.opened).toEqual([]);
  });

  test("is not opened once nobody waits for it", async () => {
    const { double, ports } = create();
    await expect(
      ports.openBrowser("https://id.example/", { signal: AbortSignal.abort(new Error("gone")) }),
    ).rejects.toThrow("gone");
    expect(double.opened).toEqual([]);
  });
});

describe("after the redirect", () => {
  async function visit(ports: AuthPorts): Promise<void> {
    const { redirectUri, response } = await ports.listenForRedirect({
      uris: ["http://127.0.0.1/callback"],
      accept: () => ({ accepted: true }),
      onStray: () => {},
      signal,
    });
    const visited = fetch(redirectUri);
    await (await response).respond(PAGE);
    expect((await visited).status).toBe(200);
  }

  test("the app comes to the front, a minimized window restored, a hidden one left alone", async () => {
    const { double, ports } = create();
    const { BrowserWindow, app } = double.main;
    const hidden = new BrowserWindow({ show: false });
    const window = new BrowserWindow();
    window.minimize();
    await visit(ports);
    expect([window.isMinimized(), window.isFocused(), app.focused]).toEqual([false, true, 1]);
    expect([hidden.isVisible(), hidden.isFocused()]).toEqual([false, false]);
  });

  test("the app's own way, where it has one", async () => {
    const calls: string[] = [];
    const { double, ports } = create({ focus: () => calls.push("mine") });
    await visit(ports);
    expect(calls).toEqual(["mine"]);
    expect(double.main.app.focused).toBe(0);
  });
});

describe("each port keeps its promises", () => {
  const statusOf = (url: string, init: RequestInit = {}): Promise<number> =>
    fetch(url, { ...init, redirect: "manual" }).then(
      ({ status }) => status,
      () => 0,
    );
  const visit = (url: string): Promise<number> => statusOf(url);
  const post = (url: string): Promise<number> => {
    const { origin, pathname, searchParams } = new URL(url);
    return statusOf(origin + pathname, { method: "POST", body: searchParams });
  };
  for (const promise of listenerContract(() => ({ listen: create().ports.listenForRedirect, visit, post })))
    test(promise.name, () => promise.run());
  for (const promise of lockContract(() => [create().ports.withLock, create().ports.withLock]))
    test(promise.name, () => promise.run());
  const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  // This process's alone: the machine's is everybody's.
  async function whileSet<T>(ms: number, task: () => Promise<T>): Promise<T> {
    const real = Date.now;
    const set = vi.spyOn(Date, "now").mockImplementation(() => real() + ms);
    try {
      return await task();
    } finally {
      set.mockRestore();
    }
  }
  for (const promise of clockContract(() => ({ clock: create().ports.clock, pass, whileSet })))
    test(promise.name, () => promise.run());
});

describe("the options", () => {
  test("the keyring is the store that is used when none is named", () => {
    expect(create().ports.store.info).toEqual({ kind: "keyring", persistent: true });
    expect(create({ store: "safe-storage" }).ports.store.info).toEqual({
      kind: "safe-storage",
      persistent: true,
    });
    expect(create({ store: "memory" }).ports.store.info).toEqual({ kind: "memory", persistent: false });
  });

  test.each([
    [undefined, /createElectronPorts needs the name of the app/],
    [{ appName: "" }, /appName is empty/],
    [{ appName: "Notes", profile: "a/b" }, /profile "a\/b" is no name of a profile/],
    [{ appName: "Notes", store: "safe-storage", profile: "a/b" }, /profile/],
    [{ appName: "Notes", stor: "keyring" }, /no option "stor"/],
    [{ appName: "Notes", store: "keychain" }, /the kind "keychain"/],
    [{ appName: "Notes", focus: true }, /focus is not a function/],
  ])("%j is a mistake that is explained", (options, message) => {
    const { main: electron } = createElectronDouble();
    const given = options && { electron, ...options };
    expect(() => createElectronPorts(given as unknown as ElectronPortsOptions)).toThrow(message);
  });

  test("outside of Electron it says what a test passes", () => {
    expect(() => createElectronPorts({ appName: "Notes" })).toThrow(
      /no main process of Electron.*createElectronDouble/s,
    );
  });
});
