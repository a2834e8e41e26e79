// The commands of cli-adapter under the model of the public states, at a pseudo terminal; and copies of them with a fault in each.
import { rm } from "node:fs/promises";
import { coverModel, type CoverReport } from "@loopkey/core/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bundleShell, createShellDriver, ownFolder, SHELL_COMMANDS } from "./support/shell-under-model.js";
import { missingForTerminal } from "./support/terminal.js";
import type { PlantedFault } from "./support/window-under-model.js";

let folder: string;
beforeAll(async () => {
  folder = await ownFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach((context) => context.skip(missingForTerminal !== undefined, missingForTerminal));

async function cover(fault?: PlantedFault): Promise<CoverReport> {
  return coverModel({
    driver: await createShellDriver(folder, await bundleShell(folder, fault)),
    commands: SHELL_COMMANDS,
    // A terminal has no buttons; what `status` says in brief leaves these out.
    hides: ["can", "base", "degraded"],
    alike: [
      ["idle", "logged-out"],
      ["authenticated", "refreshing"],
      // `status` says who is signed in, whatever goes on.
      ["authenticated", "awaiting-callback.preparing+base"],
    ],
    // Then it says that nobody is signed in: only a sign-in helps.
    without: ["a session that the server has refused is stored", "the server wants a sign-in"],
    patienceMs: 3_000,
    mostFailures: 1,
    walks: { count: 2 },
    seed: 1,
  });
}

it("shows every state as it is, and this test would notice if it did not", { timeout: 600_000 }, async () => {
  const report = await cover();
  expect(report.verdict, report.table).toBe("passed");
});

const planted: Readonly<Record<string, PlantedFault>> = {
  "why nobody is signed in is not said": {
    file: "commands/status.ts",
    from: "const because = why ?",
    to: "const because = !why ?",
  },
  "that no browser opened is not said": {
    file: "terminal/progress.ts",
    from: 'line.lines(["No browser could be opened. Open the address above yourself."]);',
    to: "",
  },
  "the address is not shown": {
    file: "terminal/progress.ts",
    from: "line.lines([introduction(shownUrl !== undefined), `  ${clean(url)}`]);",
    to: "line.lines([introduction(shownUrl !== undefined)]);",
  },
  "the code is not shown": {
    file: "terminal/progress.ts",
    from: "`  ${clean(userCode)}`",
    to: '"  XXXX"',
  },
  "the exchange is not handled": {
    file: "terminal/progress.ts",
    from: 'else if (state.status === "exchanging") step("finishing", "Finishing");',
    to: "",
  },
  "getting ready is not handled": {
    file: "terminal/progress.ts",
    from: 'return step("preparing", "Getting ready");',
    to: "return;",
  },
  "Ctrl-C does not give the sign-in up": {
    file: "commands/login.ts",
    from: "...(io.signal === undefined ? {} : { signal: io.signal }),",
    to: "",
  },
  "a pasted address is not taken": {
    file: "inside/pasting.ts",
    from: "client.submitRedirect(line);",
    to: "",
  },
  "logout signs nobody out": {
    file: "commands/logout.ts",
    from: "const signingOut = client.signOut({ browser, ...signal });",
    to: "const signingOut = Promise.resolve(NOBODY);",
  },
  "the browser's visit is not shown": {
    file: "terminal/progress.ts",
    from: 'if (state.status !== "logging-out" ||',
    to: 'if (state.status !== "idle" ||',
  },
  "status does not wait for what is stored": {
    file: "commands/status.ts",
    from: "await abortable(client.ready(), io.signal)",
    to: "client.getState()",
  },
};

describe("a fault that is put into a copy is found:", () => {
  it.each(Object.entries(planted))("%s", { timeout: 300_000 }, async (_, fault) => {
    const report = await cover(fault);
    expect(report.verdict, report.table).toBe("failed");
  });
});
