// Stopped after every step, as by a crash: the old record or the new one is there, whole, and nothing stays for ever.
import { describe, expect, test } from "vitest";
import {
  accountsOf,
  createFakeKeyring,
  createStore,
  head,
  keyringWith,
  large,
  LIMIT,
  partsOf,
  see,
  SMALL,
  stopAfter,
  type Operation,
} from "./fake.js";

describe("stopped after any step", () => {
  const twice = large(3, "2");
  const histories: readonly (readonly [string, readonly (string | null)[], string | null])[] = [
    ["nothing to large", [], large(4, "n")],
    ["small to large", [SMALL], large(4, "n")],
    ["large to larger", [large(3, "o")], large(5, "n")],
    ["large to less large", [large(5, "o")], large(2, "n")],
    ["large to small", [large(4, "o")], SMALL],
    ["the second revision to the first", [large(2, "x"), large(3, "o")], large(4, "n")],
    ["the same record again", [twice], twice],
    ["small to small", [SMALL], `${SMALL} `],
    ["large to nothing", [large(4, "o")], null],
    ["small to nothing", [SMALL], null],
  ];

  /** Makes the change with a store that stops as `before` tells; false when it got to its end. */
  async function change(entries: Map<string, string>, to: string | null, before: () => void) {
    let stopped = false;
    const counting = () => {
      try {
        before();
      } catch (error) {
        stopped = true;
        throw error;
      }
    };
    const store = createStore(createFakeKeyring(counting, { entries, limitBytes: LIMIT }));
    await (to === null ? store.clear() : store.save(to)).catch(() => {});
    return stopped;
  }

  test.each(histories)("the old record or the new one is there, whole: %s", async (_name, history, to) => {
    const begin = await keyringWith(...history);
    const old = history.at(-1) ?? null;
    let steps = 0;
    for (let stopped = true; stopped; steps++) {
      const entries = new Map(begin);
      // oxlint-disable-next-line no-await-in-loop
      stopped = await change(entries, to, stopAfter(steps));
      const fresh = createStore(see(entries));
      // oxlint-disable-next-line no-await-in-loop
      const found = await fresh.load();
      expect([old, to], `after ${steps} steps`).toContain(found);
      if (!stopped) expect(found).toBe(to);

      // oxlint-disable-next-line no-await-in-loop
      await fresh.save(large(2, "l"));
      const [revision = ""] = /(?<=^loopkey-parts\/1 )./.exec(entries.get(head) ?? "") ?? [];
      expect(accountsOf({ entries }), `after ${steps} steps`).toEqual(["default", ...partsOf(2, revision)]);
      // oxlint-disable-next-line no-await-in-loop
      await fresh.save(SMALL);
      expect(accountsOf({ entries }), `after ${steps} steps`).toEqual(["default"]);
    }
    expect(steps).toBeGreaterThan(3);
  });

  test.each(histories)("a clear leaves nothing behind: %s", async (_name, history, to) => {
    const begin = await keyringWith(...history);
    for (let steps = 0, stopped = true; stopped; steps++) {
      const entries = new Map(begin);
      // oxlint-disable-next-line no-await-in-loop
      stopped = await change(entries, to, stopAfter(steps));
      // oxlint-disable-next-line no-await-in-loop
      await createStore(see(entries)).clear();
      expect([...entries], `after ${steps} steps`).toEqual([]);
    }
  });

  test("two stops in a row leave a whole record, and no more than one save takes away", async () => {
    const begin = await keyringWith(large(3, "o"));
    for (let first = 0; first < 14; first++) {
      for (let second = 0; second < 14; second++) {
        const entries = new Map(begin);
        // oxlint-disable-next-line no-await-in-loop
        await change(entries, large(5, "m"), stopAfter(first));
        // oxlint-disable-next-line no-await-in-loop
        await change(entries, large(2, "n"), stopAfter(second));
        const fresh = createStore(see(entries));
        // oxlint-disable-next-line no-await-in-loop
        expect([large(3, "o"), large(5, "m"), large(2, "n")]).toContain(await fresh.load());
        // oxlint-disable-next-line no-await-in-loop
        await fresh.save(SMALL);
        expect(accountsOf({ entries }), `${first} and ${second} steps`).toEqual(["default"]);
      }
    }
  });

  test("a save that one step fails keeps the old record or has the new one, and the next save goes through", async () => {
    for (let failing = 0; failing < 16; failing++) {
      // oxlint-disable-next-line no-await-in-loop
      const entries = await keyringWith(large(3, "o"));
      let step = 0;
      const keyring = createFakeKeyring(
        () => {
          if (step++ === failing) throw new Error("Did not receive a reply");
        },
        { entries, limitBytes: LIMIT },
      );
      const store = createStore(keyring);
      // oxlint-disable-next-line no-await-in-loop
      const saved = await store.save(large(4, "n")).then(
        () => true,
        () => false,
      );
      // oxlint-disable-next-line no-await-in-loop
      expect(await createStore(see(entries)).load()).toBe(saved ? large(4, "n") : large(3, "o"));
      // oxlint-disable-next-line no-await-in-loop
      await createStore(see(entries)).save(SMALL);
      expect(accountsOf({ entries })).toEqual(["default"]);
    }
  });
});

test("a save that has taken too long does no more steps once the keyring answers", async () => {
  let answer = (): void => {};
  const entries = await keyringWith(large(3, "o"));
  const before = (operation: Operation, account: string) =>
    operation === "set" && account === "default#b.1" && new Promise<void>((resolve) => (answer = resolve));
  const keyring = createFakeKeyring(before, { entries });
  const store = createStore(keyring, { timeoutMs: 60 });
  await expect(store.save(large(4, "n"))).rejects.toMatchObject({ code: "timed_out" });
  answer();
  expect(await store.load()).toBe(large(3, "o"));
  expect(keyring.log).not.toContain("set default#b.2");
});
