// What every cache of a server's metadata and keys must hold to, as cases for any test runner.
import type { ServerCache } from "../ports/ports.js";
import type { ContractCase } from "./contract-case.js";

/**
 * What every {@link ServerCache} must hold to. `create` gives two of the same app and account, as two processes would have them,
 * with nothing in them yet.
 */
export function serverCacheContract(
  create: () => readonly [ServerCache, ServerCache] | Promise<readonly [ServerCache, ServerCache]>,
): readonly ContractCase[] {
  const contract = (name: string, run: (a: ServerCache, b: ServerCache) => Promise<void>): ContractCase => ({
    name,
    run: async () => run(...(await create())),
  });
  return [
    contract("a cache with nothing in it has null", async (a) => {
      same(await a.read(), null);
    }),
    contract("what one process writes, another reads, to the letter", async (a, b) => {
      const text = `{"keys":"${"ä\n\u2028😀".repeat(20_000)}"}`;
      await a.write(text);
      same(await b.read(), text);
    }),
    contract("a text stands in place of the one before, shorter or longer", async (a, b) => {
      for (const text of ["the first one", "2nd", "the third, which is longer"]) {
        // oxlint-disable-next-line no-await-in-loop
        await a.write(text);
        // oxlint-disable-next-line no-await-in-loop
        same(await b.read(), text);
      }
    }),
    contract("of two that write at once, one text stays, whole", async (a, b) => {
      const [one, two] = ["1".repeat(100_000), "2".repeat(70_000)] as const;
      await Promise.all([a.write(one), b.write(two)]);
      const found = await a.read();
      if (found !== one && found !== two) throw new Error("expected one of the two texts, whole");
    }),
  ];
}

function same(actual: string | null, expected: string | null): void {
  if (actual === expected) return;
  const shown = (text: string | null): string => JSON.stringify(text)?.slice(0, 80);
  throw new Error(`expected ${shown(expected)}, got ${shown(actual)}`);
}
