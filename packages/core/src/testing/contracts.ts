// What every implementation of a port must hold to, as cases for any test runner.
import type { SessionStore } from "../ports.js";

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

function equal(actual: unknown, expected: unknown): void {
  if (actual !== expected)
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}
