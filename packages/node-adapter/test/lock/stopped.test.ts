// Waiting for the lock while the process stands still: only time in which its loop ran counts, on the built package.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { createProcessLock } from "../../src/lock/across-processes.js";
import { createFolder } from "../support/encrypted-file.js";
import { isWindows, lacking } from "../support/platform.js";

const FIXTURE = fileURLToPath(new URL("../fixtures/process-lock.mjs", import.meta.url));
const LIMIT_MS = 3_000;
const STANDSTILL_MS = 4_500;

/** A process that waits for the lock, which we have. */
async function startWaiting() {
  const file = join(await createFolder(), "state", "default.lock");
  let release = (): void => {};
  let held = Promise.resolve();
  await new Promise<void>((begun) => {
    held = createProcessLock({ file })(() => new Promise<void>((resolve) => ((release = resolve), begun())), {
      signal: new AbortController().signal,
    });
  });
  const child = spawn(process.execPath, [FIXTURE, "wait", file, String(LIMIT_MS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => JSON.parse((await lines.next()).value as string);
  expect(await next()).toEqual({ waiting: true });
  return { child, next, held, release: () => release() };
}

describe.skipIf(isWindows)(
  lacking("way to stop a process", "a process that is stopped for longer than it would wait"),
  () => {
    test("has the lock that became free meanwhile", { timeout: 30_000 }, async () => {
      const { child, next, held, release } = await startWaiting();
      child.kill("SIGSTOP");
      release();
      await held;
      await pause(STANDSTILL_MS);
      child.kill("SIGCONT");
      expect(await next()).toEqual({ outcome: "mine" });
      await once(child, "close");
    });

    test("waits on for one that is not free yet", { timeout: 30_000 }, async () => {
      const { child, next, release } = await startWaiting();
      child.kill("SIGSTOP");
      await pause(STANDSTILL_MS);
      child.kill("SIGCONT");
      await pause(500);
      release();
      expect(await next()).toEqual({ outcome: "mine" });
    });
  },
);
