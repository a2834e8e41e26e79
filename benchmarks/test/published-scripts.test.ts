// How many scripts each package ships, and how big they are: what is loaded can only be part of it.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const BUDGETS = [
  { name: "core", scripts: 9, bytes: 690_000 },
  { name: "node-adapter", scripts: 12, bytes: 286_000 },
  { name: "cli-adapter", scripts: 17, bytes: 760_000 },
  { name: "electron-adapter", scripts: 4, bytes: 110_000 },
] as const;

test.each(BUDGETS)(
  "$name ships no more scripts and bytes than its budget",
  async ({ name, scripts, bytes }) => {
    const folder = fileURLToPath(new URL(`../../packages/${name}/dist`, import.meta.url));
    const paths = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith(".js"));
    const sizes = await Promise.all(paths.map(async (path) => (await stat(join(folder, path))).size));
    const largest = paths
      .map((path, n) => `${sizes[n]} ${path}`)
      .toSorted((a, b) => parseInt(b) - parseInt(a));

    expect
      .soft(paths.length, `scripts (of an earlier build? rm -r packages/*/dist): ${paths.join(", ")}`)
      .toBeLessThanOrEqual(scripts);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect.soft(total, `the largest: ${largest.slice(0, 10).join(", ")}`).toBeLessThanOrEqual(bytes);
  },
);
