// The runtimes that scripts/runtimes.mjs fetches, and the words a skipped test says where one of them is missing.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Runtime {
  /** `node20`, `bun`: as the script has it. */
  readonly name: string;
  readonly version: string;
  /** `Node 20.19.0`: as people and the docs have it. */
  readonly title: string;
  /** What a program's file is appended to. */
  readonly command: readonly string[];
  readonly missing: string | undefined;
}

const script = fileURLToPath(new URL("../../../scripts/runtimes.mjs", import.meta.url));
const { stdout } = spawnSync(process.execPath, [script, "--find"], { encoding: "utf8" });

/** Deno runs nothing that it was not allowed to. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = { deno: ["run", "--allow-all"] };

export const runtimes: readonly Runtime[] = (
  JSON.parse(stdout) as { name: string; version: string; program: string; isThere: boolean }[]
).map(({ name, version, program, isThere }) => ({
  name,
  version,
  title: `${name.replace(/\d+$/, "").replace(/^./, (letter) => letter.toUpperCase())} ${version}`,
  command: [program, ...(ARGUMENTS[name] ?? [])],
  missing: isThere ? undefined : `${name} is missing: node scripts/runtimes.mjs ${name}`,
}));

export function runtimeOf(name: string): Runtime {
  const found = runtimes.find((runtime) => runtime.name === name);
  if (found === undefined) throw new Error(`There is no runtime ${name}.`);
  return found;
}
