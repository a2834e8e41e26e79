import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FAULT_NAMES, FAULTS, faultContract } from "../../src/testing/index.js";
import { createVirtualSetting } from "./virtual-setting.js";

/** What does not hold yet, and why: such a test fails as soon as it does. */
const open = JSON.parse(readFileSync(new URL("open.json", import.meta.url), "utf8")) as Record<
  string,
  string
>;

describe("the list of faults", () => {
  it("has at least 120", () => {
    expect(FAULT_NAMES.length).toBeGreaterThanOrEqual(120);
  });

  it("says in a sentence what each is", () => {
    for (const name of FAULT_NAMES) expect(FAULTS[name].description, name).toMatch(/^[A-Z].*\.$/);
  });
});

describe("in virtual time", () => {
  const cases = faultContract(createVirtualSetting);
  for (const each of cases) (open[each.id] === undefined ? it : it.fails)(each.name, () => each.run());

  it("those that do not hold yet are in the list, by their right names", () => {
    for (const id of Object.keys(open)) expect(cases.map((each) => each.id)).toContain(id);
  });
});
