// Loopkey as its README has it for a short-lived command; with `kept` the access token stays in the keyring.
import { createAuthClient } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { readOrder } from "../order.js";

const { issuer, clientId, service, account } = readOrder();
const keepAccessToken = process.argv[3] === "kept" ? "store" : "memory";
const client = createAuthClient(
  { issuer, clientId, refreshOnStart: false, keepAccessToken },
  createNodePorts({ appName: service, profile: account, store: "keyring" }),
);
process.stdout.write(`${await client.getAccessToken()}\n`);
await client.close();
