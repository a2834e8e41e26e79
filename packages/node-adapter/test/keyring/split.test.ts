// Records over several entries, and two processes at them.
import { storeContract } from "@loopkey/core/testing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createKeyringStore } from "../../src/keyring/store.js";
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
} from "./fake.js";

describe.each([
  ["win32", 2_560],
  ["win32", undefined],
  ["linux", 2_560],
  ["linux", undefined],
  ["darwin", 256],
] as const)(
  "on %s with entries of %s bytes it keeps the promises of a store",
  (platform, entryLimitBytes) => {
    const limitBytes = entryLimitBytes ?? (platform === "win32" ? 2_560 : Infinity);
    const create = () =>
      createKeyringStore({
        service: "example-notes",
        platform,
        ...createFakeKeyring(() => {}, { limitBytes }),
        ...(entryLimitBytes !== undefined && { entryLimitBytes }),
      });
    for (const promise of storeContract(create)) test(promise.name, () => promise.run());
  },
);

test("what is saved is loaded to the letter, whatever its size and its characters", async () => {
  const characters = fc.constantFrom("x", "é", "漢", "🔑");
  const runs = fc.array(fc.tuple(characters, fc.nat(8_000)), { maxLength: 4 });
  const entries = new Map<string, string>();
  const store = createStore(
    createFakeKeyring(() => {}, { entries, limitBytes: 2_560 }),
    {
      entryLimitBytes: 2_560,
    },
  );
  await fc.assert(
    fc.asyncProperty(runs, async (runs) => {
      const record = runs.map(([character, count]) => character.repeat(count)).join("");
      await store.save(record);
      expect((await store.load()) === record).toBe(true);
    }),
    { numRuns: 40 },
  );
});

describe("the entries", () => {
  test("of a record that fits one are one, and the record itself", async () => {
    expect([...(await keyringWith(SMALL))]).toEqual([[head, SMALL]]);
  });

  test("of a larger one are its parts, and a head that tells which, without a secret in it", async () => {
    const keyring = see(await keyringWith(large(3, "x")));
    expect(accountsOf(keyring)).toEqual(["default", ...partsOf(3, "a")]);
    expect(keyring.entries.get(head)).toMatch(/^loopkey-parts\/1 a 3 374 [0-9a-f]{16} [0-9a-f]{64}$/);
  });

  test("change between two revisions, and none of an earlier save stays", async () => {
    const keyring = see(await keyringWith(large(5, "x"), large(2, "y")));
    expect(accountsOf(keyring)).toEqual(["default", ...partsOf(2, "b")]);
    await createStore(keyring).save(large(3, "z"));
    expect(accountsOf(keyring)).toEqual(["default", ...partsOf(3, "a")]);
    await createStore(keyring).save(SMALL);
    expect(accountsOf(keyring)).toEqual(["default"]);
  });

  test("a record that begins like a head is one all the same", async () => {
    for (const entryLimitBytes of [LIMIT, Infinity]) {
      const keyring = see(new Map());
      const store = createStore(keyring, { entryLimitBytes });
      for (const record of ["loopkey-parts/1 a", "loopkey-parts/"]) {
        // oxlint-disable-next-line no-await-in-loop
        await store.save(record);
        // oxlint-disable-next-line no-await-in-loop
        expect(await store.load()).toBe(record);
      }
    }
  });

  test("a record of more parts than a head may tell of is refused, and the one before stays", async () => {
    const keyring = see(await keyringWith(SMALL));
    const store = createStore(keyring);
    await expect(store.save(large(1_001, "x"))).rejects.toMatchObject({ code: "too_large" });
    expect(await store.load()).toBe(SMALL);
    expect(accountsOf(keyring)).toEqual(["default"]);
  });

  test("of a limit without end are never more than one, and nothing else is looked at", async () => {
    const keyring = createFakeKeyring();
    const store = createStore(keyring, { platform: "darwin", entryLimitBytes: Infinity });
    await store.save("x".repeat(65_536));
    await store.clear();
    expect(keyring.log).toEqual(["set default", "delete default"]);
  });
});

