// The main process of somebody else's Electron app.
import { createAuthClient } from "@loopkey/core";
import { createElectronPorts, preloadPath, serveAuth, type FetchRule } from "@loopkey/electron-adapter/main";
import { createElectronDouble } from "@loopkey/electron-adapter/testing";
import { app, BrowserWindow } from "electron/main";

const rules: readonly FetchRule[] = [
  { origin: "https://api.example.com", methods: ["GET"], pathPrefix: "/notes" },
];
const client = createAuthClient(
  { issuer: "https://id.example.com", clientId: "consumer", apiOrigins: ["https://api.example.com"] },
  createElectronPorts({ appName: "Consumer" }),
);
const auth = serveAuth(client, { origins: ["app://consumer"], fetch: rules });
void app.whenReady().then(async () => {
  const window = new BrowserWindow({ webPreferences: { preload: preloadPath } });
  auth.addWindow(window);
  await window.loadURL("app://consumer/index.html");
});
export const { main } = createElectronDouble();
