// A record under an earlier name: used, saved under the new one, deleted under the earlier. Stopped after every step.
import { describe, expect, test } from "vitest";
import { movedFrom, type Kept, type Moved } from "../../src/ground/moved-record.js";

const record = (generation: number, clientId = "app", issuer = "https://id.example") =>
  JSON.stringify({ v: 1, generation, issuer, clientId, refreshToken: `token ${generation}` });

type Place = "earlier" | "current";
type Entries = Partial<Record<Place, string>>;

/** `before` may fail: the process is gone. */
function kept(entries: Entries, place: Place, before: (step: string) => void = () => {}): Kept {
  return {
    async load() {
      before(`load ${place}`);
      return entries[place] ?? null;
    },
    async save(text) {
      before(`save ${place}`);
      entries[place] = text;
    },
    async clear() {
      before(`clear ${place}`);
      const existed = place in entries;
      delete entries[place];
      return existed;
    },
    async quarantine() {
      before(`quarantine ${place}`);
      const existed = place in entries;
      delete entries[place];
      return existed ? `${place} aside` : null;
    },
  };
}

/** What a process sees that starts now. */
function start(entries: Entries, before?: (step: string) => void): Moved {
  return movedFrom(kept(entries, "earlier", before), kept(entries, "current", before), { isOver: false });
}

function stopAfter(count: number) {
  let left = count;
  let stopped = false;
  return {
    before: (): void => {
      if (left-- > 0) return;
      stopped = true;
      throw new Error("the process is gone");
    },
    wasStopped: () => stopped,
  };
}

describe("a record under its earlier name", () => {
  test("is loaded, and stays where it is until it is saved", async () => {
    const entries: Entries = { earlier: record(1) };
    expect(await start(entries).load()).toBe(record(1));
    expect(entries).toEqual({ earlier: record(1) });
    await start(entries).save(record(2));
    expect(entries).toEqual({ current: record(2) });
    expect(await start(entries).load()).toBe(record(2));
  });

  test("is moved by a load that may move it, and then given out", async () => {
    const entries: Entries = { earlier: record(1) };
    expect(await start(entries).load((found) => found === record(1))).toBe(record(1));
    expect(entries).toEqual({ current: record(1) });
  });

  test("that such a load does not take stays where it is, and is given out for whoever knows more of it", async () => {
    const entries: Entries = { earlier: record(1, "other") };
    expect(await start(entries).load(() => false)).toBe(record(1, "other"));
    expect(entries).toEqual({ earlier: record(1, "other") });
  });

  test("that cannot be moved is used from where it is", async () => {
    const entries: Entries = { earlier: record(1) };
    const full = (step: string) => {
      if (step === "save current") throw new Error("no room");
    };
    expect(await start(entries, full).load(() => true)).toBe(record(1));
    expect(entries).toEqual({ earlier: record(1) });
  });

  test("counts no more once there is one under the new name", async () => {
    expect(await start({ earlier: record(1), current: record(2) }).load()).toBe(record(2));
  });

  test("that was not there is not looked for again, by this process", async () => {
    const steps: string[] = [];
    const store = start({}, (step) => steps.push(step));
    await store.load();
    await store.load();
    await store.save(record(1));
    expect(steps).toEqual(["load current", "load earlier", "load current", "save current"]);
  });

  test.each([
    ["another client", record(1, "other")],
    ["another server", record(1, "app", "https://other.example")],
    ["no record of ours", "some text"],
    ["half a record", record(1).slice(0, 30)],
  ])("of %s is left alone by a save", async (_what, foreign) => {
    const entries: Entries = { earlier: foreign };
    const store = start(entries);
    await store.save(record(2));
    await store.clear();
    expect(entries).toEqual({ earlier: foreign });
    expect(await store.load()).toBeNull();
  });

  test("that cannot be read does not make a save fail, and is cleared with a session that it is all of", async () => {
    const entries: Entries = { earlier: record(1) };
    const broken = (step: string) => {
      if (step === "load earlier") throw new Error("damaged");
    };
    await start(entries, broken).save(record(2));
    expect(entries).toEqual({ earlier: record(1), current: record(2) });
    delete entries.current;
    expect(await start(entries, broken).clear()).toBe(true);
    expect(entries).toEqual({});
  });

  test("is set aside where there is none under the new name", async () => {
    const entries: Entries = { earlier: record(1) };
    expect(await start(entries).quarantine()).toBe("earlier aside");
    expect(await start(entries).quarantine()).toBeNull();
    expect(await start({ earlier: record(1), current: record(2) }).quarantine()).toBe("current aside");
  });

  test("is deleted after a save that went another way", async () => {
    const entries: Entries = { earlier: record(1), current: record(2) };
    await start(entries).afterSave(record(2));
    expect(entries).toEqual({ current: record(2) });
  });
});

