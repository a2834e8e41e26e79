// What a run through the model has shown, as numbers, sentences and a table.
import type { Failure } from "./driver.js";

/** `insufficient`: nothing was wrong, and that shows little: a lie went unnoticed, or a transition was never taken. */
export type Verdict = "passed" | "failed" | "insufficient";

export interface Coverage {
  readonly reached: number;
  readonly of: number;
  /** By name. */
  readonly missed: readonly string[];
}

export interface CoverReport {
  readonly verdict: Verdict;
  /** Why it is not `passed`, in sentences. */
  readonly why: readonly string[];
  /** The shortest first. */
  readonly failures: readonly Failure[];
  readonly coverage: Readonly<Record<CoverageName, Coverage>>;
  /** What a lying client has shown, and the driver has taken for the truth. */
  readonly lies: { readonly told: number; readonly unnoticed: readonly string[] };
  /** How many paths were run, the lies' not counted. */
  readonly paths: number;
  /** Of the random walks. */
  readonly seed: number;
  /** All of it, to print. */
  readonly table: string;
}

export type CoverageName =
  | "states"
  | "transitions"
  | "commands"
  | "worldEvents"
  | "fullStates"
  | "fullTransitions";

const TITLES: Readonly<Record<CoverageName, string>> = {
  states: "states",
  transitions: "transitions",
  commands: "commands",
  worldEvents: "world events",
  fullStates: "states with all they show",
  fullTransitions: "transitions between those",
};

export function coverageOf(all: Iterable<string>, reached: ReadonlySet<string>): Coverage {
  const names = [...new Set(all)];
  const missed = names.filter((name) => !reached.has(name));
  return { reached: names.length - missed.length, of: names.length, missed };
}

const MOST_NAMES = 12;

export function toTable(report: Omit<CoverReport, "table">): string {
  const { verdict, why, failures, coverage, lies, paths, seed } = report;
  const rows = Object.entries(TITLES).map(([name, title]): [string, string, string] => {
    const { reached, of, missed } = coverage[name as CoverageName];
    const isDetail = name.startsWith("full");
    const names = isDetail ? "" : missed.slice(0, MOST_NAMES).join("; ");
    return [title, `${reached} of ${of}`, missed.length > MOST_NAMES && !isDetail ? `${names}; ...` : names];
  });
  const width = Math.max(...rows.map(([title]) => title.length));
  const table = [["", "reached", "never reached"] as [string, string, string], ...rows].map(
    ([title, reached, missed]) => `| ${title.padEnd(width)} | ${reached.padEnd(10)} | ${missed}`,
  );
  return [
    `${verdict}: ${paths} paths, ${lies.told} lies, seed ${seed}`,
    ...why.map((each) => `  ${each}`),
    ...failures
      .slice(0, MOST_NAMES)
      .map(({ path, state, problem }) => `  in ${state}: ${problem}\n    replay: ${path}`),
    ...table,
  ].join("\n");
}
