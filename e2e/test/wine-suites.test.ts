// The adapters' own tests, in Node for Windows under Wine: those that touch what differs there.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWindows, missingForWine, SETUP_MS, type Windows } from "./support/wine.js";
import { createWorkspace } from "./support/wine-workspace.js";

/** Files, processes, addresses, the browser: what differs there, as far as a minute or two go. */
const FILES = [
  ...[
    "app-file",
    "auto-store",
    "browser",
    "clock/system",
    "create-node-ports",
    "encrypted-file/processes",
    "encrypted-file/store",
    "journal",
    "lock",
    "loopback/binding",
    "machine",
    "names",
    "passphrase",
    "private-files",
    "process-end",
    "server-cache",
  ].map((path) => `packages/node-adapter/test/${path}`),
  ...["profiles", "setup"].map((path) => `packages/cli-adapter/test/${path}`),
];
/** It puts a disk of its own in the place of the system's, which takes a process for each file. */
const SIMULATED = ["**/profiles/files.test.ts"];

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: "passed" | "failed" | "skipped" | "pending" | "todo";
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const runs = missingForWine === undefined || process.env["CI"] === "true";
const why = runs ? "" : `: ${missingForWine}`;

describe.skipIf(!runs)(`the adapters' tests on Windows${why}`, () => {
  let windows: Windows;
  let workspace: string;
  beforeAll(async () => {
    windows = await createWindows();
    workspace = join(windows.folder, "workspace");
    await createWorkspace(workspace, windows.cache);
  }, SETUP_MS);
  afterAll(() => windows.remove());

  it("hold; what is skipped says what Windows lacks; and nothing is left in the person's folders", async () => {
    const vitest = String.raw`C:\loopkey\workspace\node_modules\vitest\vitest.mjs`;
    const report = String.raw`--outputFile=C:\loopkey\report.json`;
    const limits = ["--no-isolate", "--maxWorkers=1", "--testTimeout=60000"];
    const excluded = SIMULATED.map((pattern) => `--exclude=${pattern}`);
    const options = [...limits, ...excluded, "--reporter=json", report];
    const end = await windows.run(
      [vitest, "run", ...options, ...(process.env["WINE_FILES"]?.split(" ") ?? FILES)],
      {
        cwd: workspace,
        // Programs that the tests start need it too.
        env: { NODE_OPTIONS: `--require ${windows.preload}` },
      },
    );
    const text = await readFile(join(windows.folder, "report.json"), "utf8").catch(() => {
      throw new Error(`There is no report: ${end.stdout} ${end.stderr}`);
    });
    const { testResults } = JSON.parse(text) as Report;
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    const broken = testResults.filter(({ assertionResults }) => assertionResults.length === 0);
    const failed = tests.filter(({ status }) => status === "failed");
    expect([
      ...broken.map(({ name, message }) => `${name}: ${message}`),
      ...failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join(" ")}`),
    ]).toEqual([]);
    const skipped = tests.filter(({ status }) => status !== "passed").map(({ fullName }) => fullName);
    expect(skipped.filter((name) => !/\(Windows has no /.test(name))).toEqual([]);
    expect(tests.length - skipped.length).toBeGreaterThan(380);
    expect(await readdir(windows.localAppData)).toEqual(["Microsoft"]);
    expect(await readdir(windows.roamingAppData)).toEqual(["Microsoft"]);
  }, 900_000);
});
