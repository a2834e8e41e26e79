import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../src/index.js";
import { storeContract } from "../../src/testing/index.js";

describe("the memory store holds to the store contract", () => {
  it.each(storeContract(createMemoryStore))("$name", (promise) => promise.run());

  it("says that it forgets", () => {
    expect(createMemoryStore().info).toEqual({ kind: "memory", persistent: false });
  });

  it("shares nothing between two stores", async () => {
    const [a, b] = [createMemoryStore(), createMemoryStore()];
    await a.save("record");
    expect(await b.load()).toBeNull();
  });
});

describe("the store contract", () => {
  it.each([
    ["forgets", { save: async () => {} }],
    ["keeps what was cleared", { clear: async () => {} }],
    ["answers undefined for nothing", { load: async () => undefined as unknown as null }],
  ])("fails for a store that %s", async (_, broken) => {
    const cases = storeContract(() => ({ ...createMemoryStore(), ...broken }));
    const results = await Promise.allSettled(cases.map((promise) => promise.run()));
    expect(results.some(({ status }) => status === "rejected")).toBe(true);
  });
});
