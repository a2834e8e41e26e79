// A cache for what a server says of itself, without a disk.
import type { ServerCache } from "../ports/ports.js";

/** A cache that a test looks into. */
export interface FakeServerCache extends ServerCache {
  /** What is in it: a test may put another text there, as somebody who can write the file could. */
  text: string | null;
}

/** One for all processes of a test. */
export function createFakeServerCache(): FakeServerCache {
  const cache: FakeServerCache = {
    text: null,
    read: async () => cache.text,
    async write(text) {
      cache.text = text;
    },
  };
  return cache;
}
