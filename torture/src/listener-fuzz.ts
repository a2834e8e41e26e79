// Attacks one app with requests, one after the other, and checks each. Several of these run side by side.
import * as fc from "fast-check";
import { setTimeout as sleep } from "node:timers/promises";
import { send, type Outcome } from "./listener-client.js";
import { findGrowth, type Growth, type Memory } from "./listener-memory.js";
import { attacks, blanksOf, type Attack } from "./listener-requests.js";
import { createRules } from "./listener-rules.js";
import type { ListenerAnswer, ListenerOptions, ListenerOrder } from "./listener-worker.js";
import { startWorker, type Worker } from "./worker.js";

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  /** Where fast-check found a failing case, to see it again. */
  readonly path?: string;
}

export interface FuzzRun {
  readonly kinds: Readonly<Record<string, number>>;
  readonly reasons: Readonly<Record<string, number>>;
  readonly deliveries: Readonly<Record<string, number>>;
  readonly signedIn: number;
  /** Between two good ones. */
  readonly longestWait: number;
  readonly answers: number;
  /** From when it was warm to the end; not when a case failed, for that ends its app. */
  readonly memory: Growth | undefined;
  readonly longestDelay: number;
  /** Sent again, for the sender was held up. */
  readonly late: number;
  readonly violations: readonly string[];
}

type App = Worker<ListenerOrder, ListenerAnswer>;

/** Few requests are silent; each of them costs this much. */
const REQUEST_TIMEOUT_MS = 100;

/** Until every path was taken often enough to be compiled, and every pool is as large as it gets. */
const WARM_UP = 0.2;

export async function fuzz({ requests, seed, path }: FuzzOptions): Promise<FuzzRun> {
  const rules = createRules();
  const kinds: Record<string, number> = {};
  const reasons: Record<string, number> = {};
  const deliveries: Record<string, number> = {};
  const violations: string[] = [];
  let sent = 0;
  let late = 0;
  let waited = 0;
  let longestWait = 0;
  let longestDelay = 0;
  let before: Memory | undefined;
  let app = start();
  let state: ListenerAnswer | undefined;

  function start(): App {
    const options: ListenerOptions = { limits: { requestTimeoutMs: REQUEST_TIMEOUT_MS } };
    return startWorker({ program: "listener-worker.js", options, env: process.env });
  }

  async function check(attack: Attack): Promise<void> {
    if (state?.status !== "awaiting-callback") state = await app.ask({ do: "wait" });
    const { signedIn } = state;
    try {
      let outcome = await send(attack, blanksOf(state.good));
      state = await app.ask({ do: "look" });
      while (isTooLate(outcome) && state.strays.length === 0) {
        late++;
        // oxlint-disable-next-line no-await-in-loop
        outcome = await send(attack, blanksOf(state.good));
        // oxlint-disable-next-line no-await-in-loop
        state = await app.ask({ do: "look" });
      }
      count(attack, state);
      rules.check(attack, outcome, state, signedIn);
    } catch (error) {
      // The next one, of which this one may be the shorter form, meets a new app.
      await app.kill();
      app = start();
      state = undefined;
      throw error;
    }
    if (sent === Math.floor(requests * WARM_UP)) before = await memoryOf();
  }

  /** Held up here for so long that the listener took the connection for a browser's spare one: that shows nothing of it. */
  function isTooLate({ answer, lateness }: Outcome): boolean {
    return answer === "" && lateness > REQUEST_TIMEOUT_MS * 0.9;
  }

  function count(attack: Attack, { strays, longestDelay: delay }: ListenerAnswer): void {
    sent++;
    waited = attack.isGood ? 0 : waited + 1;
    longestWait = Math.max(longestWait, waited);
    longestDelay = Math.max(longestDelay, delay);
    for (const { reason } of strays) reasons[reason] = (reasons[reason] ?? 0) + 1;
    kinds[attack.kind] = (kinds[attack.kind] ?? 0) + 1;
    const { how } = attack.delivery;
    deliveries[how] = (deliveries[how] ?? 0) + 1;
  }

  /** While it waits, and nothing is connected any more. */
  async function memoryOf(): Promise<Memory> {
    if (state?.status !== "awaiting-callback") state = await app.ask({ do: "wait" });
    await sleep(2 * REQUEST_TIMEOUT_MS);
    state = await app.ask({ do: "measure" });
    return state.memory!;
  }

  const details = await fc.check(fc.asyncProperty(attacks(), check), {
    numRuns: requests,
    seed,
    ...(path === undefined ? {} : { path }),
  });
  if (details.failed) {
    const found = details.counterexamplePath;
    violations.push(
      `${(details.errorInstance as Error).message}: ${JSON.stringify(details.counterexample?.[0])}\n` +
        `    again: pnpm torture:listener --seed ${details.seed} --path ${found}`,
    );
  }
  const memory = before && !details.failed ? { before, after: await memoryOf() } : undefined;
  if (memory) violations.push(...findGrowth(memory));
  const signedIn = (await app.ask({ do: "stop" })).signedIn;
  if (!(await app.leave())) violations.push("the app does not end by itself");
  const answers = rules.answersByStatus.size;
  return {
    kinds,
    reasons,
    deliveries,
    signedIn,
    longestWait,
    answers,
    memory,
    longestDelay,
    late,
    violations,
  };
}