describe("stopped after any step", () => {
  const begins: readonly Entries[] = [
    { earlier: record(1) },
    { earlier: record(1), current: record(2) },
    { current: record(2) },
    {},
  ];
  const valueOf = ({ earlier, current }: Entries): string | undefined => current ?? earlier;

  test.each(begins)(
    "a save leaves the old record or the new one, and the next save only that: %j",
    async (begin) => {
      let steps = 0;
      for (let stopped = true; stopped; steps++) {
        const entries = { ...begin };
        const { before, wasStopped } = stopAfter(steps);
        // oxlint-disable-next-line no-await-in-loop
        await start(entries, before)
          .save(record(3))
          .catch(() => {});
        stopped = wasStopped();
        // oxlint-disable-next-line no-await-in-loop
        const found = (await start(entries).load()) ?? undefined;
        expect([valueOf(begin), record(3)], `after ${steps} steps`).toContain(found);
        if (!stopped) expect(found).toBe(record(3));
        // oxlint-disable-next-line no-await-in-loop
        await start(entries).save(record(4));
        expect(entries, `after ${steps} steps`).toEqual({ current: record(4) });
      }
      expect(steps).toBeGreaterThan(1);
    },
  );

  test.each(begins)(
    "a load that may move it leaves the same record, and the next one only that: %j",
    async (begin) => {
      let steps = 0;
      const moves = (): boolean => true;
      for (let stopped = true; stopped; steps++) {
        const entries = { ...begin };
        const { before, wasStopped } = stopAfter(steps);
        // oxlint-disable-next-line no-await-in-loop
        await start(entries, before)
          .load(moves)
          .catch(() => {});
        stopped = wasStopped();
        expect(valueOf(entries), `after ${steps} steps`).toBe(valueOf(begin));
        // oxlint-disable-next-line no-await-in-loop
        const found = await start(entries).load(moves);
        expect(found ?? undefined).toBe(valueOf(begin));
        expect(entries, `after ${steps} steps`).toEqual(found === null ? {} : { current: found });
      }
      expect(steps).toBeGreaterThan(1);
    },
  );

  test.each(begins)(
    "a clear brings back nothing that was replaced, and the next clear leaves nothing: %j",
    async (begin) => {
      for (let steps = 0, stopped = true; stopped; steps++) {
        const entries = { ...begin };
        const { before, wasStopped } = stopAfter(steps);
        // oxlint-disable-next-line no-await-in-loop
        await start(entries, before)
          .clear()
          .catch(() => {});
        stopped = wasStopped();
        // oxlint-disable-next-line no-await-in-loop
        const found = (await start(entries).load()) ?? undefined;
        // A token that was replaced is spent: to find it again would end the session that another process begins.
        expect([valueOf(begin), undefined], `after ${steps} steps`).toContain(found);
        if (!stopped) expect(found).toBe(undefined);
        // oxlint-disable-next-line no-await-in-loop
        await start(entries).clear();
        expect(entries, `after ${steps} steps`).toEqual({});
      }
    },
  );
});
