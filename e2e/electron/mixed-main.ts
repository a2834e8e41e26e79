// The main process of a desktop app that calls the API with the session that others use too.
import { createAuthClient } from "@loopkey/core";
import { createElectronPorts, serveAuth } from "@loopkey/electron-adapter/main";
import { app } from "electron/main";
import { apiOf, APP_NAME, callAgainAndAgain, type MixedOrder } from "../mixed/calls.js";

const order = JSON.parse(process.env["MIXED_ORDER"]!) as MixedOrder;
const { issuer, clientId } = order;
const client = createAuthClient({ issuer, clientId }, createElectronPorts({ appName: APP_NAME }));
serveAuth(client, { origins: ["app://own"] });

void main();

async function main(): Promise<void> {
  await app.whenReady();
  const result = await callAgainAndAgain("Electron", order, async () => {
    const answer = await client.fetch(apiOf(order));
    await answer.text();
    return answer.status;
  });
  process.stdout.write(`${JSON.stringify(result)}\n`);
  // serveAuth waits for what must be saved.
  app.quit();
}
