// The results for people: a table a row of the benchmark, each contender beside the base and beside Loopkey.
import { LOOPKEY } from "../contenders/index.js";
import type { Install, Results, Row } from "./results.js";
import { difference, estimate, median, ratio, type Estimate } from "./statistics.js";

const MEGABYTE = 1e6;

export function formatPage(results: Results): string {
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`);
  return `# Performance

What Loopkey costs in time, memory, requests and files, measured beside the libraries people use today. Made by \`pnpm bench --save\`, which writes this page and [every value](performance.json). What is measured, and how, is in
[benchmarks/README.md](../benchmarks/README.md); what it means, and what is in the way of more, in [speed.md](speed.md).

- Machine: ${results.machine}
- Versions: ${versions.join(", ")}
- Date: ${results.date}

Medians of paired rounds with their 95 % intervals (bootstrap). "÷ base" and "− base" compare with the base of the row, in
the same round; "Loopkey ÷ it" says how many times as long Loopkey takes.

${formatResults(results)}`;
}

export function formatResults({ rows, installs }: Results): string {
  const tables = rows.map(formatRow);
  if (installs.length > 0) tables.push(formatInstalls(installs));
  return tables.join("\n");
}

function formatRow(row: Row): string {
  const { title, node, transport, unit, base, own: ours = LOOPKEY } = row;
  const series = row.series.toSorted((a, b) => median(a.values) - median(b.values));
  const baseValues = series.find(({ contender }) => contender === base)?.values;
  const own = series.find(({ contender }) => contender === ours)?.values;
  const rounds = series[0]?.values.length ?? 0;
  const hasNotes = series.some(({ note }) => note !== undefined);
  // What is next to nothing is no measure for the rest.
  const hasRatios = unit === "ms";
  const lines = series.map(({ contender, values, note }) => [
    contender === base ? `${contender} (base)` : contender,
    format(estimate(values), (n) => number(n)),
    ...(hasRatios ? [baseValues && contender !== base ? timesText(values, baseValues) : ""] : []),
    baseValues && contender !== base ? format(difference(values, baseValues), (n) => number(n)) : "",
    ...(hasRatios ? [own && contender !== ours ? timesText(own, values) : ""] : []),
    ...(hasNotes ? [note ?? ""] : []),
  ]);
  const head = [
    "",
    unit,
    ...(hasRatios ? ["÷ base"] : []),
    `− base, ${unit}`,
    ...(hasRatios ? ["Loopkey ÷ it"] : []),
    ...(hasNotes ? ["seen"] : []),
  ];
  const where = [`Node ${node}`, ...(transport === undefined ? [] : [transport]), `${rounds} rounds`];
  return `## ${title} (${where.join("; ")})\n\n${table([head, ...lines])}`;
}

function formatInstalls(installs: readonly Install[]): string {
  const mb = (bytes: number): string => (bytes / MEGABYTE).toFixed(2);
  const lines = installs.map(({ name, packages, diskBytes, bytes, mapBytes, sourceBytes }) => [
    name,
    String(packages),
    mb(diskBytes),
    mb(bytes),
    mb(mapBytes),
    mb(sourceBytes),
  ]);
  const head = ["", "packages", "MB on disk", "MB in files", "of it source maps", "of it our sources"];
  return `## Install by npm into an empty folder\n\n${table([head, ...lines])}`;
}

function timesText(values: readonly number[], base: readonly number[]): string {
  return format(ratio(values, base), (times) => times.toFixed(2));
}

function format({ median: middle, low, high }: Estimate, text: (value: number) => string): string {
  return `${text(middle)} (${text(low)} to ${text(high)})`;
}

function number(value: number): string {
  return Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(0);
}

function table(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(3, ...lines.map((line) => line[column]!.length)));
  const row = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |\n`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |\n`;
  return row(lines[0]!) + rule + lines.slice(1).map(row).join("");
}
