// Which transitions of the machine are taken where it matters: on sockets, files, locks, and records that others have changed.
import { describe, expect, it } from "vitest";
import { elsewhere } from "./elsewhere.js";
import { NOT_HERE } from "./not-here.js";
import { transitionsOfTable } from "./recorder.js";
import { refreshing } from "./refreshing.js";
import { signingIn } from "./signing-in.js";
import { signingOut } from "./signing-out.js";
import { createWorld } from "./world.js";

const scenarios = Object.entries({ ...signingIn, ...elsewhere, ...refreshing, ...signingOut });
const taken = new Map<string, number>();

describe("on real ports", () => {
  it.each(scenarios)("%s", { timeout: 60_000 }, async (_, play) => {
    const world = await createWorld(taken);
    try {
      await play(world);
    } finally {
      await world.end();
    }
  });

  it("the machine takes every transition of its table but those that cannot be provoked, each with its reason", () => {
    const missing = transitionsOfTable().filter((each) => !taken.has(each) && !(each in NOT_HERE));
    expect(missing).toEqual([]);
  });

  it("what is said not to be provoked is in the table", () => {
    const all = new Set(transitionsOfTable());
    expect(all.size).toBe(transitionsOfTable().length);
    expect(Object.keys(NOT_HERE).filter((each) => !all.has(each))).toEqual([]);
  });
});
