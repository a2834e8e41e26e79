import { once, type EventEmitter } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { expect, test } from "vitest";
import { createElectronDouble } from "../../src/testing/index.js";
import { preloadPath } from "../../src/main/index.js";
import { createTestApp } from "../support/app.js";

test("a preload in the sandbox can require what Electron lets it, and no file", async () => {
  const { main } = createElectronDouble();
  const window = new main.BrowserWindow();
  await window.loadURL("app://notes/");
  const { page } = window.webContents;
  expect(() =>
    page.runPreload(new URL("../../src/preload/preload.cjs", import.meta.url).pathname),
  ).not.toThrow();
  expect(() => page.runPreload(new URL("../support/bad-preload.cjs", import.meta.url).pathname)).toThrow(
    "module not found",
  );
  // A second time: the name is taken.
  expect(() => page.runPreload(preloadPath)).toThrow(/existing property/);
});

test("net and safeStorage throw before the app is ready, as Electron's do", async () => {
  const { main } = createElectronDouble({ ready: false });
  expect(() => main.net.request({ url: "http://127.0.0.1/" })).toThrow(/ready/);
  expect(() => main.safeStorage.encryptString("text")).toThrow(/ready/);
  expect(() => main.session.fromPartition("x")).toThrow(/ready/);
  expect(main.app.isReady()).toBe(false);
});

test("a frame stays the same object within an origin, and is another one after", async () => {
  const { main } = createElectronDouble();
  const { webContents } = new main.BrowserWindow();
  await webContents.loadURL("https://one.example/a");
  const { mainFrame } = webContents;
  await webContents.loadURL("https://one.example/b");
  expect(webContents.mainFrame).toBe(mainFrame);
  expect(mainFrame.url).toBe("https://one.example/b");
  await webContents.loadURL("https://two.example/");
  expect(webContents.mainFrame).not.toBe(mainFrame);
});

test("a port of the main process keeps what comes before start, and gives the ports that came with it", async () => {
  const { main } = createElectronDouble();
  const window = new main.BrowserWindow();
  await window.loadURL("app://notes/");
  const { port1, port2 } = new MessageChannel();
  const arrived = once(main.ipcMain, "channel") as Promise<
    [{ ports: readonly [EventEmitter & { start(): void; close(): void }] }]
  >;
  window.webContents.page.electron.ipcRenderer.postMessage("channel", null, [port1]);
  const inner = new MessageChannel();
  port2.postMessage("early", [inner.port1]);
  const [{ ports }] = await arrived;
  const heard = once(ports[0], "message") as Promise<[{ data: unknown; ports: readonly unknown[] }]>;
  ports[0].start();
  const [message] = await heard;
  expect(message.data).toBe("early");
  expect(message.ports).toHaveLength(1);
  inner.port2.close();
  ports[0].close();
});

test("windows that are gone leave nothing behind: no port, no subscription, no listener", async () => {
  const app = await createTestApp();
  let subscriptions = 0;
  const subscribe = app.client.subscribe.bind(app.client);
  Object.assign(app.client, {
    subscribe: (listener: () => void) => {
      subscriptions++;
      const stop = subscribe(listener);
      return () => {
        subscriptions--;
        stop();
      };
    },
  });
  const { main } = app.double;
  const listeners = (): number =>
    main.ipcMain.listenerCount("loopkey") +
    main.powerMonitor.listenerCount("resume") +
    main.app.listenerCount("will-quit");
  const before = listeners();
  for (let at = 0; at < 50; at++) {
    // oxlint-disable-next-line no-await-in-loop
    const window = await app.openWindow();
    window.destroy();
  }
  expect(subscriptions).toBe(0);
  expect(listeners()).toBe(before);
});
