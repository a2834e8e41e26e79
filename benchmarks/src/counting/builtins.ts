// Which modules of Node a command loads, beyond those that every process has.
import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../run/command.js";

const RECORD = new URL("../../dist/counting/record-builtins.js", import.meta.url).href;

export interface Used {
  readonly names: readonly string[];
  /** How often it waited for the disk. */
  readonly syncs: number;
}

/** Their names as Node has them, `fs/promises` or `internal/crypto/webcrypto`. The command must not fail. */
export async function builtinsOf(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Used> {
  const file = join(tmpdir(), `loopkey-builtins-${randomUUID()}`);
  const run = ["--import", RECORD, ...args];
  await mustRun(process.execPath, run, { ...env, LOOPKEY_BUILTINS_FILE: file });
  const used = JSON.parse(await readFile(file, "utf8")) as Used;
  await rm(file);
  return used;
}
