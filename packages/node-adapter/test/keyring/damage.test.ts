// Records that cannot be put together again: told as damaged, set aside, replaced.
import { describe, expect, test } from "vitest";
import {
  accountsOf,
  createFakeKeyring,
  createStore,
  head,
  keyringWith,
  large,
  LIMIT,
  NO_TEXT,
  see,
  SMALL,
  stopAfter,
} from "./fake.js";

describe("a damaged record", () => {
  const damages: readonly (readonly [string, (entries: Map<string, string>) => void])[] = [
    ["a part is missing", (entries) => entries.delete(`${head}#a.1`)],
    ["a part is another's", (entries) => entries.set(`${head}#a.1`, "x".repeat(128))],
    ["a part is no text", (entries) => entries.set(`${head}#a.1`, NO_TEXT)],
    ["the head is cut short", (entries) => entries.set(head, entries.get(head)!.slice(0, 60))],
    ["the head is of a later version", (entries) => entries.set(head, "loopkey-parts/2 a 3")],
    ["the head is no text", (entries) => entries.set(head, NO_TEXT)],
  ];
  const record = large(3, "o");

  test.each(damages)("is told as such, and stays: %s", async (_name, damage) => {
    const entries = await keyringWith(record);
    damage(entries);
    const before = new Map(entries);
    await expect(createStore(see(entries)).load()).rejects.toMatchObject({
      code: "damaged",
      message: expect.stringContaining("is damaged"),
      hint: "Sign in again.",
    });
    expect(entries).toEqual(before);
  });

  test.each(damages)("is set aside, at every stop too: %s", async (_name, damage) => {
    const begin = await keyringWith(record);
    damage(begin);
    for (let steps = 0, done = false; !done; steps++) {
      const entries = new Map(begin);
      const stopping = createFakeKeyring(stopAfter(steps), { entries, limitBytes: LIMIT });
      // oxlint-disable-next-line no-await-in-loop
      const place = await createStore(stopping)
        .quarantine()
        .catch(() => undefined);
      done = stopping.log.length <= steps;
      const aside = entries.get(`${head}#quarantine`);
      if (entries.has(head)) {
        // oxlint-disable-next-line no-await-in-loop
        await expect(createStore(see(entries)).load()).rejects.toMatchObject({ code: "damaged" });
        // oxlint-disable-next-line no-await-in-loop
        await createStore(see(entries)).quarantine();
      }
      if (place !== undefined) expect(place).toBe("keyring entry example-notes/default#quarantine");
      expect(entries.get(`${head}#quarantine`)).toBe(begin.get(head));
      if (done) expect(aside).toBe(begin.get(head));
      // oxlint-disable-next-line no-await-in-loop
      expect(await createStore(see(entries)).load()).toBe(null);
    }
  });

  test.each(damages)("is replaced by a save: %s", async (_name, damage) => {
    const entries = await keyringWith(record);
    damage(entries);
    const store = createStore(see(entries));
    await store.save(large(2, "n"));
    expect(await store.load()).toBe(large(2, "n"));
  });

  test.each(damages)("is deleted by a clear: %s", async (_name, damage) => {
    const entries = await keyringWith(record);
    damage(entries);
    const store = createStore(see(entries));
    await store.clear();
    expect(await store.load()).toBe(null);
  });
});

describe("what is set aside", () => {
  const setAside = (entries: Map<string, string>) =>
    new Map(
      [...entries].map(([key, text]) => [
        key.replace("#quarantine", "").replace("default.", "default#a."),
        text,
      ]),
    );

  test("has all that there was, with its parts", async () => {
    const entries = await keyringWith(large(3, "o"));
    const before = new Map(entries);
    await createStore(see(entries)).quarantine();
    expect(accountsOf({ entries })).toEqual([
      "default#quarantine",
      ...[0, 1, 2].map((n) => `default#quarantine.${n}`),
    ]);
    expect(setAside(entries)).toEqual(before);
  });

  test("is replaced by the next, of which nothing of the first remains", async () => {
    const entries = await keyringWith(large(5, "o"));
    const store = createStore(see(entries));
    await store.quarantine();
    await store.save(large(2, "n"));
    const before = new Map([...entries].filter(([key]) => !key.includes("quarantine")));
    await store.quarantine();
    expect(setAside(entries)).toEqual(before);
    await store.save(SMALL);
    await store.quarantine();
    expect([...entries]).toEqual([[`${head}#quarantine`, SMALL]]);
  });

  test("has something in place of a part that was missing, so that all of it is found again", async () => {
    const entries = await keyringWith(large(4, "o"));
    entries.delete(`${head}#a.1`);
    const store = createStore(see(entries));
    await store.quarantine();
    expect(entries.get(`${head}#quarantine.3`)).toBe(large(4, "o").slice(128 * 3));
    await store.save(SMALL);
    await store.quarantine();
    expect([...entries]).toEqual([[`${head}#quarantine`, SMALL]]);
  });

  test("is not touched by later saves and clears", async () => {
    const entries = await keyringWith(large(3, "o"));
    const store = createStore(see(entries));
    await store.quarantine();
    const before = new Map(entries);
    await store.save(large(4, "n"));
    await store.save(large(2, "n"));
    await store.clear();
    expect(entries).toEqual(before);
  });
});

test("an error that quotes a part is not passed on", async () => {
  const keyring = createFakeKeyring();
  const inner = await keyring.backend();
  const backend = async () => ({
    openEntry: (service: string, account: string) => ({
      ...inner.openEntry(service, account),
      setPassword: (text: string) => Promise.reject(new Error(`bad data: ${text}`)),
    }),
  });
  const store = createStore(keyring, { backend });
  const error = await store.save(large(3, "s")).catch((error: Error) => error);
  expect(error).toMatchObject({ code: "unknown" });
  expect((error as Error).cause).toBe(undefined);
  expect((error as Error).message).not.toContain("sss");
});
