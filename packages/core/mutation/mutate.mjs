// Changes the code in small ways, one at a time, and looks whether the tests notice (docs/mutation.md).
//   pnpm mutate PART [--sample N] [--seed WORD]     a part, or N mutants of it, drawn by a word; the machine takes hours
//   pnpm mutate:changed [--seed WORD]               what this commit changed: at most 40 mutants and 7 minutes
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bringStryker } from "./bring-stryker.mjs";
import { PARTS } from "./parts.mjs";
import { tally, told } from "./report.mjs";
import { choose, run } from "./run.mjs";

const CHANGED = { count: 40, limitMs: 7 * 60_000 };
/** Below it something is wrong with the tests, whichever mutants were drawn. Of fewer than 20 nothing is said. */
const LEAST = { score: 40, judged: 20 };
/** Commits that land together may be as many: in a clean checkout of what they landed on nothing tells which were the last. */
const LANDING = 20;
const core = fileURLToPath(new URL("..", import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { changed: { type: "boolean" }, sample: { type: "string" }, seed: { type: "string" } },
});
const seed = values.seed ?? git("rev-parse", "--short", "HEAD") ?? "8252";

try {
  if (values.changed) await mutateChanged();
  else await mutatePart(positionals[0]);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function mutatePart(name) {
  const part = PARTS[name];
  if (!part) throw new Error(`usage: pnpm mutate PART\nParts: ${Object.keys(PARTS).join(", ")}`);
  const count = values.sample === undefined ? undefined : Number(values.sample);
  await mutate(filesOf(part), part.tests, { count });
}

/** Files of the parts that differ from what was there before; where none does, the part that the seed draws. */
async function mutateChanged() {
  const differ = new Set(changed());
  const parts = Object.values(PARTS);
  const concerned = parts.filter((part) => filesOf(part).some((file) => differ.has(file)));
  const drawn = concerned.length > 0 ? concerned : [parts[Number.parseInt(seed, 36) % parts.length]];
  const files = [...new Set(drawn.flatMap(filesOf))].filter(
    (file) => concerned.length === 0 || differ.has(file),
  );
  const tests = [...new Set(drawn.flatMap((part) => part.tests))];
  const { score, judged } = await mutate(files, tests, CHANGED).catch(unjudged);
  if (judged >= LEAST.judged && score < LEAST.score)
    throw new Error(
      `Fewer than ${LEAST.score} % were found out: do the tests of these files still test them?`,
    );
}

/** That the tests hold is shown by the tests themselves: whatever keeps Stryker from running says nothing of this commit. */
function unjudged(error) {
  process.stdout.write(`Nothing was judged. ${error.message}\n`);
  return { score: 100, judged: 0 };
}

async function mutate(files, tests, { count, limitMs }) {
  const tools = bringStryker();
  const { places, of, count: made } = choose(tools, { files, seed, count });
  process.stdout.write(`${made} of ${of} mutants of ${files.join(", ")}, seed ${seed}\n`);
  const { results, isCutOff } = await run(tools, { places, tests, limitMs });
  const sum = tally(results);
  process.stdout.write(`${told(sum, { of, isCutOff })}\n`);
  return sum;
}

function filesOf({ mutate: starts }) {
  const files = git("ls-files", "src")?.split("\n") ?? [];
  return files.filter((file) => file.endsWith(".ts") && starts.some((start) => file.startsWith(start)));
}

/** Against what it is to be merged into; on that itself, against what was there some commits before. A clone of one has neither. */
function changed() {
  const head = git("rev-parse", "HEAD");
  const fork = git("merge-base", "HEAD", "origin/main");
  const before = git("rev-list", "--first-parent", `--max-count=${LANDING + 1}`, "HEAD")
    ?.split("\n")
    .at(-1);
  const base = fork && fork !== head ? fork : before;
  return (base && git("diff", "--name-only", "--relative", base, "--", "src"))?.split("\n") ?? [];
}

function git(...args) {
  try {
    return execFileSync("git", args, {
      cwd: core,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return undefined;
  }
}
