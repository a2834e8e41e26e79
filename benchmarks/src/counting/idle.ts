// Program: a client that is signed in and does nothing. Prints the timers that its code has set and that are running
// then, each with the line that has set it. Those of a kept connection are the transport's and not among them.
import { createHook } from "node:async_hooks";
import { createAuthClient, createMemoryStore } from "@loopkey/core";
import { createNodePorts } from "@loopkey/node-adapter";

// Longer than anything that is done once after a sign-in: the answer to the browser, the look at its launcher.
const SETTLED_MS = 2_500;
const LINES = 3;
const timers = new Map<number, string>();
createHook({
  init(id, type) {
    const caller = type === "Timeout" ? callerOf(new Error().stack ?? "") : undefined;
    if (caller !== undefined) timers.set(id, caller);
  },
  destroy: (id) => void timers.delete(id),
}).enable();

const client = createAuthClient(
  { issuer: process.argv[2]!, clientId: "benchmark" },
  createNodePorts({ appName: "Loopkey Counts", store: createMemoryStore() }),
);
await client.signIn();
await new Promise<void>((resolve) => setTimeout(resolve, SETTLED_MS));
process.stdout.write(`${JSON.stringify([...timers.values()])}\n`, () => process.exit());

/** The innermost lines that are of files, and not of this one. */
function callerOf(stack: string): string | undefined {
  const lines = stack.split("\n").filter((line) => line.includes("file:") && !line.includes(import.meta.url));
  if (lines.length === 0) return undefined;
  return lines
    .slice(0, LINES)
    .map((line) => line.trim().replace("at ", ""))
    .join(", called by ");
}
