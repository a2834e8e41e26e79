// Calls a keyring store in the order it is told, and says how each call ended. Ends by itself, without process.exit.
// Or saves one record after the other until it is killed.
import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";
import { storeContract } from "@loopkey/core/testing";
import { createKeyringStore, type KeyringBackend, type KeyringEntry } from "@loopkey/node-adapter";
import { recordOf } from "./keyring-records.js";
import { readOrder, say } from "./order.js";

/** `move`: a load as the holder of the lock makes it. `look`: a quiet one. */
export type KeyringCall =
  | "load"
  | "look"
  | "move"
  | "clear"
  | "probe"
  | "quarantine"
  | { readonly save: string };

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
  /** An entry of this name is written first, by the keyring's library alone. */
  readonly plant?: { readonly service: string; readonly account: string; readonly text: string };
  /** Kills itself before the step of the keyring that comes after so many. */
  readonly diesAfter?: number;
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

const {
  calls,
  allAtOnce = false,
  stepwise = false,
  first = 0,
  plant,
  diesAfter,
  ...options
} = readOrder() as KeyringOrder;
if (plant) await openEntry(plant.service, plant.account).setPassword(plant.text);
const backend = async (): Promise<KeyringBackend> => ({ openEntry: dying(diesAfter ?? 0) });
const store = createKeyringStore({ ...options, ...(diesAfter !== undefined && { backend }) });

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

/** As the store's own backend opens it. */
function openEntry(service: string, account: string): KeyringEntry {
  const require = createRequire(import.meta.resolve("@loopkey/node-adapter"));
  const { AsyncEntry } = require("@napi-rs/keyring") as {
    AsyncEntry: new (service: string, account: string, options: object) => KeyringEntry;
  };
  return new AsyncEntry(service, account, { linux: { store: "secret-service" } });
}

function dying(steps: number): KeyringBackend["openEntry"] {
  let left = steps;
  return (service, account) =>
    new Proxy(openEntry(service, account), {
      get(entry, name) {
        const step: unknown = Reflect.get(entry, name, entry);
        return (...values: unknown[]) => {
          if (left-- === 0) process.kill(process.pid, "SIGKILL");
          return (step as (...values: unknown[]) => unknown).apply(entry, values);
        };
      },
    });
}

async function freshStore() {
  await store.clear();
  return store;
}

function make(call: KeyringCall): Promise<void> {
  if (call === "look") return answer(call, () => store.load({ quietly: true }));
  if (call === "move") return answer(call, () => store.load({ moves: () => true }));
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
