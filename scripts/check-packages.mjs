// Looks at each published package as npm would get it: publint, and Are the Types Wrong for ESM-only.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

let failed = false;
for (const name of readdirSync("packages")) {
  run(name, "publint", ["--strict", "--pack", "pnpm", `packages/${name}`]);
  run(name, "attw", ["--pack", `packages/${name}`, "--profile", "esm-only", "--format", "ascii"]);
}
process.exitCode = failed ? 1 : 0;

function run(name, command, args) {
  const { status, stdout, stderr } = spawnSync("pnpm", ["exec", command, ...args], { encoding: "utf8" });
  process.stdout.write(`${command} packages/${name}: ${status === 0 ? "ok" : "FAILED"}\n`);
  if (status === 0) return;
  failed = true;
  process.stdout.write(`${stdout}${stderr}\n`);
}
