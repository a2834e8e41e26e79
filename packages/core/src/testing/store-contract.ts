// What every store of the session must hold to, as cases for any test runner.
import type { SessionStore } from "../ports/ports.js";
import { equal, type ContractCase } from "./contract-case.js";

/** What every {@link SessionStore} must hold to. `create` gives one with nothing in it. */
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
    contract(
      "a place that is kept takes the record, also a longer one, in place of the one before",
      async (store) => {
        await store.save("before");
        for (const record of ["short", "long ".repeat(4_000)]) {
          // oxlint-disable-next-line no-await-in-loop
          const place = await store.prepare?.(16);
          // oxlint-disable-next-line no-await-in-loop
          await (place ?? store).save(record);
          // oxlint-disable-next-line no-await-in-loop
          equal(await store.load(), record);
        }
      },
    ),
    contract("a place that is given up leaves the record alone, also after its save", async (store) => {
      await store.save("record");
      const given = await store.prepare?.(1_000);
      await given?.discard();
      equal(await store.load(), "record");
      const used = await store.prepare?.(1_000);
      await (used ?? store).save("new");
      await used?.discard();
      equal(await store.load(), "new");
      await store.clear();
      equal(await store.load(), null);
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
