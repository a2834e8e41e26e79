// Runs the tests in parts (scripts/test-parts.mjs): `npm test` the quick ones, `pnpm test:all` every one, or those that are named.
//   node scripts/test.mjs                          all
//   node scripts/test.mjs quick                    the quick ones; rest: the others
//   node scripts/test.mjs faults browsers          these parts
//   node scripts/test.mjs faults -- -t "no state"  what follows is vitest's
//   node scripts/test.mjs --list                   the parts, and what each shows
//   node scripts/test.mjs --check                  only: every test file is in a part
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { filesOfParts, PARTS } from "./test-parts.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const SETS = {
  all: PARTS.toSorted((one, other) => Number(other.isQuick ?? false) - Number(one.isQuick ?? false)),
  quick: PARTS.filter(({ isQuick }) => isQuick),
  rest: PARTS.filter(({ isQuick }) => !isQuick),
};

const { words, vitestArguments } = argumentsGiven();
const files = filesOfParts(root);
if (files.nobodys.length > 0)
  fail(`No part in scripts/test-parts.mjs has these test files:\n  ${files.nobodys.join("\n  ")}`);
if (words.includes("--check")) {
  const page = readFileSync(join(root, "docs/testing-the-project.md"), "utf8").replace(/ +/g, " ");
  const untold = PARTS.filter(
    ({ name, shows }) => !page.includes(`| ${name} |`) || !page.includes(`| ${shows} |`),
  );
  if (untold.length > 0)
    fail(
      `docs/testing-the-project.md does not say what these parts show: ${untold.map(({ name }) => name).join(", ")}.`,
    );
  say(`Every test file is in one of ${PARTS.length} parts.`);
} else if (words.includes("--list")) {
  for (const part of SETS.all) say(describe(part));
} else {
  run(partsNamed(words));
}

function run(parts) {
  const left = PARTS.filter((part) => !parts.includes(part));
  say(`Runs ${parts.length} of ${PARTS.length} parts of the tests:`);
  for (const part of parts) say(describe(part));
  if (left.length > 0)
    say(
      `Left to \`pnpm test:all\` (or \`pnpm test:all <part>\`): ${left.map(({ name }) => name).join(", ")}.`,
    );
  const outcomes = parts.map((part) => ({ part, ...runPart(part) }));
  say("");
  for (const { part, passed, failed, skipped, seconds, cpuSeconds } of outcomes) {
    const rest = [failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`].filter(Boolean);
    const counts = [`${passed} passed`, ...rest].join(", ");
    say(`${part.name.padEnd(12)} ${counts.padEnd(40)} ${seconds} s, of the processor ${cpuSeconds} s`);
  }
  const broken = outcomes.filter(({ isOk }) => !isOk);
  for (const { part, failedFiles, failures } of broken) {
    for (const { title, reason } of failures) say(`\nFailed: ${title}\n${reason.replace(/^/gm, "    ")}`);
    say(`\nRun this part alone: pnpm test:all ${part.name}`);
    for (const file of failedFiles) say(`  or a file of it:   pnpm vitest run ${relative(root, file)}`);
  }
  const sum = (of) => outcomes.reduce((total, outcome) => total + outcome[of], 0);
  const skipped = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
  say(`${sum("passed")} passed, ${sum("failed")} failed${skipped}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}

function runPart(part) {
  const own = files.of.get(part.name);
  if (own.length === 0)
    return {
      isOk: true,
      passed: 0,
      failed: 0,
      skipped: 0,
      seconds: 0,
      cpuSeconds: 0,
      failedFiles: [],
      failures: [],
    };
  say(`\n${part.name}: ${own.length} files`);
  const folder = mkdtempSync(join(tmpdir(), "loopkey-tests-"));
  const report = join(folder, "report.json");
  const [begin, before] = [performance.now(), cpuSecondsOfChildren()];
  const workers = part.sideBySide ? availableParallelism() : 1;
  const { status, error } = spawnSync(
    process.execPath,
    [vitest(), "run", `--maxWorkers=${workers}`, ...vitestArguments, ...own.map((file) => join(root, file))],
    { cwd: root, stdio: "inherit", env: { ...process.env, TEST_PART_REPORT: report } },
  );
  const seconds = Math.round((performance.now() - begin) / 1_000);
  const cpuSeconds = Math.round(cpuSecondsOfChildren() - before);
  try {
    if (error) throw error;
    const { modules, ...counts } = JSON.parse(readFileSync(report, "utf8"));
    const unseen = own.filter((file) => !modules.includes(join(root, file)));
    if (unseen.length > 0) say(`No project of vitest.config.ts has these files:\n  ${unseen.join("\n  ")}`);
    return { isOk: status === 0 && unseen.length === 0, seconds, cpuSeconds, ...counts };
  } catch {
    say(`${part.name} ended before it could say what came of it.`);
    return {
      isOk: false,
      passed: 0,
      failed: 1,
      skipped: 0,
      seconds,
      cpuSeconds,
      failedFiles: [],
      failures: [],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Node has no such figure for children; Linux has. */
function cpuSecondsOfChildren() {
  try {
    const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ");
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return 0;
  }
}

function describe({ name, shows }) {
  return `  ${name.padEnd(12)} ${shows} (${files.of.get(name).length} files)`;
}

function partsNamed(names) {
  const known = PARTS.map(({ name }) => name);
  const unknown = names.filter((name) => !Object.hasOwn(SETS, name) && !known.includes(name));
  if (unknown.length > 0) fail(`No part is named ${unknown.join(", ")}. There are: ${known.join(", ")}.`);
  const named = (part) => names.some((name) => name === part.name || SETS[name]?.includes(part));
  return names.length === 0 ? SETS.all : SETS.all.filter(named);
}

function argumentsGiven() {
  const given = process.argv.slice(2);
  const dashes = given.indexOf("--");
  const words = dashes < 0 ? given : given.slice(0, dashes);
  return { words, vitestArguments: dashes < 0 ? [] : given.slice(dashes + 1) };
}

function vitest() {
  const manifest = createRequire(import.meta.url).resolve("vitest/package.json");
  return join(dirname(manifest), "vitest.mjs");
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
