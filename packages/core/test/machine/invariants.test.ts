// Every rule of the machine, by name, in every state that can be reached and on every step.
import { describe, expect, it } from "vitest";
import { explore, USUAL, type Finding } from "../support/explore.js";
import { judge } from "../support/invariants.js";
import { all } from "./invariants/all.js";

const usual: readonly Finding[] = [...explore(), ...explore({ ...USUAL, refreshOnStart: false })];

describe("the machine keeps", () => {
  it.each(all.map((each) => [each.title, each] as const))("%s", { timeout: 120_000 }, (_, invariant) => {
    const { violation, judged } = judge(invariant, invariant.setting ? explore(invariant.setting) : usual);
    expect(violation).toBeUndefined();
    expect(judged, "states and steps that it is about").toBeGreaterThan(0);
  });
});
