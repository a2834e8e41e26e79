// Paired rounds: in each, every cell runs once, in an order of the round's own. What the machine does meanwhile hits all.
import { seeded } from "./statistics.js";

export interface Cell {
  readonly name: string;
  run(round: number): Promise<void>;
}

/** One round more is run first and forgotten: it fills the caches of disk and code. */
const WARM_UP = -1;

export async function runRounds(rounds: number, cells: readonly Cell[], say: (text: string) => void) {
  const random = seeded(rounds);
  for (let round = WARM_UP; round < rounds; round++) {
    for (const cell of shuffled(cells, random)) {
      // oxlint-disable-next-line no-await-in-loop
      await cell.run(round).catch((cause: unknown) => {
        throw new Error(`${cell.name} failed in round ${round}: ${String(cause)}`, { cause });
      });
    }
    say(round === WARM_UP ? "warm" : `round ${round + 1} of ${rounds}`);
  }
}

function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const rest = [...all];
  for (let n = rest.length - 1; n > 0; n--) {
    const other = Math.floor(random() * (n + 1));
    [rest[n], rest[other]] = [rest[other]!, rest[n]!];
  }
  return rest;
}
