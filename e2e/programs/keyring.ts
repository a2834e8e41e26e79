// Calls a keyring store in the order it is told, and says how each call ended. Ends by itself, without process.exit.
// Or saves one record after the other until it is killed.
import { performance } from "node:perf_hooks";
import { storeContract } from "@loopkey/core/testing";
import { createKeyringStore } from "@loopkey/node-adapter";
import { recordOf } from "./keyring-records.js";
import { readOrder, say } from "./order.js";

export type KeyringCall = "load" | "clear" | "probe" | "quarantine" | { readonly save: string };

export interface KeyringOrder {
  readonly service: string;
  readonly account?: string;
  readonly timeoutMs?: number;
  readonly entryLimitBytes?: number;
  /**
   * One after the other; `contract`: every case of the contract for stores; `for ever`: the records of
   * {@link recordOf} from `first` on.
   */
  readonly calls: readonly KeyringCall[] | "contract" | "for ever";
  readonly first?: number;
  /** No call waits for the one before. */
  readonly allAtOnce?: boolean;
  /** Waits for a line on stdin before each call. */
  readonly stepwise?: boolean;
}

/** How a call ended. */
export interface KeyringAnswer {
  readonly call: string;
  readonly ms: number;
  readonly value?: string | null;
  readonly error?: {
    readonly code?: string;
    readonly message: string;
    readonly hint?: string;
    readonly cause?: string;
  };
}

const { calls, allAtOnce = false, stepwise = false, first = 0, ...options } = readOrder() as KeyringOrder;
const store = createKeyringStore(options);

if (calls === "contract") {
  for (const promise of storeContract(freshStore)) await answer(promise.name, () => promise.run());
} else if (calls === "for ever") {
  for (let number = first; ; number++) {
    say({ type: "save", number, saved: false });
    await store.save(recordOf(number));
    say({ type: "save", number, saved: true });
  }
} else if (allAtOnce) {
  await Promise.all(calls.map(make));
} else {
  const steps = process.stdin[Symbol.asyncIterator]();
  for (const call of calls) {
    if (stepwise) await steps.next();
    await make(call);
  }
}
process.stdin.destroy();
say({ type: "done" });

async function freshStore() {
  await store.clear();
  return store;
}

function make(call: KeyringCall): Promise<void> {
  if (typeof call === "string") return answer(call, () => store[call]());
  return answer("save", () => store.save(call.save));
}

async function answer(call: string, run: () => Promise<string | null | void>): Promise<void> {
  const begin = performance.now();
  const outcome = await run().then(
    (value) => (value === undefined ? {} : { value }),
    (thrown: Error & { code?: string; hint?: string }) => {
      const { code, hint, message, cause } = thrown;
      return { error: { code, hint, message, ...(cause instanceof Error && { cause: cause.message }) } };
    },
  );
  say({ type: "answer", call, ms: Math.round(performance.now() - begin), ...outcome });
}
