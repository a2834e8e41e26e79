// A store that forgets when the process ends: for tests, and for apps that ask for it by name.
import type { SessionStore } from "./ports.js";

/** Keeps the session record in memory only: signed out when the process ends. */
export function createMemoryStore(): SessionStore {
  let record: string | null = null;
  return {
    info: { kind: "memory", persistent: false },
    load: async () => record,
    save: async (text) => {
      record = text;
    },
    clear: async () => {
      record = null;
    },
    quarantine: async () => {
      // Set aside in memory is gone with the process: there is no place to name but this.
      const had = record !== null;
      record = null;
      return had ? "memory" : null;
    },
    probe: async () => {},
  };
}
