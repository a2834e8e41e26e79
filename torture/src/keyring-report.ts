// The figures of a torture of the keyring store, as text.
import { table, type Row } from "./figures.js";
import type { KeyringCall } from "./keyring-worker.js";
import type { Tally } from "./keyring-judge.js";

export interface KeyringReport {
  readonly seconds: number;
  readonly workers: number;
  readonly troubles: ReadonlyMap<string, number>;
  readonly tallies: ReadonlyMap<KeyringCall, ReadonlyMap<string, Tally>>;
  /** Processes that were kept from ending by a call that timed out: the keyring has lost its prompt. */
  readonly stuck: number;
  /** Entries that a probe could not delete, for the keyring was taken away in the middle of it. */
  readonly probesLeft: number;
  readonly violations: readonly string[];
}

export function formatKeyringReport(report: KeyringReport): string {
  const { seconds, workers, troubles, tallies, stuck, probesLeft, violations } = report;
  const all = [...tallies.values()].flatMap((outcomes) => [...outcomes.values()]);
  const calls = all.reduce((sum, { count }) => sum + count, 0);
  const slowest = Math.max(0, ...all.map(({ slowestMs }) => slowestMs));
  const outcomes = inOrder(tallies).flatMap(([call, ends]) =>
    inOrder(ends).map(([end, { count, slowestMs }]): Row => [`${call} ${end}`, count, Math.round(slowestMs)]),
  );
  const lines = [
    `keyring: ${calls} calls of ${workers} processes in ${seconds} s, the slowest ${Math.round(slowest)} ms`,
    "",
    table([["the keyring was", "times"], ...inOrder(troubles)]),
    table([["call and how it ended", "times", "slowest ms"], ...outcomes]),
    `  processes that a lost prompt kept from ending: ${stuck}`,
    `  entries of probes that could not be deleted: ${probesLeft}`,
    "",
    violations.length === 0 ? "Everything held." : `${violations.length} did not hold:`,
    ...[...new Set(violations)].slice(0, 30).map((violation) => `  ${violation}`),
  ];
  return `${lines.join("\n")}\n`;
}

function inOrder<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].toSorted(([a], [b]) => a.localeCompare(b));
}
