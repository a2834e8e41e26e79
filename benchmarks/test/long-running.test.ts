// What a client costs that lives for long: timers while nothing happens, memory over thousands of refreshes, work for each
// who waits.
import { expect, test } from "vitest";
import { overBudget } from "../src/counting/budget.js";
import { mustRun } from "../src/run/command.js";
import { programOf, useStage } from "./support.js";

/** The one that waits for the next refresh. */
const IDLE_TIMERS = 1;
const LIMIT_MS = 240_000;
const REFRESHES = 10_000;
const GROWN_BYTES = 2_000_000;
const WAITERS = 500;
/** Calls of functions, ours and our dependencies', for each of so many who wait for one refresh. */
const CALLS_PER_WAITER = 40;

const stage = useStage();

async function run(name: string, ...args: readonly string[]): Promise<string> {
  const program = ["--expose-gc", programOf(`counting/${name}`), ...args];
  return (await mustRun(process.execPath, program, stage().world.env, LIMIT_MS)).stdout;
}

test("a client that does nothing has one timer", async () => {
  const timers = JSON.parse(await run("idle", stage().place.lasting.issuer)) as string[];

  const found = timers.map((by) => ({ what: "a timer", by }));
  expect(overBudget("timers of an idle client", timers.length, IDLE_TIMERS, found)).toBeUndefined();
});

test("ten thousand refreshes leave nothing behind", { timeout: LIMIT_MS }, async () => {
  const { grown } = JSON.parse(await run("growth", stage().place.lasting.issuer, `${REFRESHES}`)) as {
    grown: number;
  };

  expect(grown, `bytes after ${REFRESHES} refreshes`).toBeLessThan(GROWN_BYTES);
});

test("who waits for a refresh with many others costs no more than the budget", async () => {
  const [calls] = JSON.parse(await run("waiters", stage().place.expiring.issuer, `${WAITERS}`)) as [
    Record<string, number>,
  ];

  const all = Object.entries(calls).toSorted(([, a], [, b]) => b - a);
  const perWaiter = Math.round(all.reduce((sum, [, count]) => sum + count, 0) / WAITERS);
  const found = all.slice(0, 10).map(([by, count]) => ({ what: `${Math.round(count / WAITERS)} calls`, by }));
  expect(overBudget("calls per waiter", perWaiter, CALLS_PER_WAITER, found)).toBeUndefined();
});
