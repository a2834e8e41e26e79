// A command line of the vendor's that runs for long, or the main code of its desktop app under the double of Electron: calls the API
// with the session that others use too.
import { createAuthClient } from "@loopkey/core";
import { createElectronPorts } from "@loopkey/electron-adapter/main";
import { createElectronDouble } from "@loopkey/electron-adapter/testing";
import { createNodePorts } from "@loopkey/node-adapter";
import { apiOf, APP_NAME, callAgainAndAgain, type MixedOrder } from "../mixed/calls.js";
import { readOrder } from "./order.js";

const order = readOrder() as MixedOrder & { readonly ports: "node" | "electron-double" };
const { issuer, clientId, ports } = order;
const client = createAuthClient(
  { issuer, clientId },
  ports === "node"
    ? createNodePorts({ appName: APP_NAME })
    : createElectronPorts({ appName: APP_NAME, electron: createElectronDouble().main }),
);
const result = await callAgainAndAgain(
  ports === "node" ? "client.fetch" : "the double of Electron",
  order,
  async () => (await client.fetch(apiOf(order))).status,
);
process.stdout.write(`${JSON.stringify(result)}\n`);
