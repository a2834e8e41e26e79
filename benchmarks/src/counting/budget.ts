// A budget, and what to say when it does not suffice: what there was, by whom.

export interface Found {
  readonly what: string;
  readonly by: string;
}

/** Undefined when the count is within; else a text that names each. */
export function overBudget(
  title: string,
  count: number,
  budget: number,
  found: readonly Found[],
): string | undefined {
  if (count <= budget) return undefined;
  const list = found.map(({ what, by }) => `  ${what}\n    by ${by}\n`).join("");
  return `${title}: ${count}, with a budget of ${budget}.\n${list}`;
}
