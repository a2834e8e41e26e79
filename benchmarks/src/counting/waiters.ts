// Program: many ask for a token at once. Prints how often each function was called meanwhile, as V8 counts it: unlike a
// time, the number does not depend on the machine.
import { Session } from "node:inspector/promises";
import { createAuthClient, createMemoryStore } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";
import { createPage } from "../programs/open-page.js";

const LEAST_VALIDITY_MS = 300_000;
const [issuer, ...sizes] = process.argv.slice(2);
const openBrowser = async (url: string): Promise<void> => void createPage().open(url);
const client = createAuthClient(
  { issuer: issuer!, clientId: "benchmark" },
  createNodePorts({ appName: "Loopkey Counts", store: createMemoryStore(), openBrowser }),
);
await client.signIn();
await ask(1);

const session = new Session();
session.connect();
await session.post("Profiler.enable");
const counts: Record<string, number>[] = [];
for (const size of sizes) {
  // oxlint-disable-next-line no-await-in-loop
  counts.push(await callsDuring(() => ask(Number(size))));
}
process.stdout.write(`${JSON.stringify(counts)}\n`, () => process.exit());

/** The server's tokens are good for a minute: each round is one refresh, that all wait for. */
async function ask(size: number): Promise<void> {
  await Promise.all(
    Array.from({ length: size }, () => client.getAccessToken({ minValidityMs: LEAST_VALIDITY_MS })),
  );
}

async function callsDuring(act: () => Promise<void>): Promise<Record<string, number>> {
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await act();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  await session.post("Profiler.stopPreciseCoverage");
  const calls: Record<string, number> = {};
  for (const { url, functions } of result) {
    // Node's own are not ours to count, and this file's are the callers.
    if (!url.startsWith("file:") || url === import.meta.url) continue;
    for (const { functionName, ranges } of functions) {
      const name = `${functionName || "(anonymous)"} in ${url.replace(/^.*\/(packages|node_modules)\//, "")}`;
      const count = ranges[0]?.count ?? 0;
      if (count > 0) calls[name] = (calls[name] ?? 0) + count;
    }
  }
  return calls;
}
