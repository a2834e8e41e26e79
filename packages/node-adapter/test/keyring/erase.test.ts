// On Linux a secret is written over before its entry is deleted: some keyrings keep what was deleted, and its last values.
import { describe, expect, test } from "vitest";
import { createFakeKeyring, createStore, head, stopAfter } from "./fake.js";

const RECORD = JSON.stringify({ v: 1, refreshToken: "secret" });
/** One more than KeePassXC keeps of an entry. */
const ROUNDS = 11;

const linux = { platform: "linux", entryLimitBytes: Infinity } as const;

describe("what is deleted on Linux", () => {
  test("was written over so often, each time by something else, that no history of ten values has the record", async () => {
    const values: string[] = [];
    const keyring = createFakeKeyring((operation) => {
      if (operation !== "get") values.push(keyring.entries.get(head)!);
    });
    const store = createStore(keyring, linux);
    await store.save(RECORD);
    await store.clear();
    // Before each write and the deletion: nothing, the record, and what stood over it.
    const over = values.slice(2);
    expect(over).toHaveLength(ROUNDS);
    expect(new Set(over).size).toBe(ROUNDS);
    expect(over.join()).not.toContain("secret");
    expect(keyring.entries.size).toBe(0);
  });

  test("is there whole or gone, stopped at any point, and the next clear takes the rest", async () => {
    for (let steps = 0; steps < ROUNDS + 2; steps++) {
      const entries = new Map([[head, RECORD]]);
      // oxlint-disable-next-line no-await-in-loop
      await createStore(createFakeKeyring(stopAfter(steps), { entries }), linux)
        .clear()
        .catch(() => {});
      const keyring = createFakeKeyring(() => {}, { entries });
      const next = createStore(keyring, linux);
      // oxlint-disable-next-line no-await-in-loop
      expect(await next.load(), `after ${steps} steps`).toBe(steps < 2 ? RECORD : null);
      // oxlint-disable-next-line no-await-in-loop
      expect(await next.quarantine()).toBe(
        steps < 2 ? `keyring entry example-notes/default#quarantine` : null,
      );
      // oxlint-disable-next-line no-await-in-loop
      await next.clear();
      expect([...entries.keys()].filter((key) => key === head)).toEqual([]);
    }
  });

  test("costs nothing where there is nothing, but the proof", async () => {
    const keyring = createFakeKeyring();
    await createStore(keyring, linux).clear();
    expect(keyring.log).toEqual([
      "get default",
      "set default#probe",
      "get default#probe",
      "delete default#probe",
      "get default",
    ]);
  });
});
