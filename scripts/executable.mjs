// The binary `loopkey` as one file, which needs no Node and no packages beside it: for an app that ships it, as Tauri's externalBin.
//   node scripts/executable.mjs [FOLDER]   for this system, after a build; prints where it is. About 3 s and 100 MB.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const BUN = "bun@1.4.5";

/** By Node's platform and processor: how Rust calls it, and the native part of the keyring. */
const SYSTEMS = {
  "linux-x64": { triple: "x86_64-unknown-linux-gnu", keyring: "linux-x64-gnu" },
  "linux-arm64": { triple: "aarch64-unknown-linux-gnu", keyring: "linux-arm64-gnu" },
  "darwin-x64": { triple: "x86_64-apple-darwin", keyring: "darwin-x64" },
  "darwin-arm64": { triple: "aarch64-apple-darwin", keyring: "darwin-arm64" },
  "win32-x64": { triple: "x86_64-pc-windows-msvc", keyring: "win32-x64-msvc" },
};

const root = fileURLToPath(new URL("..", import.meta.url));
const system = `${process.platform}-${process.arch}`;

try {
  const found = SYSTEMS[system];
  if (!found) throw new Error(`There is no executable for ${system}: ${Object.keys(SYSTEMS).join(", ")}.`);
  process.stdout.write(`${build(found, resolve(process.argv[2] ?? join(root, "dist")))}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function build({ triple, keyring }, folder) {
  const program = join(root, "packages/cli-adapter/dist/bin.js");
  if (!existsSync(program)) throw new Error("There is nothing to make it of: run pnpm build first.");
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), "loopkey-executable-"));
  try {
    writeFileSync(join(work, "entry.js"), entry(keyring, program));
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

/** Literal names, which Bun puts the files in by; what is loaded of them is loaded when it is needed. */
function entry(keyring, program) {
  const adapter = join(root, "packages/node-adapter/dist/index.js");
  const require = createRequire(adapter);
  const besideKeyring = createRequire(require.resolve("@napi-rs/keyring"));
  const parts = {
    keyring: besideKeyring.resolve(`@napi-rs/keyring-${keyring}/keyring.${keyring}.node`),
    locks: require.resolve(`fs-native-extensions/prebuilds/${system}/fs-native-extensions.node`),
  };
  const lines = Object.entries(parts).map(
    ([name, file]) => `  ${name}: () => require(${JSON.stringify(file)}),`,
  );
  return `import { giveNativeParts } from ${JSON.stringify(adapter)};
giveNativeParts({
${lines.join("\n")}
});
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
