// Another program's command line, with the commands of Loopkey in it and work of its own after them. Ends by itself.
import { setTimeout as work } from "node:timers/promises";
import { createAuthClient } from "@loopkey/core";
import { addAuthCommands } from "@loopkey/cli-adapter/commander";
import { createNodePorts } from "@loopkey/node-adapter";
import { Command } from "commander";
import { readOrder } from "./order.js";

export interface HostOrder {
  readonly issuer: string;
  /** The command and its options. */
  readonly args: readonly string[];
  /** `given`: one client, which refreshes at its start. `made`: one for the command, which does not. */
  readonly client: "given" | "made";
  /** How long the program's own work takes, after the command. @default 0 */
  readonly workMs?: number;
  readonly requestTimeoutMs?: number;
  /** Signals that the program listens to itself: it says so, and goes on. @default [] */
  readonly listensTo?: readonly NodeJS.Signals[];
}

const {
  issuer,
  args,
  client,
  workMs = 0,
  requestTimeoutMs = 30_000,
  listensTo = [],
} = readOrder() as HostOrder;
// As a program that ends in its own way, whatever goes on.
process.on("SIGUSR2", () => process.exit(3));
for (const signal of listensTo)
  process.on(signal, () => void process.stdout.write(`The program heard ${signal}.\n`));
const ports = createNodePorts({
  appName: "Loopkey host",
  store: "encrypted-file",
  secret: async () => ({ key: new Uint8Array(32).fill(7) }),
  // The server needs nobody at its page.
  openBrowser: async (url) => void fetch(url).then((page) => page.text()),
});
const create = () =>
  createAuthClient({ issuer, clientId: "app", requestTimeoutMs, refreshOnStart: client === "given" }, ports);

const program = new Command("host");
addAuthCommands(program, client === "given" ? create() : create);
const before = listeners();
await program.parseAsync(args, { from: "user" });
if (listeners() !== before) process.stdout.write(`Left behind: ${listeners()}, where there was ${before}.\n`);
if (workMs > 0) {
  await work(workMs);
  process.stdout.write("The program's own work is done.\n");
}

/** Who listens to the process and its streams, by name. */
function listeners(): string {
  const { stdout, stderr } = process;
  return JSON.stringify(
    [process, stdout, stderr].map((emitter) =>
      // What waits for the end alone is in nobody's way: an interrupted program ends by the signal.
      emitter
        .eventNames()
        .filter((name) => name !== "exit")
        .map((name) => [String(name), emitter.listenerCount(name as "error")]),
    ),
  );
}
