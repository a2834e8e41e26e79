// How much a thousand clients of one contender take, beyond the first: prints { rssMb, heapMb }. Runs with --expose-gc.
// Those of Loopkey are signed in; the others hold no session by themselves.
import { createAuthClient, createMemoryStore } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { None, Configuration } from "openid-client";
import { createGoogleClient } from "../contenders/google-auth/client.js";
import { createSingleFlight } from "../contenders/hand-written/single-flight.js";
import { createMsalClient } from "../contenders/msal/client.js";
import { createPage } from "./open-page.js";

const CLIENTS = 1_000;
const MEGABYTE = 1e6;
const issuer = process.argv[3]!;
const clientId = "benchmark";
let record: string | null = null;

const CREATE: Readonly<Record<string, () => unknown>> = {
  async loopkey() {
    const store = createMemoryStore();
    if (record !== null) await store.save(record);
    const openBrowser = async (url: string): Promise<void> => void createPage().open(url);
    const ports = createNodePorts({ appName: "m", store, openBrowser });
    const client = createAuthClient({ issuer, clientId, keepAccessToken: "store" }, ports);
    const { status } = await client.ready();
    if (status === "idle") await client.signIn();
    record = await store.load();
    return client;
  },
  "openid-client": () =>
    new Configuration({ issuer, token_endpoint: `${issuer}/token` }, clientId, undefined, None()),
  google: () => createGoogleClient({ issuer, clientId }),
  msal: () => createMsalClient({ issuer, clientId }),
  "hand-written": () =>
    createSingleFlight({ access_token: "", refresh_token: "", expires_in: 0 }, async (refresh_token) => ({
      access_token: "",
      refresh_token,
      expires_in: 0,
    })),
};

const create = CREATE[process.argv[2]!]!;
const clients = [await create()];
const before = measured();
for (let n = 0; n < CLIENTS; n++) {
  // oxlint-disable-next-line no-await-in-loop
  clients.push(await create());
}
const after = measured();
process.stdout.write(
  `${JSON.stringify({
    clients: clients.length,
    rssMb: (after.rss - before.rss) / MEGABYTE,
    heapMb: (after.heapUsed - before.heapUsed) / MEGABYTE,
  })}\n`,
);
process.exit();

function measured(): NodeJS.MemoryUsage {
  gc!();
  gc!();
  return process.memoryUsage();
}
