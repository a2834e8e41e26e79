// npm run demo: an OpenID provider on this machine, and an app that signs a person in with the real packages.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { AppOptions } from "./app.js";
import { createNarrator } from "./narrator.js";
import { startServer, type ServerProcess } from "./server-process.js";
import { chooseStore, type StoreChoice } from "./store.js";

const ACCESS_TOKEN_SECONDS = 2;

const tell = createNarrator(process.stdout);
// Ctrl-C, or the end of the terminal: the server and the app go too.
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());

try {
  const { values } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
  await demo(values.keep);
} catch (error) {
  const why = interrupted.signal.aborted
    ? "it was interrupted."
    : error instanceof Error
      ? error.message
      : String(error);
  process.stderr.write(`\nThe demo failed: ${why}\n`);
  process.exitCode = interrupted.signal.aborted ? 130 : 1;
}

async function demo(keep: boolean): Promise<void> {
  process.stdout.write(
    "Loopkey signs people in to apps on their own machine. This is what that looks like.\n",
  );

  tell.step("1. An OpenID provider starts on a free port");
  const server = await startServer(["--access-token-seconds", String(ACCESS_TOKEN_SECONDS)]);
  try {
    tell.detail(`${server.issuer} (examples/identity-provider)`);

    tell.step("2. Where will the session be kept?");
    const store = await chooseStore();
    if (store.instead === undefined) tell.detail("In the keyring of this machine.");
    else tell.detail(`In memory, for this demo. ${store.instead}`);

    await signInAndComeBack(server, store);
    summarise(store);
    if (keep) await keepRunning(server, store);
  } finally {
    await server.stop();
  }
}

async function signInAndComeBack(server: ServerProcess, store: StoreChoice): Promise<void> {
  tell.step("3. The app signs a person in");
  if (store.kind === "memory") {
    // A session in memory cannot outlive its process: the same process goes on.
    return runApp({ server, store: store.kind, parts: ["sign-in", "come-back"] });
  }
  await runApp({ server, store: store.kind, parts: ["sign-in"] });
  tell.step("4. The app was closed. It starts again, in a new process, and the person is still signed in");
  await runApp({ server, store: store.kind, parts: ["come-back"] });
}

/** Runs the app in a process of its own. */
async function runApp(options: AppOptions): Promise<void> {
  const program = fileURLToPath(new URL("./app.js", import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: "inherit",
    signal: interrupted.signal,
  });
  const [code, killedBy] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  if (killedBy) throw new Error(`the app was ended by ${killedBy}.`);
  if (code !== 0) throw new Error("the app ended with an error (see above).");
}

function summarise({ kind }: StoreChoice): void {
  tell.step("What happened");
  for (const line of [
    "A person signed in through a browser. The redirect came to a port on 127.0.0.1 that was open only while it was awaited.",
    kind === "keyring"
      ? "The refresh token was kept in the keyring, and the app that was started again found it there."
      : "The session was kept in memory: with a keyring it outlives the process.",
    "The access token was renewed before it ended, without anybody noticing.",
    "Signing out revoked the tokens, deleted the session here, and ended the person's session at the server.",
  ])
    tell.detail(line);
  process.stdout.write("\nREADME.md has the ten lines that do this in your app.\n");
}

async function keepRunning(
  { issuer, clientId, username, password }: ServerProcess,
  { kind }: StoreChoice,
): Promise<void> {
  tell.step("The server stays. Try the command line in another terminal, in this folder:");
  if (kind === "memory") tell.detail("(Without a keyring only login works, and forgets: install one first.)");
  const store = kind === "keyring" ? "" : " --store memory";
  for (const line of [
    `npx loopkey login --issuer ${issuer} --client-id ${clientId}${store}     (${username} / ${password})`,
    "npx loopkey status",
    "npx loopkey whoami",
    "npx loopkey token",
    "npx loopkey logout",
  ])
    tell.detail(line);
  process.stdout.write("\nCtrl-C ends the server.\n");
  if (!interrupted.signal.aborted) await once(interrupted.signal, "abort");
}
