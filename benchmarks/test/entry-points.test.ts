// What each entry point of each package is, with all that it imports of ours at once: what an app pays that names it, before it calls anything.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const packages = fileURLToPath(new URL("../../packages", import.meta.url));

/** Bytes of scripts, without those of other packages. Some room, for a sentence more is no event; a library more is one. */
const BUDGETS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  core: {
    ".": 440_000,
    "./machine": 440_000,
    "./light": 58_000,
    "./explain": 8_400,
    "./mcp": 455_000,
    "./testing": 690_000,
  },
  "node-adapter": { ".": 195_000, "./testing": 830_000, "./ways": 197_000, "./watch": 485_000 },
  "cli-adapter": { ".": 250_000, "./commander": 250_000, "./profiles": 250_000 },
  // A bundler takes 12 KB of the renderer's: the adapter's own tests see to that.
  "electron-adapter": { "./main": 655_000, "./preload": 1_000, "./renderer": 453_000, "./testing": 18_000 },
};

describe.each(Object.entries(BUDGETS))("%s", (name, budgets) => {
  test("each entry point has a budget", async () => {
    expect(Object.keys(await entriesOf(name)).toSorted()).toEqual(Object.keys(budgets).toSorted());
  });

  test.each(Object.entries(budgets))("%s is no more than its budget", async (entry, budget) => {
    const sizes = await sizesFrom((await entriesOf(name))[entry]!);
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    const files = [...sizes].map(([path, size]) => `${size} ${path}`).join(", ");
    expect(bytes, files).toBeLessThanOrEqual(budget);
  });
});

/** What npm publishes: an entry point, and its script. */
async function entriesOf(name: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(join(packages, name, "package.json"), "utf8");
  const { publishConfig } = JSON.parse(text) as {
    readonly publishConfig: {
      readonly exports: Readonly<Record<string, { readonly default: string } | string>>;
    };
  };
  return Object.fromEntries(
    Object.entries(publishConfig.exports).flatMap(([entry, target]) =>
      typeof target === "string" ? [] : [[entry, join(packages, name, target.default)]],
    ),
  );
}

/** The script and, by path, those of our packages that it imports without being asked. */
async function sizesFrom(path: string, seen = new Map<string, number>()): Promise<Map<string, number>> {
  if (seen.has(path)) return seen;
  const text = await readFile(path, "utf8");
  seen.set(path, Buffer.byteLength(text));
  for (const [, specifier] of text.matchAll(/^(?:import|export)\b[^;]*?["']([^"']+)["']/gm)) {
    const target = specifier!.startsWith(".") ? join(dirname(path), specifier!) : await scriptOf(specifier!);
    // oxlint-disable-next-line no-await-in-loop
    if (target !== undefined) await sizesFrom(target, seen);
  }
  return seen;
}

async function scriptOf(specifier: string): Promise<string | undefined> {
  const [, name, entry] = /^@loopkey\/([^/]+)(.*)$/.exec(specifier) ?? [];
  return name === undefined ? undefined : (await entriesOf(name))[`.${entry}`];
}
