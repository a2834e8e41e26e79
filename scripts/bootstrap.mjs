// Runs a script of this workspace on a machine that has Node and npm and nothing else:
// brings the pinned pnpm, installs what the lockfile names, then runs the script.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { packageManager, engines } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
const [major, minor] = process.versions.node.split(".").map(Number);
const [script, ...rest] = process.argv.slice(2);

if (!script) fail("usage: node scripts/bootstrap.mjs <script> [arguments]");
if (major < 20 || (major === 20 && minor < 19))
  fail(`Node ${engines.node} is needed; this is ${process.version}. Install it from https://nodejs.org`);

if (!isInstalled()) {
  process.stderr.write("Installing what the lockfile names (once)...\n");
  pnpm(["install", "--frozen-lockfile", "--reporter=append-only"], { quiet: true });
}
pnpm(["run", "--silent", script, ...rest]);

function isInstalled() {
  const marker = `${root}/node_modules/.modules.yaml`;
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(`${root}/pnpm-lock.yaml`).mtimeMs;
}

function pnpm(args, { quiet = false } = {}) {
  const { status, signal, stdout, error } = spawnSync("npx", ["--yes", packageManager, ...args], {
    cwd: root,
    stdio: quiet ? ["ignore", "pipe", "inherit"] : "inherit",
    // npm is a .cmd file on Windows, which only a shell can start; the arguments are ours alone.
    shell: process.platform === "win32",
  });
  if (status === 0) return;
  if (quiet && stdout) process.stderr.write(stdout);
  if (error) fail(`npx could not be started: ${error.message}`);
  process.exit(status ?? (signal === "SIGINT" ? 130 : 1));
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
