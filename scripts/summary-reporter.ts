// Ends a test run by naming what was skipped and the command that installs what it needs. In CI a skip is a failure.
import type { Reporter, TestCase, TestModule } from "vitest/node";

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string): TestCase[] => tests.filter((test) => test.result().state === state);
    const skipped = inState("skipped");
    for (const test of skipped) write(`Skipped: ${test.fullName} (${reasonOf(test)})`);
    const failedInCi = process.env["CI"] ? skipped : [];
    if (failedInCi.length > 0) {
      write(`In CI every program must be there: ${failedInCi.length} skipped tests count as failed.`);
      process.exitCode = 1;
    }
    const failed =
      inState("failed").length + modules.filter((module) => !module.ok() && isEmpty(module)).length;
    const stillSkipped = skipped.length - failedInCi.length;
    write(
      `${inState("passed").length} passed, ${failed + failedInCi.length} failed` +
        (stillSkipped > 0 ? `, ${stillSkipped} skipped` : ""),
    );
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return (result.state === "skipped" && result.note) || "no reason given";
}

/** A file that failed before it had a test. */
function isEmpty(module: TestModule): boolean {
  return [...module.children.allTests()].length === 0;
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
