// A journal in memory, which can fail as a disk does.
import type { HistoryEntry, Journal } from "../../src/index.js";

export interface TestJournal extends Journal {
  readonly batches: readonly (readonly HistoryEntry[])[];
}

export function createTestJournal(fails = false): TestJournal {
  const batches: (readonly HistoryEntry[])[] = [];
  return {
    process: "notes (1)",
    batches,
    async append(entries) {
      batches.push(entries);
      if (fails) throw new Error("The disk is full.");
    },
    read: async () => batches.flat(),
  };
}
