// What hostile documents try. Each is shown to succeed where the check that it meets is missing, by the app's own page beside it.
import { MessageChannel } from "node:worker_threads";
import { reached } from "@loopkey/core/testing";
import { describe, expect, test } from "vitest";
import { preloadPath } from "../../src/main/index.js";
import { connectTo, createTestApp, ORIGIN, PAGE } from "../support/app.js";
import { takePort } from "../support/raw-page.js";

const FETCH = [{ origin: "https://api.example", methods: ["GET"], pathPrefix: "/notes" }];

describe("who is served", () => {
  test.each([
    ["another origin", "https://evil.example/index.html"],
    ["another host of the same scheme", "app://other/index.html"],
    ["another scheme of the same host", "https://notes/index.html"],
    ["a port where none is named", "app://notes:81/index.html"],
    ["a name before the host", "app://me@notes/index.html"],
    ["a file", "file:///index.html"],
    ["a document without an origin", "data:text/html,hello"],
  ])("the app's own page, and not %s", async (_, url) => {
    const { openWindow, refused } = await createTestApp();
    await connectTo((await openWindow()).webContents.page).ready();
    expect(refused).toEqual([]);
    const { page } = (await openWindow(url)).webContents;
    await expect(connectTo(page).ready()).rejects.toMatchObject({ code: "closed", detail: "wrong_origin" });
    expect(refused).toMatchObject([{ code: "wrong_origin" }]);
  });

  test("of files the one that is named, with whatever query, and not its neighbour", async () => {
    const { openWindow, refused } = await createTestApp({
      serve: { origins: ["file:///app/index.html"] },
    });
    const auth = connectTo((await openWindow("file:///app/index.html?a#b")).webContents.page);
    expect(await auth.ready()).toMatchObject({ status: "idle" });
    for (const url of ["file:///app/other.html", "file:///app/", "file://host/app/index.html"])
      // oxlint-disable-next-line no-await-in-loop
      await openWindow(url);
    expect(refused.map(({ code }) => code)).toEqual(["wrong_origin", "wrong_origin", "wrong_origin"]);
  });

  test("a window that was not named is told so, and has nothing", async () => {
    const { double, refused } = await createTestApp();
    const window = new double.main.BrowserWindow({ webPreferences: { preload: preloadPath } });
    await window.loadURL(PAGE);
    await expect(connectTo(window.webContents.page).signIn()).rejects.toMatchObject({ code: "closed" });
    expect(refused).toMatchObject([{ code: "window_not_named", origin: ORIGIN }]);
  });

  test("a webview is no window, though it says that it is a main frame", async () => {
    const { double, refused } = await createTestApp();
    const webview = double.webview(preloadPath);
    await webview.loadURL(PAGE);
    await expect(connectTo(webview.page).ready()).rejects.toMatchObject({ detail: "not_a_window" });
    expect(refused).toMatchObject([{ code: "not_a_window" }]);
  });

  test("a frame in the page is not served, of the same origin or not, and the page stays served", async () => {
    const { openWindow, refused } = await createTestApp();
    const window = await openWindow();
    const auth = connectTo(window.webContents.page);
    for (const url of [PAGE, "https://evil.example/"]) {
      const frame = window.webContents.addFrame(url, preloadPath);
      // oxlint-disable-next-line no-await-in-loop
      await expect(connectTo(frame).ready()).rejects.toMatchObject({ detail: "not_main_frame" });
    }
    expect(refused.map(({ code }) => code)).toEqual(["not_main_frame", "not_main_frame"]);
    expect(await auth.signIn()).toHaveProperty("subject");
  });

  test("a window of another client's is served by that one alone", async () => {
    const one = await createTestApp();
    const two = await createTestApp({ serve: { electron: one.double.main } });
    const window = await one.openWindow();
    await connectTo(window.webContents.page).signIn();
    expect(one.client.getState().status).toBe("authenticated");
    expect(two.client.getState().status).toBe("idle");
    expect(two.refused).toEqual([]);
  });

  test("a document that takes the place of another ends that one, and pushState ends nothing", async () => {
    const { openWindow, client } = await createTestApp();
    const window = await openWindow();
    const first = await takePort(window.webContents.page);
    first.say({ type: "subscribe" });
    await first.hears("state");
    window.webContents.pushState("app://notes/other");
    first.say({ type: "call", id: 1, command: { name: "signIn", options: {} } });
    await first.hears("answer");
    const ended = new Promise((resolve) => first.port.once("close", resolve));
    await window.loadURL(PAGE);
    await ended;
    expect(client.getState().status).toBe("authenticated");
    expect(await connectTo(window.webContents.page).ready()).toMatchObject({ status: "authenticated" });
  });

  test("a document that its server has put into a sandbox has no origin, whatever its address", async () => {
    const { openWindow, refused } = await createTestApp();
    const window = await openWindow("about:blank");
    const loading = window.loadURL(PAGE);
    Object.assign(window.webContents.mainFrame, { origin: "null" });
    await loading;
    await expect(connectTo(window.webContents.page).ready()).rejects.toMatchObject({
      detail: "wrong_origin",
    });
    expect(refused.map(({ code }) => code)).toEqual(["wrong_origin", "wrong_origin"]);
  });

  test("a document that opens a second port loses the first", async () => {
    const { openWindow } = await createTestApp();
    const { page } = (await openWindow()).webContents;
    const auth = connectTo(page);
    await auth.ready();
    const { port1, port2 } = new MessageChannel();
    page.electron.ipcRenderer.postMessage("loopkey", null, [port1]);
    await reached(auth, ({ can }) => can.length === 0);
    await expect(auth.signIn()).rejects.toMatchObject({ code: "closed" });
    port2.close();
  });

  test("a port that the page has given away does not outlive the document", async () => {
    const { openWindow, server } = await createTestApp({ serve: { fetch: FETCH } });
    const window = await openWindow();
    const { port, heard } = await takePort(window.webContents.page);
    // As into a worker, or another window that stays.
    const { port1: kept, port2: way } = new MessageChannel();
    way.postMessage(null, [port as never]);
    const given = await new Promise<typeof port>((resolve) => {
      (kept as unknown as EventTarget).addEventListener("message", (event) =>
        resolve((event as MessageEvent).ports[0] as unknown as typeof port),
      );
    });
    const ended = new Promise((resolve) => given.once("close", resolve));
    await window.loadURL("https://evil.example/");
    const message = { type: "call", id: 1, command: { name: "signIn", options: {} } };
    given.postMessage(message, []);
    await ended;
    expect(heard).toEqual([]);
    expect(server.authorizations).toEqual([]);
    kept.close();
  });

  test("when the app stops serving, documents are told and nobody listens any more", async () => {
    const over = new AbortController();
    const { openConnected, double } = await createTestApp({ serve: { signal: over.signal } });
    const auth = await openConnected();
    await auth.ready();
    over.abort();
    await reached(auth, ({ can }) => can.length === 0);
    await expect(auth.signIn()).rejects.toMatchObject({ code: "closed" });
    const { app, ipcMain, powerMonitor } = double.main;
    expect(ipcMain.listenerCount("loopkey")).toBe(0);
    expect(powerMonitor.listenerCount("resume") + powerMonitor.listenerCount("unlock-screen")).toBe(0);
    expect(app.listenerCount("will-quit")).toBe(0);
  });
});

test("a page that overwrites what a window has does not reach the preload's world", async () => {
  const { openWindow } = await createTestApp();
  const { page } = (await openWindow()).webContents;
  const seen: unknown[] = [];
  const spy = (...args: unknown[]): void => void seen.push(args);
  const { postMessage } = page.window;
  Object.assign(page.window, { addEventListener: spy, dispatchEvent: spy, postMessage: spy });
  expect(() => Object.assign(page.window, { loopkey: { connect: spy } })).toThrow(TypeError);
  expect(Object.isFrozen(page.window["loopkey"])).toBe(true);
  delete (page.window as { addEventListener?: unknown }).addEventListener;
  expect(page.window.postMessage).not.toBe(postMessage);
  await expect(connectTo(page).ready()).resolves.toMatchObject({ status: "idle" });
  expect(seen).toEqual([]);
});
