// The results in docs/: every value as JSON, and the tables made of them.
import { readFile, writeFile } from "node:fs/promises";
import type { Results } from "./results.js";
import { formatPage } from "./tables.js";

const JSON_FILE = new URL("../../../docs/performance.json", import.meta.url);
const PAGE_FILE = new URL("../../../docs/performance.md", import.meta.url);

export async function readSaved(): Promise<Results | undefined> {
  const text = await readFile(JSON_FILE, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as Results);
}

/** The newer rows take the place of those of the same part. */
export function mergeResults(saved: Results | undefined, newer: Results): Results {
  const parts = new Set(newer.rows.map(({ part }) => part));
  return {
    ...newer,
    rows: [...(saved?.rows ?? []).filter(({ part }) => !parts.has(part)), ...newer.rows],
    installs: newer.installs.length > 0 ? newer.installs : (saved?.installs ?? []),
  };
}

export async function save(results: Results): Promise<void> {
  await writeFile(JSON_FILE, `${JSON.stringify(results)}\n`);
  await writeFile(PAGE_FILE, formatPage(results));
}
