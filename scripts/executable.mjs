// The binary `loopkey` as one file, which needs no Node and no packages beside it: for an app that ships it, as Tauri's externalBin.
//   node scripts/executable.mjs [FOLDER]   for this system, after a build; prints where it is. About 3 s and 100 MB.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const BUN = "bun@1.4.5";

/** By Node's platform and processor: how Rust calls it. */
const TRIPLES = {
  "linux-x64": "x86_64-unknown-linux-gnu",
  "linux-arm64": "aarch64-unknown-linux-gnu",
  "darwin-x64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
  "win32-x64": "x86_64-pc-windows-msvc",
};

const root = fileURLToPath(new URL("..", import.meta.url));
const system = `${process.platform}-${process.arch}`;

try {
  const triple = TRIPLES[system];
  if (!triple) throw new Error(`There is no executable for ${system}: ${Object.keys(TRIPLES).join(", ")}.`);
  process.stdout.write(`${build(triple, resolve(process.argv[2] ?? join(root, "dist")))}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function build(triple, folder) {
  const program = join(root, "packages/cli-adapter/dist/bin.js");
  if (!existsSync(program)) throw new Error("There is nothing to make it of: run pnpm build first.");
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), "loopkey-executable-"));
  try {
    writeFileSync(join(work, "entry.js"), entry(program));
    const name = `loopkey-${triple}${process.platform === "win32" ? ".exe" : ""}`;
    const outfile = join(folder, name);
    // What lies in the folder that it is started in is none of its business.
    const own = ["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"];
    run(["build", "--compile", "--minify-syntax", ...own, `--outfile=${outfile}`, "entry.js"], work);
    return outfile;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The native parts by literal names, which Bun puts the files in by; what is loaded of them is loaded when it is needed. */
function entry(program) {
  const adapter = join(root, "packages/node-adapter/dist");
  return `import { giveNativeParts } from ${JSON.stringify(join(adapter, "index.js"))};
import * as nativeParts from ${JSON.stringify(join(adapter, `native/${system}.cjs`))};
giveNativeParts(nativeParts);
await import(${JSON.stringify(program)});
`;
}

/** Bun is fetched once, and kept by npm. */
function run(args, cwd) {
  const npm = process.platform === "win32" ? "npx.cmd" : "npx";
  const { status, stderr, error } = spawnSync(npm, ["--yes", "--package", BUN, "bun", ...args], {
    cwd,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`bun ${args.join(" ")}: ${error?.message ?? stderr}`);
}
