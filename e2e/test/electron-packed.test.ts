// The packed example: its native parts are loaded from beside the archive, and no start leaves anything behind.
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { launchChromium } from "./support/chromium.js";
import { missingForElectron } from "./support/electron-program.js";
import { createFieldbook, ELECTRON_FLAGS, type Fieldbook } from "./support/fieldbook.js";

let chromium: Browser;
beforeAll(async () => {
  if (missingForElectron === undefined) chromium = await launchChromium();
});
afterAll(() => chromium?.close());
beforeEach((context) => context.skip(missingForElectron !== undefined, missingForElectron));

it("20 starts leave nothing in the temp folder", { timeout: 120_000 }, async () => {
  const fieldbook = await createFieldbook(chromium, { packed: "asar" });
  for (let round = 0; round < 10; round++) {
    // oxlint-disable-next-line no-await-in-loop
    await Promise.all([startAndQuit(fieldbook), startAndQuit(fieldbook)]);
  }
  expect(await readdir(fieldbook.tempFolder)).toEqual([]);
});

it("with nothing beside the archive it says what to unpack, at its first start", async () => {
  const { program, env } = await createFieldbook(chromium, { packed: "asar", unpack: "none" });
  const app = spawn(program, [...ELECTRON_FLAGS], { env, stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void app.kill("SIGKILL"));
  const lines = createInterface(app.stderr);
  const told = await new Promise<string>((resolve) =>
    lines.on("line", (line) => line.includes("asarUnpack") && resolve(line)),
  );
  expect(told).toContain("**/*.node");
});

/** Until it has looked into the keyring. */
async function startAndQuit(fieldbook: Fieldbook): Promise<void> {
  const { app, window } = await fieldbook.start();
  await window.getByText("Your notes, on your desk").waitFor();
  expect(await window.getByRole("alert").count()).toBe(0);
  await app.close();
}
