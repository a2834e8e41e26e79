// Crowds a listener from other processes, and lets a person in meanwhile.
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "./listener-client.js";
import type { CrowdAnswer, CrowdOrder, Manner } from "./listener-crowd-worker.js";
import { findGrowth, type Growth } from "./listener-memory.js";
import { blanksOf, type Attack } from "./listener-requests.js";
import type { ListenerAnswer, ListenerOptions, ListenerOrder } from "./listener-worker.js";
import { startWorker, type Worker } from "./worker.js";

export interface CrowdOptions {
  readonly manner: Manner;
  /** Of all processes together; of those that go on, at a time. */
  readonly connections: number;
  /** How long it goes on once all have been opened. */
  readonly seconds: number;
}

export interface CrowdRun {
  readonly manner: Manner;
  readonly connected: number;
  /** How long those who asked in between waited for their answer, in milliseconds. */
  readonly waits: readonly number[];
  /** Asked again, for the asker was held up. */
  readonly late: number;
  /** The same of the person whose redirect it was, until the page was there. */
  readonly redirect: number;
  readonly strays: number;
  readonly notices: number;
  readonly longestDelay: number;
  readonly memory: Growth;
  readonly violations: readonly string[];
}

const PROCESSES = 4;
const PAUSE_MS = 50;

/** Between connecting and asking. In the fiercest crowd an idle connection is left alone for about as long. */
const HELD_UP_MS = 15;

/** Longer than this is no longer "at once"; a system sends a lost SYN again after 1 s, then 2, then 4. */
const LONGEST_WAIT_MS: Readonly<Record<Manner, number>> = {
  "half sent": 3_500,
  slow: 3_500,
  again: 8_000,
};

export async function crowd({ manner, connections, seconds }: CrowdOptions): Promise<CrowdRun> {
  const options: ListenerOptions = { limits: {} };
  const app: Worker<ListenerOrder, ListenerAnswer> = startWorker({
    program: "listener-worker.js",
    options,
    env: process.env,
  });
  const crowders = Array.from({ length: PROCESSES }, () =>
    startWorker<CrowdOrder, CrowdAnswer>({
      program: "listener-crowd-worker.js",
      options: {},
      env: process.env,
    }),
  );
  const violations: string[] = [];
  const waits: number[] = [];
  let late = 0;
  const { good } = await app.ask({ do: "wait" });
  const blanks = blanksOf(good);
  const before = (await app.ask({ do: "measure" })).memory!;
  const count = Math.ceil(connections / PROCESSES);
  const port = Number(blanks.port);

  const over = new AbortController();
  const opening = Promise.all(crowders.map((each) => each.ask({ do: "crowd", port, count, manner })));
  const asking = (async () => {
    while (!over.signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop
      waits.push(await ask("400 Bad Request", "?code={code}&state=other"));
      // oxlint-disable-next-line no-await-in-loop
      await sleep(PAUSE_MS);
    }
  })();

  /** Asks as a browser would; the milliseconds until the answer was there. */
  async function ask(expected: string, query: string): Promise<number> {
    const text = `GET /callback${query} HTTP/1.1\r\nHost: {host}\r\n\r\n`;
    const attack: Attack = { kind: "person", text, delivery: { how: "whole" }, isGood: false };
    const begin = performance.now();
    const { answer, lateness } = await send(attack, blanks);
    const wait = performance.now() - begin;
    // Held up here, it was one of those that say nothing, and made room for a newer one. A person's browser is not.
    if (answer === "" && lateness > HELD_UP_MS) {
      late++;
      return ask(expected, query);
    }
    if (!answer.includes(expected)) violations.push(`a person got ${answer.slice(0, 20) || "nothing"}`);
    if (wait > LONGEST_WAIT_MS[manner]) violations.push(`a person waited ${wait.toFixed(0)} ms`);
    return wait;
  }

  await opening;
  await sleep(seconds * 1_000);
  over.abort();
  await asking;
  const during = await app.ask({ do: "look" });
  if (during.status !== "awaiting-callback") violations.push(`the wait ended: ${during.status}`);
  const redirect = await ask("You are signed in", "?code={code}&state={state}&iss={iss}");
  const stopped = await Promise.all(crowders.map((each) => each.ask({ do: "stop" })));
  await app.ask({ do: "wait" });
  const memory: Growth = { before, after: (await app.ask({ do: "measure" })).memory! };
  violations.push(...findGrowth(memory));
  await app.ask({ do: "stop" });
  for (const worker of [app, ...crowders]) {
    // oxlint-disable-next-line no-await-in-loop
    if (!(await worker.leave())) violations.push("a process does not end by itself");
  }
  const connected = stopped.reduce((sum, each) => sum + each.connected, 0);
  if (connected < connections) violations.push(`only ${connected} connections were made`);
  return {
    manner,
    connected,
    waits,
    late,
    redirect,
    strays: during.strayCount,
    notices: during.notices,
    longestDelay: during.longestDelay,
    memory,
    violations,
  };
}
