// Programs that are packed by the lines of docs/packing.md, each in a folder that has nothing of ours above it: a parent's
// node_modules would be found.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { copyFile, cp, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { electronPath } from "./electron-program.js";
import { programPath } from "./program.js";
import type { Runtime } from "./runtimes.js";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const docs = readFileSync(join(root, "docs/packing.md"), "utf8");
const polyfills = join(root, "e2e/electron/polyfills.cjs");

/** Whether the program has its native parts, or whoever packed it forgot them. */
export type Parts = "given" | "none";

/** A packed program: what its arguments are appended to, and the folder that is all of it. */
export interface Packed {
  readonly folder: string;
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** A folder with no `node_modules` above it; gone when the test is finished. */
async function folderAlone(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-packed-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  for (let above = folder; ; above = dirname(above)) {
    const modules = join(above, "node_modules");
    if (existsSync(modules)) throw new Error(`${modules} would be found: set TMPDIR to a folder without.`);
    if (above === dirname(above)) return folder;
  }
}

/** What the docs have under this heading, in blocks of this language. */
function blocksOf(heading: string, language: string): readonly string[] {
  const section = docs.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , text]) => text!);
}

/**
 * Does what the docs say under this heading, in a folder that finds the packages as a program's own does. `block`: which of the
 * commands. Returns the folder.
 */
async function pack(heading: string, block: number, parts: Parts, node = process.execPath): Promise<string> {
  const dist = join(root, "e2e/dist");
  const work = await mkdtemp(join(dist, "packing-"));
  onTestFinished(() => rm(work, { recursive: true, force: true }));
  const giving = blocksOf(heading, "ts")[0] ?? blocksOf("esbuild", "ts")[0]!;
  await writeFile(
    join(work, "app.js"),
    `${parts === "given" ? giving.replace("linux-x64", `${process.platform}-${process.arch}`) : ""}
import { journey } from ${JSON.stringify(programPath("journey"))};
void journey();
`,
  );
  const [sea] = blocksOf(heading, "json");
  if (sea !== undefined) await writeFile(join(work, "sea.json"), seaConfig(sea, parts, block === 1));
  const path = [dirname(node), join(root, "e2e/node_modules/.bin"), process.env["PATH"]].join(delimiter);
  await run("sh", ["-ec", blocksOf(heading, "sh")[block]!], {
    cwd: work,
    env: { ...process.env, PATH: path },
  });
  return work;
}

/** With the packages where they are in this workspace, and for this system. */
function seaConfig(text: string, parts: Parts, isDoneByNode: boolean): string {
  const config = JSON.parse(text.replaceAll("linux-x64", `${process.platform}-${process.arch}`)) as {
    output: string;
    assets?: Record<string, string>;
  };
  const { resolve } = createRequire(require.resolve("@loopkey/node-adapter/package.json"));
  for (const [name, file] of Object.entries(config.assets!))
    config.assets![name] = resolve(file.replace("node_modules/", ""));
  if (parts === "none") delete config.assets;
  if (isDoneByNode) config.output = "dist/app";
  return JSON.stringify(config);
}

/** Run by this Node. */
export async function packByEsbuild(format: "cjs" | "esm", parts: Parts): Promise<Packed> {
  const work = await pack("esbuild", format === "cjs" ? 0 : 1, parts);
  const folder = join(await folderAlone(), "dist");
  await cp(join(work, "dist"), folder, { recursive: true });
  return { folder, command: [process.execPath, join(folder, format === "cjs" ? "app.cjs" : "app.mjs")] };
}

/** The same program, somewhere else. */
export async function moved({ folder, command }: Packed): Promise<Packed> {
  const to = join(await folderAlone(), "moved", "here");
  await mkdir(dirname(to));
  // Nothing is left where it was.
  await rename(folder, to);
  return { folder: to, command: command.map((word) => word.replace(folder, to)) };
}

/** Run by Electron as Node, whose `fs` sees into the archive. */
export async function packInAsar(parts: Parts): Promise<Packed> {
  const work = await pack("An asar", 0, parts);
  const folder = await folderAlone();
  for (const name of parts === "given" ? ["app.asar", "app.asar.unpacked"] : ["app.asar"])
    // oxlint-disable-next-line no-await-in-loop
    await cp(join(work, name), join(folder, name), { recursive: true });
  // What this Electron's Node is too old for, from outside.
  await copyFile(polyfills, join(folder, "polyfills.cjs"));
  const command = [electronPath!, "-r", join(folder, "polyfills.cjs"), join(folder, "app.asar/app.cjs")];
  return { folder, command, env: { ELECTRON_RUN_AS_NODE: "1" } };
}

/** One file, alone. */
export async function compileByBun(bun: Runtime, parts: Parts): Promise<Packed> {
  return alone(await pack("Bun", 0, parts, bun.command[0]));
}

/** One file, alone. */
export async function makeSingleExecutable(node: Runtime, parts: Parts): Promise<Packed> {
  const block = Number(node.version.split(".")[0]) >= 26 ? 1 : 0;
  return alone(await pack("A single executable of Node", block, parts, node.command[0]));
}

async function alone(work: string): Promise<Packed> {
  const folder = await folderAlone();
  const program = join(folder, "app");
  await copyFile(join(work, "dist/app"), program);
  return { folder, command: [program] };
}
