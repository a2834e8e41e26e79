// Program: refreshes again and again. Prints how much the heap has grown, warm, over that. Runs with --expose-gc.
import { createAuthClient, createMemoryStore } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { createPage } from "../programs/open-page.js";

const WARM_UP = 500;
const [issuer, refreshes] = process.argv.slice(2);
const openBrowser = async (url: string): Promise<void> => void createPage().open(url);
const client = createAuthClient(
  { issuer: issuer!, clientId: "benchmark" },
  createNodePorts({ appName: "Loopkey Counts", store: createMemoryStore(), openBrowser }),
);
await client.signIn();
await refresh(WARM_UP);
const before = heap();
await refresh(Number(refreshes));
const grown = heap() - before;
process.stdout.write(`${JSON.stringify({ grown })}\n`, () => process.exit());

async function refresh(times: number): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop
  for (let n = 0; n < times; n++) await client.getAccessToken({ forceRefresh: true });
}

function heap(): number {
  gc!();
  gc!();
  return process.memoryUsage().heapUsed;
}
