// The main process: the session lives here. The windows see its states and may ask for a few things; no token leaves.
import { fileURLToPath } from "node:url";
import { createAuthClient } from "@loopkey/core";
import { createElectronPorts, preloadPath, serveAuth } from "@loopkey/electron-adapter/main";
import { app, BrowserWindow } from "electron/main";
import { apiOrigin, appName, clientId, issuer, scope } from "../settings.js";
import { PAGE_ORIGIN, registerScheme, servePage } from "./page.js";
import { createWindow } from "./windows.js";

const url = `${PAGE_ORIGIN}/?api=${encodeURIComponent(apiOrigin)}`;
const pageFolder = fileURLToPath(new URL("../page", import.meta.url));

registerScheme();

const client = createAuthClient(
  { issuer, clientId, scope, apiOrigins: [apiOrigin] },
  createElectronPorts({ appName }),
);
const auth = serveAuth(client, {
  origins: [PAGE_ORIGIN],
  claims: ["sub", "name", "email"],
  // The address to open by hand, for people whose browser does not come up: this page is ours and loads nothing.
  allow: ["url"],
  fetch: [{ origin: apiOrigin, methods: ["GET"], pathPrefix: "/api" }],
});

function open(): void {
  auth.addWindow(createWindow({ url, preload: preloadPath, onAnother: open }));
}

app.on("window-all-closed", () => {
  if (process.platform !== "darwin") app.quit();
});
app.on("activate", () => {
  if (BrowserWindow.getAllWindows().length === 0) open();
});
app.once("ready", () => {
  servePage(pageFolder);
  open();
});
