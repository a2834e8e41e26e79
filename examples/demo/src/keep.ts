// --keep: a server that stays, for the command line in another terminal. As servers are, unlike that of the demo.
import { once } from "node:events";
import { createServer } from "node:net";
import type { Narrator } from "./narrator.js";
import { startServer } from "./server-process.js";
import type { DemoStore } from "./store.js";

/** docs/start/cli.md has it too. */
const KEPT_PORT = "4711";

/** The same in every terminal and every time, or a session of before could not be opened. It guards nobody but Ada. */
const PASSPHRASE = "for-the-loopkey-demo-only";

/** Looked at before the demo begins: rejects where something listens on the port. */
export async function portToKeep(given = KEPT_PORT): Promise<number> {
  const port = Number(given);
  if (!/^\d{1,5}$/.test(given) || port > 65_535) throw new Error(`There is no port "${given}".`);
  const server = createServer();
  server.listen({ host: "127.0.0.1", port, exclusive: true });
  await once(server, "listening").catch((error: unknown) => {
    throw new Error(
      `port ${given} is taken, perhaps by another demo that was kept. End that, or choose another: ` +
        "npm run demo -- --keep --port 4712",
      { cause: error },
    );
  });
  server.close();
  await once(server, "close");
  return port;
}

export interface KeepOptions {
  readonly port: number;
  readonly store: DemoStore;
  readonly tell: Narrator;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Stays until the signal. */
export async function keepServer({ port, store, tell, signal }: KeepOptions): Promise<void> {
  const server = await startServer(["--port", String(port), "--device-code"]);
  try {
    const first =
      store === "keyring" ? "" : " There is no keyring here: the first line is for each terminal.";
    tell.step(`A server stays. Try the command line in another terminal, in this folder.${first}`);
    const { issuer, apiUrl, clientId, username, password } = server;
    const options = `--issuer ${issuer} --client-id ${clientId}`;
    for (const line of [
      ...(store === "keyring" ? [] : [`export LOOPKEY_PASSPHRASE=${PASSPHRASE}`]),
      `npx loopkey doctor ${options}`,
      `npx loopkey login ${options}     (${username} / ${password}; with --device: by a code)`,
      "npx loopkey status",
      "npx loopkey whoami",
      "npx loopkey token",
      `curl -H "Authorization: Bearer $(npx loopkey token)" ${apiUrl}`,
      "npx loopkey logout",
    ])
      tell.detail(line);
    process.stdout.write("\nCtrl-C ends the server.\n");
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await server.stop();
  }
}
