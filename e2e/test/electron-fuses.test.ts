// The example as it is shipped: from an archive alone, with the fuses of Electron's own checklist blown, so that nothing can be slipped
// into its process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, rename } from "node:fs/promises";
import { createInterface } from "node:readline";
import { flipFuses, FuseV1Options, FuseVersion } from "@electron/fuses";
import { chromium as playwright, type Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { launchChromium } from "./support/chromium.js";
import { missingForElectron } from "./support/electron-program.js";
import { createFieldbook, ELECTRON_FLAGS } from "./support/fieldbook.js";

let chromium: Browser;
beforeAll(async () => {
  if (missingForElectron === undefined) chromium = await launchChromium();
});
afterAll(() => chromium?.close());
beforeEach((context) => context.skip(missingForElectron !== undefined, missingForElectron));

it("with its fuses blown it signs in, and takes neither NODE_OPTIONS nor an inspector nor a script", async () => {
  const fieldbook = await createFieldbook(chromium, { packed: "asar" });
  const { program, env, person } = fieldbook;
  // The program is a link: what is changed must be a file of its own.
  await copyFile(program, `${program}.own`);
  await rename(`${program}.own`, program);
  await flipFuses(program, {
    version: FuseVersion.V1,
    [FuseV1Options.RunAsNode]: false,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: false,
    [FuseV1Options.OnlyLoadAppFromAsar]: true,
  });
  // What an attacker on the machine would set; none of it may be seen to work.
  const app = spawn(program, [...ELECTRON_FLAGS, "--remote-debugging-port=0", "--inspect=0"], {
    env: { ...env, NODE_OPTIONS: "--throw-deprecation --trace-exit", ELECTRON_RUN_AS_NODE: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void app.kill("SIGKILL"));
  let told = "";
  const address = await new Promise<string>((resolve, reject) => {
    createInterface(app.stderr).on("line", (line) => {
      told += `${line}\n`;
      const [, found] = /DevTools listening on (ws:\S+)/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
    app.once("exit", () => reject(new Error(`It ended: ${told}`)));
  });
  const devTools = await playwright.connectOverCDP(address, { noDefaults: true });
  const context = devTools.contexts()[0]!;
  const window = context.pages()[0] ?? (await context.waitForEvent("page"));
  await window.getByRole("button", { name: "Sign in with your browser" }).click();
  expect(await fieldbook.goThrough(await person.nextTab())).toBe("You are signed in");
  await window.getByRole("heading", { name: "Ada Lovelace" }).waitFor();
  expect(told).not.toContain("Debugger listening");
  await devTools.close();
  const ended = once(app, "exit");
  app.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
});
