// pnpm torture:keyring: several processes use the keyring store on a real Secret Service, which is locked, frozen, killed
// and restarted meanwhile. Every load must give a whole record that was saved, every failure must have a known code,
// every call and every process must end in time. Prints what happened; exits with 1 when something did not hold.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { positive } from "./figures.js";
import { createKeyringJudge } from "./keyring-judge.js";
import { formatKeyringReport } from "./keyring-report.js";
import { openKeyringSession } from "./keyring-session.js";
import { createTroubles } from "./keyring-troubles.js";
import type { KeyringCall, WorkerAnswer, WorkerOptions, WorkerOrder } from "./keyring-worker.js";

const SERVICE = "loopkey-torture";
const WORKERS = 4;
const TIMEOUT_MS = 6_000;
// A timer may be late while the native library opens an entry on a keyring that does not answer.
const LATE_MS = 2_500;
const CALLS: readonly KeyringCall[] = ["load", "load", "load", "save", "save", "save", "clear", "probe"];
// Entries as on Windows, but one account. One account each, and one of all: there savers take turns, loads need not.
const OWN = Array.from({ length: WORKERS }, (_, n) => `own-${n}`);
const LIMITS = Object.fromEntries(
  ["shared", ...OWN].map((account) => [account, account === "own-0" ? 0 : 2_560]),
);

const { values } = parseArgs({ options: { seconds: { type: "string", default: "30" } } });
const seconds = positive("seconds", values.seconds);

const session = await openKeyringSession();
await session.start("unlocked");
const judge = createKeyringJudge({ limitMs: TIMEOUT_MS + LATE_MS, history: session.history });
const over = new AbortController();
let turn: Promise<void> = Promise.resolve();
let lastNumber = 0;
let stuck = 0;
let slots: readonly Slot[] = [];

interface Slot {
  child: ChildProcess;
  readonly own: string;
}

function startWorker(): ChildProcess {
  const options: WorkerOptions = { service: SERVICE, timeoutMs: TIMEOUT_MS, limits: LIMITS };
  const file = fileURLToPath(new URL("keyring-worker.js", import.meta.url));
  return fork(file, [JSON.stringify(options)], { env: session.env });
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null && child.connected;
}

/** The answer; null when the process is gone before, or does not answer and is killed. */
async function make(child: ChildProcess, order: WorkerOrder): Promise<WorkerAnswer | null> {
  if (!isRunning(child)) return null;
  const judged = judge.begin(order);
  const end = new AbortController();
  const { signal } = end;
  // One that was just killed cannot be told any more.
  child.send(order, () => {});
  const answer = await Promise.race([
    once(child, "message", { signal }).then(([message]) => message as WorkerAnswer),
    once(child, "exit", { signal }).then(() => null),
    sleep(TIMEOUT_MS + LATE_MS + 5_000, "hangs" as const, { signal }),
  ]);
  end.abort();
  if (answer === "hangs") {
    judge.violations.push(`${order.call} of ${order.account}: no answer at all`);
    child.kill("SIGKILL");
  }
  const heard = answer === "hangs" ? null : answer;
  judged(heard);
  return heard;
}

/** Saves and clears of the account of all, one after the other; as an app's lock, freed when a process dies. */
async function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const mine = turn.then(task);
  turn = mine.then(noMatter, noMatter);
  return await mine;
}

function noMatter(): void {}

async function work(slot: Slot): Promise<void> {
  while (!over.signal.aborted) {
    if (!isRunning(slot.child)) slot.child = startWorker();
    const call = CALLS[Math.floor(Math.random() * CALLS.length)]!;
    const account = Math.random() < 0.5 ? "shared" : slot.own;
    const order: WorkerOrder = { account, call, number: ++lastNumber };
    const writes = call === "save" || call === "clear";
    const answer = await (account === "shared" && writes
      ? inTurn(() => make(slot.child, order))
      : make(slot.child, order));
    if (answer?.error?.code === "timed_out") await restart(slot.child);
    // An app does not try again at once either.
    else if (answer?.error) await sleep(50);
  }
}

/** With the keyring well again: every account holds what it may, takes a record, and is empty after clear. */
async function settle(): Promise<readonly string[]> {
  const child = startWorker();
  for (const account of Object.keys(LIMITS)) {
    for (const call of ["load", "save", "load", "clear", "load"] as const) {
      const answer = await make(child, { account, call, number: ++lastNumber });
      if (answer?.error) judge.violations.push(`${call} of ${account}, after all: ${answer.error.message}`);
    }
  }
  slots = [...slots, { child, own: "shared" }];
  return session.accounts(SERVICE);
}

/** Nothing may keep a process that has nothing more to do; false when something does, and it had to be killed. */
async function leave(child: ChildProcess, withinMs = 5_000): Promise<boolean> {
  if (!isRunning(child)) return true;
  const ended = once(child, "exit").then(() => true);
  child.disconnect();
  const left = await Promise.race([ended, sleep(withinMs, false, { ref: false })]);
  if (!left) child.kill("SIGKILL");
  return left;
}

/** The keyring may have lost the prompt of a call that timed out: the library waits on, and the app is started again. */
async function restart(child: ChildProcess): Promise<void> {
  if (!(await leave(child, 1_000))) stuck++;
}

async function torture(): Promise<string> {
  slots = OWN.map((own) => ({ child: startWorker(), own }));
  const troubles = createTroubles(session, () => {
    slots[Math.floor(Math.random() * slots.length)]!.child.kill("SIGKILL");
  });
  const timer = setTimeout(() => over.abort(), seconds * 1_000);
  await Promise.all([troubles.run(over.signal), ...slots.map(work)]);
  clearTimeout(timer);
  const remaining = await settle();
  const left = await Promise.all(slots.map(({ child }) => leave(child)));
  for (const ended of left) if (!ended) judge.violations.push("a process does not end by itself");
  const records = remaining.filter((account) => !account.includes("#probe."));
  if (records.length > 0) judge.violations.push(`entries remain: ${records.join(", ")}`);
  return formatKeyringReport({
    seconds,
    workers: WORKERS,
    troubles: troubles.counts,
    tallies: judge.tallies,
    stuck,
    probesLeft: remaining.length - records.length,
    violations: judge.violations,
  });
}

// Interrupted it ends early, and leaves nothing running.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => over.abort());
try {
  process.stdout.write(await torture());
  process.exitCode = judge.violations.length === 0 ? 0 : 1;
} finally {
  for (const { child } of slots) child.kill("SIGKILL");
  await session.close();
}
