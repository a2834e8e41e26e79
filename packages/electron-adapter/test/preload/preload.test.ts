import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { expect, onTestFinished, test } from "vitest";
import { preloadPath } from "../../src/main/index.js";
import { connectTo, createTestApp, PAGE } from "../support/app.js";

test("the file that /main names requires electron and nothing else", async () => {
  const text = await readFile(preloadPath, "utf8");
  expect([...text.matchAll(/\brequire\(([^)]*)\)/g)].map(([, name]) => name)).toEqual(['"electron"']);
  expect(text).not.toMatch(/^\s*(import|export)\b/m);
});

test("it puts one frozen object into the page's world, with no channel to choose, and hands over one port", async () => {
  const { openWindow } = await createTestApp();
  const { page } = (await openWindow()).webContents;
  const exposed = Object.keys(page.window).filter((name) => name !== "postMessage");
  expect(exposed).toEqual(["loopkey"]);
  const bridge = page.window.loopkey!;
  expect(Object.isFrozen(bridge)).toBe(true);
  expect(Object.keys(bridge)).toEqual(["connect"]);
  const ports: unknown[] = [];
  page.window.addEventListener("message", (event) => ports.push(...event.ports));
  expect([bridge.connect(), bridge.connect(), bridge.connect()]).toEqual([true, false, false]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(ports).toHaveLength(1);
});

test("a preload with exposeAuth, bundled into one CommonJS file, does the same in a sandbox", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-preload-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  // From the built package, as a bundler finds it.
  const entry = createRequire(import.meta.url).resolve("@loopkey/electron-adapter/preload");
  await writeFile(
    join(folder, "mine.js"),
    `import { exposeAuth } from ${JSON.stringify(entry)};\nexposeAuth();\n`,
  );
  await build({
    configFile: false,
    logLevel: "silent",
    root: folder,
    build: {
      lib: { entry: "mine.js", formats: ["cjs"], fileName: () => "preload.cjs" },
      rolldownOptions: { external: ["electron"] },
      minify: false,
    },
  });
  const preload = join(folder, "dist", "preload.cjs");
  const { double, client } = await createTestApp();
  const window = new double.main.BrowserWindow({ webPreferences: { preload } });
  await window.loadURL(PAGE);
  await expect(connectTo(window.webContents.page).ready()).rejects.toMatchObject({
    detail: "window_not_named",
  });
  expect(client.getState().status).toBe("idle");
});
