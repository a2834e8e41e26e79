// pnpm torture:processes: a dozen processes share one account in a real gnome-keyring, with tokens of two seconds, at a
// server that revokes the whole family when a refresh token comes twice. Nobody may be signed out, and no call may fail.
// --store encrypted-file: for more processes than a keyring's daemon answers at once.
// Prints what happened; exits with 1 when something did not hold.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startIdentityProvider, type IdentityProviderEvent } from "@loopkey/example-identity-provider";
import { positive } from "./figures.js";
import { openKeyringSession, type KeyringSession } from "./keyring-session.js";
import { formatProcessesReport, type ProcessesRun } from "./processes-report.js";
import type { ProcessAnswer, ProcessOptions, ProcessOrder } from "./processes-worker.js";
import { startWorker, type Worker } from "./worker.js";

type Keep = ProcessesRun["keep"];
type Process = Worker<ProcessOrder, ProcessAnswer>;

const APP_NAME = "Loopkey torture";
const TOKEN_SECONDS = 2;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    processes: { type: "string", default: "12" },
    store: { type: "string", default: "keyring" },
  },
});
const seconds = positive("seconds", values.seconds);
const store = values.store === "encrypted-file" ? values.store : "keyring";
const processes = Math.ceil(positive("processes", values.processes));

async function run(keep: Keep, session: KeyringSession): Promise<ProcessesRun> {
  const events: IdentityProviderEvent[] = [];
  await using server = await startIdentityProvider({
    accessTokenSeconds: TOKEN_SECONDS,
    onEvent: (event) => events.push(event),
  });
  const options: ProcessOptions = {
    appName: APP_NAME,
    store,
    profile: `kept-in-${keep}`,
    config: { issuer: server.issuer, clientId: server.clientId, keepAccessToken: keep },
    apiUrl: server.apiUrl,
    person: server.account,
  };
  const start = (): Process => startWorker({ program: "processes-worker.js", options, env: session.env });
  const violations: string[] = [];

  const first = start();
  const signedIn = await first.ask({ do: "sign in" });
  await leave(first, violations);
  events.length = 0;

  const workers = Array.from({ length: processes }, start);
  await Promise.all(workers.map((worker) => worker.ask({ do: "work" })));
  await sleep(seconds * 1_000);
  const answers = await Promise.all(workers.map((worker) => worker.ask({ do: "stop" })));
  await Promise.all(workers.map((worker) => leave(worker, violations)));
  const counted = events.splice(0);

  // Whoever comes after them is still signed in.
  const last = start();
  await last.ask({ do: "work" });
  const after = await last.ask({ do: "stop" });
  await leave(last, violations);

  const everyone = [signedIn, ...answers, after];
  const ended = everyone.filter(({ status }) => status !== "authenticated" && status !== "refreshing");
  const failures = everyone.flatMap(({ failures }) => failures);
  const reuses = [...counted, ...events].filter(
    (event) => event.type === "grant-revoked" && event.reason === "refresh-token-replayed",
  );
  const errors = counted.flatMap((event) => {
    if (event.type === "server-error") return [`the server failed: ${event.error.message}`];
    return event.type === "request-refused" ? [`the server refused: ${event.error}`] : [];
  });
  if (reuses.length > 0) violations.push(`a refresh token came twice: ${reuses.length} times`);
  violations.push(...failures, ...errors, ...ended.map(({ status }) => `a process ended ${status}`));
  if (answers.some(({ waits }) => waits.length === 0)) violations.push("a process never had a token");
  return { keep, answers, events: counted, reuses: reuses.length, failures: failures.length, violations };
}

async function leave(worker: Process, violations: string[]): Promise<void> {
  if (!(await worker.leave())) violations.push("a process does not end by itself");
}

const session = await openKeyringSession();
try {
  await session.start("unlocked");
  const runs = [await run("store", session), await run("memory", session)];
  process.stdout.write(
    formatProcessesReport({ processes, store, seconds, tokenSeconds: TOKEN_SECONDS, runs }),
  );
  process.exitCode = runs.every(({ violations }) => violations.length === 0) ? 0 : 1;
} finally {
  await session.close();
}
