// npm run demo: an OpenID provider on this machine, and an app that signs a person in with the real packages.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { AppOptions } from "./app.js";
import { keepServer, portToKeep } from "./keep.js";
import { createNarrator } from "./narrator.js";
import { startServer, type ServerProcess } from "./server-process.js";
import { chooseStore, type StoreChoice } from "./store.js";

const ACCESS_TOKEN_SECONDS = 2;

const tell = createNarrator(process.stdout);
const interruption = new AbortController();
// Once: a second one ends the demo at once, and leaves the folder of the encrypted file behind.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => interruption.abort());
try {
  const { values } = parseArgs({
    options: {
      keep: { type: "boolean", default: false },
      port: { type: "string" },
      watch: { type: "boolean", default: false },
    },
  });
  if (values.port !== undefined && !values.keep) throw new Error("--port is for --keep.");
  await demo({ watch: values.watch, keptPort: values.keep ? await portToKeep(values.port) : undefined });
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  const { aborted } = interruption.signal;
  process.stderr.write(aborted ? "\nInterrupted.\n" : `\nThe demo failed: ${why}\n`);
  process.exitCode = aborted ? 130 : 1;
}

interface DemoOptions {
  /** Whether a page shows the machine while it runs. */
  readonly watch: boolean;
  /** Where a server stays in the end. */
  readonly keptPort: number | undefined;
}

async function demo({ watch, keptPort }: DemoOptions): Promise<void> {
  process.stdout.write(
    "Loopkey signs people in to apps on their own machine. This is what that looks like.\n",
  );

  tell.step("1. An OpenID provider starts on a free port");
  const server = await startServer(["--access-token-seconds", String(ACCESS_TOKEN_SECONDS)]);
  let store: StoreChoice | undefined;
  try {
    tell.detail(`${server.issuer} (examples/identity-provider)`);

    tell.step("2. Where will the session be kept?");
    store = await chooseStore();
    if (store.instead === undefined) tell.detail("In the keyring of this machine.");
    else {
      tell.detail("In an encrypted file, under a passphrase made for this run. Both are gone when it ends.");
      tell.detail(`Why not in the keyring: ${store.instead}`);
    }

    await signInAndComeBack(server, store, watch);
    summarise(store);
  } finally {
    await store?.remove();
    await server.stop();
  }
  if (keptPort === undefined) return;
  await keepServer({ port: keptPort, store: store.kind, tell, signal: interruption.signal });
}

async function signInAndComeBack(
  server: ServerProcess,
  { kind, env }: StoreChoice,
  watch: boolean,
): Promise<void> {
  tell.step("3. The app signs a person in");
  await runApp({ server, store: kind, part: "sign-in", watch }, env);
  tell.step("4. The app was closed. It starts again, in a new process, and the person is still signed in");
  await runApp({ server, store: kind, part: "come-back", watch }, env);
}

/** Runs the app in a process of its own. */
async function runApp(options: AppOptions, env: StoreChoice["env"]): Promise<void> {
  const program = fileURLToPath(new URL("./app.js", import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: "inherit",
    env: { ...process.env, ...env },
    signal: interruption.signal,
  });
  const [code, killedBy] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  if (killedBy) throw new Error(`the app was ended by ${killedBy}.`);
  if (code !== 0) throw new Error("the app ended with an error (see above).");
}

function summarise({ kind }: StoreChoice): void {
  tell.step("What happened");
  for (const line of [
    "A person signed in through a browser. The redirect came to a port on 127.0.0.1 that was open only while it was awaited.",
    `The refresh token was kept in ${kind === "keyring" ? "the keyring" : "the encrypted file"}, and the app that was started again found it there.`,
    "The access token was renewed before it ended, without anybody noticing.",
    "Signing out revoked the tokens, deleted the session here, and ended the person's session at the server.",
  ])
    tell.detail(line);
  process.stdout.write("\nREADME.md has the lines that do this in your app.\n");
}
