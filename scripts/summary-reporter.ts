// Ends a test run by naming what was skipped and the command that installs what it needs. In CI a skip is a failure.
// Where scripts/test.mjs runs a part, it reads what came of it in the file that TEST_PART_REPORT names.
import { writeFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";
import { filesOfOurs, leftSince } from "./persons-folders.ts";

const MOST_LINES = 15;

export default class SummaryReporter implements Reporter {
  private hasPattern = false;
  private before = filesOfOurs();

  onInit(vitest: Vitest): void {
    this.hasPattern = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string): TestCase[] => tests.filter((test) => test.result().state === state);
    // What was not asked for (vitest's -t) lacks nothing.
    const skipped = inState("skipped").filter((test) => !this.hasPattern || noteOf(test));
    for (const test of skipped) write(`Skipped: ${test.fullName} (${reasonOf(test)})`);
    // What a variable leaves out on purpose (.ci/run says when) is no missing program.
    const failedInCi = process.env["CI"]
      ? skipped.filter((test) => !noteOf(test)?.startsWith("LOOPKEY_WITHOUT_"))
      : [];
    if (failedInCi.length > 0) {
      write(`In CI every program must be there: ${failedInCi.length} skipped tests count as failed.`);
      process.exitCode = 1;
    }
    // A person may use their own `loopkey` meanwhile; nobody does in CI.
    const left = leftSince(this.before);
    for (const file of left) write(`Left in a person's folder, by a test or by a program meanwhile: ${file}`);
    if (process.env["CI"] && left.length > 0) process.exitCode = 1;
    const failed =
      inState("failed").length + modules.filter((module) => !module.ok() && isEmpty(module)).length;
    const stillSkipped = skipped.length - failedInCi.length;
    write(
      `${inState("passed").length} passed, ${failed + failedInCi.length} failed` +
        (stillSkipped > 0 ? `, ${stillSkipped} skipped` : ""),
    );
    const file = process.env["TEST_PART_REPORT"];
    if (file === undefined) return;
    const inCi = new Set(failedInCi.map(({ module }) => module));
    const report = {
      passed: inState("passed").length,
      failed: failed + failedInCi.length,
      skipped: stillSkipped,
      modules: modules.map(({ moduleId }) => moduleId),
      failedFiles: modules
        .filter((module) => !module.ok() || inCi.has(module))
        .map(({ moduleId }) => moduleId),
      // Said once more at the very end, where a log that is cut off in the middle still has it.
      failures: [
        ...inState("failed").map((test) => ({
          title: test.fullName,
          reason: messageOf(test.result().errors),
        })),
        ...modules.flatMap((module) =>
          module.errors().map((error) => ({ title: module.moduleId, reason: messageOf([error]) })),
        ),
        ...failedInCi.map((test) => ({ title: test.fullName, reason: reasonOf(test) })),
      ],
    };
    writeFileSync(file, JSON.stringify(report));
  }
}

function reasonOf(test: TestCase): string {
  return noteOf(test) ?? "no reason given";
}

function noteOf(test: TestCase): string | undefined {
  const result = test.result();
  return result.state === "skipped" ? result.note : undefined;
}

/** The first lines of what went wrong: enough to know it by. */
function messageOf(errors: ReturnType<TestCase["result"]>["errors"]): string {
  const lines = (errors ?? []).flatMap(({ message, diff }) => [message, ...(diff ?? "").split("\n")]);
  return stripVTControlCharacters(lines.slice(0, MOST_LINES).join("\n"));
}

/** A file that failed before it had a test. */
function isEmpty(module: TestModule): boolean {
  return [...module.children.allTests()].length === 0;
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
