// Every rule of the machine, by name, in every state that can be reached and on every step.
import { describe, expect, it } from "vitest";
import { explore, USUAL, type Finding } from "../support/explore.js";
import { judge } from "../support/invariants.js";
import { all } from "./invariants/all.js";

let findings: readonly Finding[] | undefined;
/** Explored once, by the first test that asks. */
const usual = (): readonly Finding[] =>
  (findings ??= [...explore(), ...explore({ ...USUAL, refreshOnStart: false })]);

describe("the machine keeps", () => {
  it("every rule, in every state that can be reached and on every step", { timeout: 120_000 }, () => {
    const broken = all.filter((each) => judge(each, usual()).violation !== undefined && !each.setting);
    expect(broken.map(({ title }) => title)).toEqual([]);
  });

  it.each(all.map((each) => [each.title, each] as const))("%s", { timeout: 120_000 }, (_, invariant) => {
    const { violation, judged } = judge(invariant, invariant.setting ? explore(invariant.setting) : usual());
    expect(violation).toBeUndefined();
    expect(judged, "states and steps that it is about").toBeGreaterThan(0);
  });
});
