// The lock between real processes: on the built package, as apps run it.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, readlink, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { PortError } from "@loopkey/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createProcessLock } from "../../src/lock/across-processes.js";
import { loadSystemLocks } from "../../src/lock/inside/system-locks.js";
import { isWindows, posixTest } from "../support/platform.js";

const FIXTURE = fileURLToPath(new URL("../fixtures/process-lock.mjs", import.meta.url));
const { signal: never } = new AbortController();

let folder: string;
let file: string;
let children: ChildProcess[];
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "loopkey-lock-")));
  file = join(folder, "state", "default.lock");
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

function start(mode: string, ...args: string[]) {
  const child = spawn(process.execPath, [FIXTURE, mode, file, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value as string) as Record<string, unknown>;
  return { child, next, ended: once(child, "exit") };
}

/** A process that has the lock. */
async function startHolder() {
  const holder = start("hold");
  expect(await holder.next()).toEqual({ held: true });
  return holder;
}

interface Outcome {
  readonly code?: string;
  readonly waitedMs: number;
}

async function outcomesOf(all: readonly ReturnType<typeof start>[]): Promise<readonly Outcome[]> {
  const said = await Promise.all(all.map(({ next }) => next()));
  return said.flatMap(({ outcomes }) => outcomes as readonly Outcome[]);
}

const take = (timeoutMs: number) =>
  createProcessLock({ file, timeoutMs })(async () => "mine", { signal: never });

describe("between processes", { timeout: 30_000 }, () => {
  test("twelve that count in one file lose no count, and none waits for long", async () => {
    const counter = join(folder, "counter");
    await writeFile(counter, "0");
    const counters = Array.from({ length: isWindows ? 4 : 12 }, () => start("count", counter, "10"));
    const waits = await Promise.all(counters.map(({ next }) => next()));
    const codes = await Promise.all(counters.map(async ({ ended }) => (await ended)[0] as unknown));
    expect(codes).toEqual(counters.map(() => 0));
    expect(await readFile(counter, "utf8")).toBe(String(10 * counters.length));
    // Measured: under 1.5 s on a busy machine. The limit of a wait is 60 s.
    for (const { slowestMs } of waits) expect(slowestMs).toBeLessThan(20_000);
  });

  test("who waits has the lock once the holder is done, and the holder ends by itself", async () => {
    const { child, ended } = await startHolder();
    const waiting = take(10_000);
    child.stdin.write("\n");
    expect(await waiting).toBe("mine");
    expect((await ended)[0]).toBe(0);
  });

  test("a holder that is killed frees the lock, and the file it leaves is no obstacle", async () => {
    const { child, ended } = await startHolder();
    const waiting = take(10_000);
    child.kill("SIGKILL");
    expect(await waiting).toBe("mine");
    await ended;
    expect((await stat(file)).isFile()).toBe(true);
    expect(await take(10_000)).toBe("mine");
  });

  test("what a holder that is killed had noted is found by whoever is next", async () => {
    const { child, next, ended } = start("note", "sent by the first", "hang");
    expect([await next(), await next()]).toEqual([{ found: null }, { noted: true }]);
    child.kill("SIGKILL");
    await ended;
    const second = start("note", "sent by the second");
    expect(await second.next()).toEqual({ found: "sent by the first" });
    await second.ended;
    const found = createProcessLock({ file })(async ({ readNote }) => readNote(), { signal: never });
    expect(await found).toBe("sent by the second");
  });

  test("many that wait for one another do not end one another: the limit is for one holder", async () => {
    const [holdMs, limitMs] = isWindows ? [1_000, 2_000] : [250, 1_000];
    const all = Array.from({ length: isWindows ? 6 : 14 }, () => start("once", `${holdMs}`, `${limitMs}`));
    const outcomes = await outcomesOf(all);
    expect(outcomes.flatMap(({ code }) => code ?? [])).toEqual([]);
    // Some waited for much longer than the limit: else it would show nothing.
    expect(Math.max(...outcomes.map(({ waitedMs }) => waitedMs))).toBeGreaterThan(2 * limitMs);
    await Promise.all(all.map(({ ended }) => ended));
  });

  test("two hundred do not either, in as many processes as fit: the wait grows with those that wait", async () => {
    const [processes, each, holdMs, limitMs] = isWindows ? [4, 50, 40, 2_000] : [20, 10, 40, 2_000];
    const all = Array.from({ length: processes }, () => start("once", `${holdMs}`, `${limitMs}`, `${each}`));
    const outcomes = await outcomesOf(all);
    expect(outcomes).toHaveLength(200);
    expect(outcomes.flatMap(({ code }) => code ?? [])).toEqual([]);
    // The last has waited for nearly all of them.
    expect(Math.max(...outcomes.map(({ waitedMs }) => waitedMs))).toBeGreaterThan(2 * limitMs);
    await Promise.all(all.map(({ ended }) => ended));
  });

  test("time in which the loop of who waits is blocked does not count", async () => {
    const { child, ended } = await startHolder();
    const locks = await loadSystemLocks();
    let asked = (): void => {};
    const isWaiting = new Promise<void>((resolve) => (asked = resolve));
    const tryLock = (fd: number): boolean => {
      asked();
      return locks.tryLock(fd);
    };
    const loadLocks = () => ({ ...locks, tryLock });
    const waiting = createProcessLock({ file, timeoutMs: 1_500, loadLocks })(async () => "mine", {
      signal: never,
    });
    await isWaiting;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500);
    child.stdin.write("\n");
    expect(await waiting).toBe("mine");
    await ended;
  });

  posixTest("way to stop a process")(
    "a holder that is stopped keeps it: who waits is told so at its deadline",
    async () => {
      const { child } = await startHolder();
      child.kill("SIGSTOP");
      const asked = performance.now();
      const failure = await take(300).catch((error: PortError) => error);
      expect(failure).toMatchObject({ code: "lock_timeout" });
      expect((failure as PortError).hint).toContain(`lsof ${file}`);
      expect(performance.now() - asked).toBeGreaterThanOrEqual(299);
      child.kill("SIGCONT");
      child.stdin.write("\n");
      expect(await take(10_000)).toBe("mine");
    },
  );

  test("a process that gives up waiting has neither timer nor file left, and ends by itself", async () => {
    await startHolder();
    const { next, ended } = start("abort", "100");
    expect(await next()).toEqual({ outcome: "gone", open: [], timers: false });
    expect((await ended)[0]).toBe(0);
  });

  test("a program that the holder started does not inherit the lock", async () => {
    const { next, ended } = start("leave");
    const { pid } = (await next()) as { pid: number };
    try {
      await ended;
      expect(process.kill(pid, 0)).toBe(true);
      if (process.platform === "linux") {
        const open = await readdir(`/proc/${pid}/fd`);
        const targets = await Promise.all(open.map((fd) => readlink(`/proc/${pid}/fd/${fd}`)));
        expect(targets).not.toContain(file);
      }
      expect(await take(2_000)).toBe("mine");
    } finally {
      process.kill(pid, "SIGKILL");
    }
  });
});
