// One run of Stryker: the mutants of some files, found out by some tests, within some time.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const core = fileURLToPath(new URL("..", import.meta.url));

/** `places` as Stryker takes them, and of how many mutants they are how many. */
export function choose({ node, instrumenter }, { files, seed, count = Infinity }) {
  const choosing = [join(core, "mutation", "choose.mjs"), instrumenter, seed, String(count), ...files];
  return JSON.parse(execFileSync(node, choosing, { cwd: core, encoding: "utf8" }));
}

/** What became of each mutant that was tested before the time ran out. */
export async function run({ node, stryker, runner }, { places, tests, limitMs }) {
  const folder = mkdtempSync(join(tmpdir(), "loopkey-mutation-"));
  const lines = join(folder, "lines");
  const sandbox = join(".stryker-tmp", basename(folder));
  const settings = {
    LOOPKEY_MUTATION_RUNNER: runner,
    LOOPKEY_MUTATION_LINES: lines,
    LOOPKEY_MUTATION_TESTS: tests.join(" "),
    // Another run may be under way.
    LOOPKEY_MUTATION_SANDBOX: sandbox,
  };
  try {
    const child = spawn(node, [stryker, "run", "mutation/stryker.config.mjs", "--mutate", places.join(",")], {
      cwd: core,
      env: { ...process.env, ...settings },
      stdio: ["ignore", "inherit", "inherit"],
      // Its workers end with it.
      detached: true,
    });
    const stop = () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL");
    const timer = limitMs === undefined ? undefined : setTimeout(stop, limitMs);
    process.once("SIGINT", stop);
    const code = await new Promise((resolve) => child.once("exit", resolve));
    process.removeListener("SIGINT", stop);
    clearTimeout(timer);
    const text = existsSync(lines) ? readFileSync(lines, "utf8") : "";
    const isCutOff = code === null;
    if (!isCutOff && code !== 0) throw new Error("Stryker failed: see above.");
    return {
      isCutOff,
      results: text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(join(core, sandbox), { recursive: true, force: true });
  }
}
