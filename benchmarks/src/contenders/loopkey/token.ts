// Loopkey as docs/api.md has it for a short-lived command: the token that was kept, else the client; with `kept` the access token
// stays in the keyring.
import { keptAccessToken } from "@loopkey/core/light";
import { createNodePorts } from "@loopkey/node-adapter";
import { readOrder } from "../order.js";

const { issuer, clientId, service, account } = readOrder();
const keepAccessToken = process.argv[3] === "kept" ? "store" : "memory";
const config = { issuer, clientId, refreshOnStart: false, keepAccessToken } as const;
const ports = createNodePorts({ appName: service, profile: account, store: "keyring" });
const kept = await keptAccessToken(config, ports);
if (kept) process.stdout.write(`${kept.accessToken}\n`);
else {
  const { createAuthClient } = await import("@loopkey/core");
  const client = createAuthClient(config, ports);
  process.stdout.write(`${await client.getAccessToken()}\n`);
  await client.close();
}
