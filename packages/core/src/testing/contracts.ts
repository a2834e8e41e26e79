// What every implementation of a port must hold to, as cases for any test runner.
import type { SessionStore, WithLock } from "../ports.js";

/** One promise of a port; `run` rejects when it is broken. */
export interface ContractCase {
  readonly name: string;
  run(): Promise<void>;
}

/** `create` gives a store with nothing in it. */
export function storeContract(create: () => SessionStore | Promise<SessionStore>): readonly ContractCase[] {
  const contract = (name: string, run: (store: SessionStore) => Promise<void>): ContractCase => ({
    name,
    run: async () => run(await create()),
  });
  return [
    contract("an empty store loads null", async (store) => {
      equal(await store.load(), null);
    }),
    contract("what was saved is loaded, to the letter", async (store) => {
      const record = JSON.stringify({ text: 'quote " line\n é 漢 🔑', long: "x".repeat(8_000) });
      await store.save(record);
      equal(await store.load(), record);
    }),
    contract("a later save replaces an earlier one", async (store) => {
      await store.save("first, and longer than the second");
      await store.save("second");
      equal(await store.load(), "second");
    }),
    contract("after clear there is nothing, and a second clear does no harm", async (store) => {
      await store.save("record");
      await store.clear();
      equal(await store.load(), null);
      await store.clear();
    }),
    contract("a record of 64 KB is loaded, to the letter", async (store) => {
      const record = "0123456789abcdef".repeat(4_096);
      await store.save(record);
      equal(await store.load(), record);
    }),
    contract("a record that is set aside is not loaded any more, and its place is named", async (store) => {
      equal(await store.quarantine(), null);
      await store.save("damaged");
      if (!(await store.quarantine())) throw new Error("expected the place of the record");
      equal(await store.load(), null);
      await store.save("new");
      equal(await store.load(), "new");
    }),
    contract("a probe leaves the record alone", async (store) => {
      await store.save("record");
      await store.probe();
      equal(await store.load(), "record");
      await store.clear();
      await store.probe();
      equal(await store.load(), null);
    }),
  ];
}

/** `create` gives two locks of the same app and account, as two processes would have them. */
export function lockContract(create: () => readonly [WithLock, WithLock]): readonly ContractCase[] {
  const { signal: never } = new AbortController();
  const contract = (name: string, run: (a: WithLock, b: WithLock) => Promise<void>): ContractCase => ({
    name,
    run: async () => run(...create()),
  });
  return [
    contract("the task's outcome is the outcome", async (lock) => {
      equal(await lock(async () => "value", { signal: never }), "value");
      const failed = lock(() => Promise.reject(new Error("no")), { signal: never });
      equal(await failed.catch((error: Error) => error.message), "no");
      equal(await lock(async () => "again", { signal: never }), "again");
    }),
    contract("tasks of two holders never overlap, nor two of one", async (a, b) => {
      let running = 0;
      let most = 0;
      const task = async (): Promise<void> => {
        most = Math.max(most, ++running);
        for (let turn = 0; turn < 5; turn++) await Promise.resolve();
        running--;
      };
      await Promise.all([a, b, a, b, a, b].map((lock) => lock(task, { signal: never })));
      equal(most, 1);
    }),
    contract("an abort ends the wait with its reason, and the lock stays usable", async (a, b) => {
      const leave = new AbortController();
      let release = (): void => {};
      let held = Promise.resolve();
      // A lock may take its time: only a task that has begun can be told to end.
      await new Promise<void>((begun) => {
        const task = (): Promise<void> => {
          begun();
          return new Promise((resolve) => (release = resolve));
        };
        held = a(task, { signal: never });
      });
      const waiting = b(async () => "never", { signal: leave.signal });
      leave.abort(new Error("gone"));
      equal(await waiting.catch((error: Error) => error.message), "gone");
      release();
      await held;
      equal(await b(async () => "mine", { signal: never }), "mine");
    }),
    contract("an abort that came before keeps the task from beginning", async (a) => {
      const begun: string[] = [];
      const aborted = AbortSignal.abort(new Error("gone"));
      const task = async (): Promise<void> => void begun.push("begun");
      equal(await a(task, { signal: aborted }).catch((error: Error) => error.message), "gone");
      equal(begun.length, 0);
    }),
  ];
}

function equal(actual: unknown, expected: unknown): void {
  if (actual !== expected)
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}