describe("two processes at once", () => {
  test("a load that is overtaken by saves reads again, and never gives a mixed record", async () => {
    const records = [large(3, "x"), SMALL, large(5, "y"), large(2, "z")];
    for (let overtaken = 0; overtaken < 12; overtaken++) {
      // oxlint-disable-next-line no-await-in-loop
      const entries = await keyringWith(large(4, "o"));
      const writer = createStore(see(entries));
      let step = 0;
      // From this step on the other process saves once before each of the reader's, four times.
      const keyring = createFakeKeyring(
        async () => {
          const record = records[step++ - overtaken];
          if (record !== undefined) await writer.save(record);
        },
        { entries },
      );
      // oxlint-disable-next-line no-await-in-loop
      expect([large(4, "o"), ...records]).toContain(await createStore(keyring).load());
    }
  });

  test("a load between two saves of the very same record does not take it for damaged", async () => {
    const entries = await keyringWith(large(4, "o"));
    const writer = createStore(see(entries));
    let reads = 0;
    const keyring = createFakeKeyring(
      async () => {
        if (++reads !== 2 && reads !== 4) return;
        // Twice: the parts are at the same names again, and were away meanwhile.
        await writer.save(large(4, "o"));
      },
      { entries },
    );
    expect(await createStore(keyring).load()).toBe(large(4, "o"));
  });

  test("a load reads again when an entry is deleted under its hands", async () => {
    const entries = await keyringWith(large(2, "o"));
    const gone = new Error(
      "DBus error: No such interface “org.freedesktop.Secret.Item” on object at path /org/freedesktop/secrets/collection/login/1",
    );
    let times = 3;
    const keyring = createFakeKeyring(
      (_operation, account) => {
        if (account !== "default" && times-- > 0) throw gone;
      },
      { entries },
    );
    expect(await createStore(keyring).load()).toBe(large(2, "o"));
    times = Infinity;
    await expect(createStore(keyring).load()).rejects.toMatchObject({ code: "busy", cause: gone });
  });

  test("a load that is overtaken without end gives up with busy, not with damaged", async () => {
    const entries = await keyringWith(large(2, "o"));
    const writer = createStore(see(entries));
    const keyring = createFakeKeyring(
      async (_operation, account) => {
        if (account !== "default") await writer.save(large(2, "o"));
      },
      { entries },
    );
    await expect(createStore(keyring).load()).rejects.toMatchObject({ code: "busy" });
  });

  test("saves, loads and clears that take no turns give a whole record, null or an error", async () => {
    const call = fc.oneof(
      fc.record({ save: fc.constantFrom(SMALL, large(2, "x"), large(3, "y"), large(5, "z"), large(4, "w")) }),
      fc.constantFrom("load" as const, "clear" as const),
    );
    const calls = fc.array(call, { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), calls, calls, async (scheduler, one, two) => {
        const entries = new Map<string, string>();
        const process = async (calls: readonly (typeof one)[number][]) => {
          const store = createStore(
            createFakeKeyring(() => scheduler.schedule(Promise.resolve()), { entries }),
          );
          for (const call of calls) {
            if (typeof call === "object") await store.save(call.save);
            else if (call === "clear") await store.clear();
            else await loadWhole(store);
          }
        };
        const both = Promise.all([process(one), process(two)]);
        await scheduler.waitFor(both);
        const last = createStore(see(entries));
        await loadWhole(last);
        // One save by itself is whole again. What they have left beside it is not more than the largest record had.
        await last.save(large(2, "v"));
        expect(await last.load()).toBe(large(2, "v"));
        const names = ["default", ...partsOf(5, "a"), ...partsOf(5, "b")];
        expect(names).toEqual(expect.arrayContaining(accountsOf({ entries })));
      }),
      { numRuns: 300 },
    );
  });

  async function loadWhole(store: ReturnType<typeof createStore>): Promise<void> {
    const known = [SMALL, large(2, "x"), large(3, "y"), large(5, "z"), large(4, "w"), null];
    const found = await store.load().catch((error: { code?: string }) => {
      expect(["damaged", "busy"]).toContain(error.code);
      return null;
    });
    expect(known).toContain(found);
  }
});
