// Looks at each published package as npm would get it: publint, Are the Types Wrong for ESM-only, and what a registry's page shows of it.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const SHOWN = ["description", "keywords", "homepage", "bugs", "license", "repository", "engines"];

let failed = false;
for (const name of readdirSync("packages")) {
  report(`a registry's page of packages/${name}`, [...manifestFaults(name), ...readmeFaults(name)]);
  run(name, "publint", ["--strict", "--pack", "pnpm", `packages/${name}`]);
  // A program alone has no types to get wrong.
  if (readManifest(name).exports)
    run(name, "attw", ["--pack", `packages/${name}`, "--profile", "esm-only", "--format", "ascii"]);
}
process.exitCode = failed ? 1 : 0;

/** Provenance ties a package to its repository: all name the same, and their own folder in it. */
function manifestFaults(name) {
  const manifest = readManifest(name);
  const { url } = readManifest("core").repository ?? {};
  return [
    ...SHOWN.filter((member) => manifest[member] === undefined).map((member) => `${member} is missing`),
    ...(manifest.repository?.url === url && manifest.repository?.directory === `packages/${name}`
      ? []
      : [`repository is not ${url}, packages/${name}`]),
    ...(manifest.publishConfig?.access === "public" && manifest.publishConfig.provenance === true
      ? []
      : ["publishConfig has no public access with provenance"]),
  ];
}

/** A README is read beside the tarball, not in the repository: what it links must be in the tarball, or have a whole address. */
function readmeFaults(name) {
  const folder = `packages/${name}`;
  const { stdout } = spawnSync("pnpm", ["pack", "--dry-run", "--json"], { cwd: folder, encoding: "utf8" });
  const packed = new Set(JSON.parse(stdout).files.map(({ path }) => path));
  const readme = readFileSync(`${folder}/README.md`, "utf8");
  const prose = readme.replaceAll(/^```[^]*?^```/gm, "");
  const headings = new Set([...prose.matchAll(/^#+ (.*)$/gm)].map(([, text]) => `#${slugOf(text)}`));
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map(
    ([, link, html]) => link ?? html,
  );
  return [
    ...(packed.has("README.md") && packed.has("LICENSE") ? [] : ["README.md or LICENSE is not packed"]),
    ...(/^(?: {4}|\t)?npm (?:install|create) /m.test(readme)
      ? []
      : ["its README does not say how it is installed"]),
    ...targets
      .filter(
        (target) =>
          !target.startsWith("https://") && !headings.has(target) && !packed.has(target.replace(/^\.\//, "")),
      )
      .map((target) => `its README links ${target}, which is not in the tarball`),
  ];
}

function slugOf(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

function readManifest(name) {
  return JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8"));
}

function report(what, faults) {
  process.stdout.write(`${what}: ${faults.length === 0 ? "ok" : `FAILED\n  ${faults.join("\n  ")}`}\n`);
  if (faults.length > 0) failed = true;
}

function run(name, command, args) {
  const { status, stdout, stderr } = spawnSync("pnpm", ["exec", command, ...args], { encoding: "utf8" });
  process.stdout.write(`${command} packages/${name}: ${status === 0 ? "ok" : "FAILED"}\n`);
  if (status === 0) return;
  failed = true;
  process.stdout.write(`${stdout}${stderr}\n`);
}
