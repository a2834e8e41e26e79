// The runtimes that scripts/runtimes.mjs fetches, and the words a skipped test says where one of them is missing.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Runtime {
  /** `node20`, `bun`: as the script has it. */
  readonly name: string;
  readonly version: string;
  /** `Node 20.19.0`: as people and the docs have it. */
  readonly title: string;
  /** What a program's file is appended to. */
  readonly command: readonly string[];
  /** For its programs, beside their own. */
  readonly env: NodeJS.ProcessEnv;
  readonly missing: string | undefined;
}

const script = fileURLToPath(new URL("../../../scripts/runtimes.mjs", import.meta.url));
const { stdout } = spawnSync(process.execPath, [script, "--find"], { encoding: "utf8" });

/** Deno runs nothing that it was not allowed to. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = { deno: ["run", "--allow-all"] };

/** What runs with musl is beside packages that were installed for glibc: the keyring's part for musl is named to it. */
const MUSL = "musl";

export const runtimes: readonly Runtime[] = (
  JSON.parse(stdout) as { name: string; version: string; program: string; isThere: boolean }[]
).map(({ name, version, program, isThere }) => ({
  name,
  version,
  title: titleOf(name, version),
  command: [program, ...(ARGUMENTS[name] ?? [])],
  env:
    name === MUSL
      ? { NAPI_RS_NATIVE_LIBRARY_PATH: join(program, "../../../keyring.linux-x64-musl.node") }
      : {},
  missing: isThere ? wordsForMusl(name) : `${name} is missing: node scripts/runtimes.mjs ${name}`,
}));

function titleOf(name: string, version: string): string {
  if (name === MUSL) return `Node ${version} with musl`;
  return `${name.replace(/\d+$/, "").replace(/^./, (letter) => letter.toUpperCase())} ${version}`;
}

function wordsForMusl(name: string): string | undefined {
  if (name !== MUSL || existsSync("/lib/ld-musl-x86_64.so.1")) return undefined;
  return "musl is missing: sudo apt-get install musl";
}

export function runtimeOf(name: string): Runtime {
  const found = runtimes.find((runtime) => runtime.name === name);
  if (found === undefined) throw new Error(`There is no runtime ${name}.`);
  return found;
}
