// The main process: the session lives here. The window sees its state, and calls the API through it; no token leaves.
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createAuthClient } from "@loopkey/core";
import { createElectronPorts, preloadPath, serveAuth } from "@loopkey/electron-adapter/main";
import { app, BrowserWindow, protocol } from "electron/main";
import { apiOrigin, appName, clientId, issuer } from "./settings.js";

// A scheme of its own: unlike file: it has an origin, which is what a window is known by.
const ORIGIN = "app://page";
const FILES = fileURLToPath(new URL("../page", import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
};
protocol.registerSchemesAsPrivileged([{ scheme: "app", privileges: { standard: true, secure: true } }]);

const client = createAuthClient(
  { issuer, clientId, apiOrigins: [apiOrigin] },
  createElectronPorts({ appName }),
);
const auth = serveAuth(client, {
  origins: [ORIGIN],
  claims: ["sub", "name", "email"],
  fetch: [{ origin: apiOrigin, methods: ["GET"], pathPrefix: "/" }], // what the window may ask for: name less
  onRefused: ({ code, message }) => process.stderr.write(`${message} [${code}]\n`),
});

app.on("window-all-closed", () => app.quit());
void app.whenReady().then(async () => {
  protocol.handle("app", async (request) => {
    const { pathname } = new URL(request.url);
    const name = pathname === "/" ? "index.html" : pathname.slice(1);
    const type = TYPES[extname(name)];
    if (type === undefined || !/^[\w-]+\.\w+$/.test(name)) return new Response(null, { status: 404 });
    return new Response(new Uint8Array(await readFile(join(FILES, name))), {
      headers: { "Content-Type": type, "Content-Security-Policy": "default-src 'none'; script-src 'self'" },
    });
  });
  const window = new BrowserWindow({ webPreferences: { preload: preloadPath } });
  window.webContents.setWindowOpenHandler(() => ({ action: "deny" }));
  window.webContents.on("will-navigate", (event) => event.preventDefault());
  auth.addWindow(window); // before it loads its page
  await window.loadURL(`${ORIGIN}/`);
});
