// That each rule of the machine is more than words: a machine that breaks it is found out.
import { describe, expect, it } from "vitest";
import { explore, USUAL } from "../support/explore.js";
import { judge } from "../support/invariants.js";
import { all, RULES } from "./invariants/all.js";
import { INTRODUCTION, TITLES } from "./invariants/page.js";

describe("a machine that breaks a rule is found out", () => {
  it("by every rule", () => {
    expect(all.filter(({ brokenBy }) => Object.keys(brokenBy).length === 0)).toEqual([]);
  });

  const broken = all.flatMap((invariant) =>
    Object.entries(invariant.brokenBy).map(
      ([wrong, machine]) => [`${invariant.title}: not where ${wrong}`, invariant, machine] as const,
    ),
  );
  it.each(broken)("%s", { timeout: 120_000 }, (_, invariant, machine) => {
    const settings = [invariant.setting ?? USUAL, { ...USUAL, refreshOnStart: false }];
    const found = settings.some(
      (setting) => judge(invariant, explore(setting, machine())).violation !== undefined,
    );
    expect(found, "a violation").toBe(true);
  });
});

it("docs/invariants.md has them all", async () => {
  const list = Object.entries(RULES).map(([rule, invariants]) => {
    const told = invariants.map(({ name, brokenBy }) => {
      const wrong = Object.keys(brokenBy).map((each) => `  - ${each}\n`);
      return `- **${name[0]!.toUpperCase()}${name.slice(1)}.** Found out where:\n${wrong.join("")}`;
    });
    return `## ${TITLES[rule] ?? rule[0]!.toUpperCase() + rule.slice(1)}\n\n${told.join("")}`;
  });
  await expect(`${INTRODUCTION}\n${list.join("\n")}`).toMatchFileSnapshot("../../../../docs/invariants.md");
});
