// What a part is given, and the cells that fill its rows.
import type { Row, Series } from "../run/results.js";
import type { NodeVersion } from "../world/nodes.js";
import type { World } from "../world/world.js";

export interface PartContext {
  readonly world: World;
  readonly nodes: readonly NodeVersion[];
  readonly rounds: number;
  /** How many call at the same time, row by row. */
  readonly bursts: readonly number[];
  readonly say: (text: string) => void;
}

export type Part = (context: PartContext) => Promise<readonly Row[]>;

export interface RowInMaking {
  /** A value of this contender; rounds below 0 are forgotten. */
  add(contender: string, round: number, value: number): void;
  /** A count that is shown beside the values, each kind once: `requests: 3, 4`. */
  see(contender: string, round: number, what: string): void;
  finish(): Row;
}

export function makeRow(head: Omit<Row, "series">): RowInMaking {
  const values = new Map<string, number[]>();
  const seen = new Map<string, Map<string, number>>();
  return {
    add(contender, round, value) {
      if (round < 0) return;
      const all = values.get(contender) ?? [];
      all[round] = Math.round(value * 1_000) / 1_000;
      values.set(contender, all);
    },
    see(contender, round, what) {
      if (round < 0) return;
      const counts = seen.get(contender) ?? new Map<string, number>();
      counts.set(what, (counts.get(what) ?? 0) + 1);
      seen.set(contender, counts);
    },
    finish: () => ({
      ...head,
      series: [...values].map(([contender, all]): Series => {
        const note = noteOf(seen.get(contender));
        return { contender, values: all, ...(note === undefined ? {} : { note }) };
      }),
    }),
  };
}

/** What was seen each time stands alone; what was not, with how often. */
function noteOf(counts: ReadonlyMap<string, number> | undefined): string | undefined {
  if (!counts) return undefined;
  const all = [...counts].toSorted(([, a], [, b]) => b - a);
  return all.length === 1 ? all[0]![0] : all.map(([what, times]) => `${what} (${times} x)`).join("; ");
}
