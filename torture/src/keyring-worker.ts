// A process of an app under torture: makes one call of the store after the other, each when it is told to go, and says how
// it ended. Ends by itself when there is nothing more to do.
import { performance } from "node:perf_hooks";
import { createKeyringStore } from "@loopkey/node-adapter";
import { numberOf, recordOf } from "./keyring-records.js";

export type KeyringCall = "load" | "save" | "clear" | "probe";

export interface WorkerOptions {
  readonly service: string;
  readonly timeoutMs: number;
  /** By account; absent: one entry takes any record. */
  readonly limits: Readonly<Record<string, number>>;
}

/** To the worker. */
export interface WorkerOrder {
  readonly account: string;
  readonly call: KeyringCall;
  /** Of the record to save. */
  readonly number: number;
}

/** From the worker. */
export interface WorkerAnswer {
  readonly ms: number;
  /** Of the record that was loaded; null when there was none. */
  readonly found?: number | "torn" | null;
  readonly error?: { readonly code: string; readonly message: string };
}

const { service, timeoutMs, limits } = JSON.parse(process.argv[2]!) as WorkerOptions;
const stores = new Map(
  Object.entries(limits).map(([account, entryLimitBytes]) => [
    account,
    createKeyringStore({ service, account, timeoutMs, ...(entryLimitBytes > 0 && { entryLimitBytes }) }),
  ]),
);

process.on("message", (order: WorkerOrder) => void obey(order));

async function obey({ account, call, number }: WorkerOrder): Promise<void> {
  const store = stores.get(account)!;
  const begin = performance.now();
  let answer: Omit<WorkerAnswer, "ms"> = {};
  try {
    if (call === "save") await store.save(recordOf(number));
    else if (call === "load") answer = { found: told(await store.load()) };
    else await store[call]();
  } catch (error) {
    const { code = "none", message } = error as Error & { code?: string };
    answer = { error: { code, message } };
  }
  process.send?.({ ms: performance.now() - begin, ...answer });
}

function told(record: string | null): number | "torn" | null {
  return record === null ? null : numberOf(record);
}
