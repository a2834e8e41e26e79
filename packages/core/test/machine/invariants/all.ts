// Every rule of the machine.
import type { Invariant } from "../../support/invariants.js";
import { attempt } from "./attempt.js";
import { browser } from "./browser.js";
import { doubt } from "./doubt.js";
import { elsewhere } from "./elsewhere.js";
import { lock } from "./lock.js";
import { saving } from "./saving.js";
import { sending } from "./sending.js";
import { signedOut } from "./signed-out.js";

export const RULES = {
  ...signedOut,
  ...attempt,
  ...saving,
  ...lock,
  ...browser,
  ...sending,
  ...elsewhere,
  ...doubt,
};

/** With the rule before each. */
export const all: readonly (Invariant & { readonly title: string })[] = Object.entries(RULES).flatMap(
  ([rule, invariants]) =>
    invariants.map((invariant) => ({ ...invariant, title: `${rule}: ${invariant.name}` })),
);
