// Numbers for people.

/** The value that this part of all does not exceed; 0 of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}

/** `12 / 34 / 56 ms`: median, 95th percentile, longest. */
export function spread(values: readonly number[]): string {
  return `${[0.5, 0.95, 1].map((part) => milliseconds(quantile(values, part))).join(" / ")} ms`;
}

export function milliseconds(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : ms.toFixed(0);
}

export type Row = readonly [name: string, ...cells: (string | number)[]];

/** Names to the left, cells to the right; the first row heads the others. */
export function table(rows: readonly Row[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, n) =>
    Math.max(...rows.map((row) => String(row[n] ?? "").length)),
  );
  const line = (row: Row): string =>
    widths
      .map((width, n) => (n === 0 ? row[0].padEnd(width) : String(row[n] ?? "").padStart(width + 3)))
      .join("");
  return rows.map((row) => `  ${line(row)}\n`).join("");
}

/** The number after `--name`, above 0. */
export function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new TypeError(`--${name} ${text} is no number above 0.`);
}
