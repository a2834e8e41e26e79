// Every rule of the machine, by name, in every state that can be reached and on every step; and that each is more than words: a
// machine that breaks it is found out.
import { describe, expect, it } from "vitest";
import { INTRODUCTION, TITLES } from "./invariants/page.js";
import { explore, USUAL, type Finding } from "../support/explore.js";
import { judge } from "../support/invariants.js";
import { attempt } from "./invariants/attempt.js";
import { browser } from "./invariants/browser.js";
import { doubt } from "./invariants/doubt.js";
import { elsewhere } from "./invariants/elsewhere.js";
import { lock } from "./invariants/lock.js";
import { saving } from "./invariants/saving.js";
import { sending } from "./invariants/sending.js";
import { signedOut } from "./invariants/signed-out.js";

const RULES = {
  ...signedOut,
  ...attempt,
  ...saving,
  ...lock,
  ...browser,
  ...sending,
  ...elsewhere,
  ...doubt,
};
const all = Object.entries(RULES).flatMap(([rule, invariants]) =>
  invariants.map((invariant) => ({ ...invariant, title: `${rule}: ${invariant.name}` })),
);
const usual: readonly Finding[] = [...explore(), ...explore({ ...USUAL, refreshOnStart: false })];

describe("the machine keeps", () => {
  it.each(all.map((each) => [each.title, each] as const))("%s", { timeout: 120_000 }, (_, invariant) => {
    const { violation, judged } = judge(invariant, invariant.setting ? explore(invariant.setting) : usual);
    expect(violation).toBeUndefined();
    expect(judged, "states and steps that it is about").toBeGreaterThan(0);
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
