// The figures of a listener under attack, as text.
import { milliseconds, spread, table, type Row } from "./figures.js";
import type { CrowdRun } from "./listener-crowd.js";
import type { FuzzRun } from "./listener-fuzz.js";
import { heapOf, rssOf } from "./listener-memory.js";

export interface ListenerReport {
  /** Of the first app; the next has the next. */
  readonly seed: number;
  readonly fuzzed: readonly FuzzRun[];
  readonly fuzzSeconds: number;
  readonly crowds: readonly CrowdRun[];
}

export function formatListenerReport({ seed, fuzzed, fuzzSeconds, crowds }: ListenerReport): string {
  const kinds = total(fuzzed.map(({ kinds }) => kinds));
  const requests = sum(Object.values(kinds));
  const memories = fuzzed.flatMap(({ memory }) => memory ?? []);
  const crowdRow = (name: string, cell: (run: CrowdRun) => string | number): Row => [
    name,
    ...crowds.map(cell),
  ];
  const violations = [
    ...fuzzed.flatMap(({ violations }) => violations),
    ...crowds.flatMap(({ manner, violations }) => violations.map((what) => `${manner}: ${what}`)),
  ];
  const lines = [
    `listener: ${requests} requests to ${fuzzed.length} apps in ${fuzzSeconds.toFixed(0)} s, seed ${seed}`,
    "",
    table([
      ["requests a second", Math.round(requests / fuzzSeconds)],
      ["good redirects, each signed in", sum(fuzzed.map(({ signedIn }) => signedIn))],
      ["most requests within one wait", Math.max(...fuzzed.map(({ longestWait }) => longestWait))],
      ["different answers to all the others", Math.max(...fuzzed.map(({ answers }) => answers))],
      ["sent again, for the sender was held up", sum(fuzzed.map(({ late }) => late))],
      ["longest delay of an app", `${milliseconds(Math.max(...fuzzed.map((run) => run.longestDelay)))} ms`],
      ...memories.map((memory, n): Row => [`heap of app ${n + 1}, warm and at the end`, heapOf(memory)]),
      ...memories.map((memory, n): Row => [`the whole process of app ${n + 1}`, rssOf(memory)]),
    ]),
    table([["what was wrong", "requests"], ...inOrder(kinds)]),
    table([
      ["how they were sent", "requests"],
      ...inOrder(total(fuzzed.map(({ deliveries }) => deliveries))),
    ]),
    table([["reported as", "times"], ...inOrder(total(fuzzed.map(({ reasons }) => reasons)))]),
    ...(crowds.length === 0
      ? []
      : [
          table([
            crowdRow("connections from four processes", ({ manner }) => manner),
            crowdRow("connections made", ({ connected }) => connected),
            crowdRow("requests in between", ({ waits }) => waits.length),
            crowdRow("their wait: median / 95 % / longest", ({ waits }) => spread(waits)),
            crowdRow("asked again, for the asker was held up", ({ late }) => late),
            crowdRow("the redirect, until the page", ({ redirect }) => `${milliseconds(redirect)} ms`),
            crowdRow("reported by the listener", ({ strays }) => strays),
            crowdRow("notices to the app", ({ notices }) => notices),
            crowdRow("longest delay of the app", ({ longestDelay }) => `${milliseconds(longestDelay)} ms`),
            crowdRow("heap, before and after", ({ memory }) => heapOf(memory)),
            crowdRow("the whole process", ({ memory }) => rssOf(memory)),
          ]),
        ]),
    violations.length === 0 ? "Everything held." : `${violations.length} did not hold:`,
    ...[...new Set(violations)].slice(0, 30).map((violation) => `  ${violation}`),
  ];
  return `${lines.join("\n")}\n`;
}

function total(all: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const totals: Record<string, number> = {};
  for (const each of all) {
    for (const [name, count] of Object.entries(each)) totals[name] = (totals[name] ?? 0) + count;
  }
  return totals;
}

function inOrder(counts: Readonly<Record<string, number>>): readonly Row[] {
  return Object.entries(counts).toSorted(([a], [b]) => a.localeCompare(b));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
