// Which files a command loads, how big they are, and who asked for each.
import { readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { randomUUID } from "node:crypto";
import { mustRun } from "../run/command.js";

/** The environment variable that names where loads are noted. */
export const LOADS_FILE = "LOOPKEY_LOADS_FILE";

export interface LoadedFile {
  /** From the root of the checkout; of a package, from its name on. */
  readonly path: string;
  readonly bytes: number;
  readonly by: string;
}

const RECORD = new URL("../../dist/counting/record-loads.js", import.meta.url).href;
const OWN_FOLDER = new URL("../../dist/counting/", import.meta.url).href;
const ROOT = new URL("../../../", import.meta.url).href;

/** The command must not fail. */
export async function loadsOf(args: readonly string[], env: NodeJS.ProcessEnv): Promise<LoadedFile[]> {
  const file = join(tmpdir(), `loopkey-loads-${randomUUID()}`);
  await mustRun(process.execPath, ["--import", RECORD, ...args], { ...env, [LOADS_FILE]: file });
  const lines = (await readFile(file, "utf8")).trim().split("\n");
  await rm(file);
  const found = new Map<string, string>();
  for (const line of lines) {
    const { url, by } = JSON.parse(line) as { url: string; by: string };
    if (!url.startsWith(OWN_FOLDER) && !found.has(url)) found.set(url, by);
  }
  return Promise.all(
    [...found].map(async ([url, by]) => ({
      path: shorten(url),
      bytes: (await stat(fileURLToPath(url))).size,
      by: shorten(by),
    })),
  );
}

function shorten(url: string): string {
  return url.replace(ROOT, "").replace(/^.*node_modules\//, "");
}
