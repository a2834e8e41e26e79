// The one command of the example: it builds the app, starts a server for it, and ends both together.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { startDisplay } from "./support/display.js";
import { missingForElectron } from "./support/electron-program.js";
import { installApp } from "./support/electron-runtime.js";
import { ELECTRON_FLAGS } from "./support/fieldbook.js";
import { startBus } from "./support/secret-service.js";

beforeEach((context) => context.skip(missingForElectron !== undefined, missingForElectron));

const start = fileURLToPath(new URL("start.js", import.meta.resolve("@loopkey/example-electron-app")));

it("npm run electron-app shows the window and says how to sign in; Ctrl-C ends all of it", async () => {
  const bus = await startBus();
  await bus.startKeyring("unlocked");
  const command = spawn(process.execPath, [start], {
    env: { ...process.env, ...bus.env, DISPLAY: await startDisplay(), ELECTRON_BIN: await createProgram() },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void command.kill("SIGKILL"));
  let told = "";
  for (const stream of [command.stdout, command.stderr])
    stream.on("data", (chunk: Buffer) => (told += chunk.toString("utf8")));
  await expect.poll(() => told, { timeout: 30_000 }).toMatch(/DevTools listening on ws:\S+\s/);
  expect(told).toContain("Sign in as ada, password loopkey; the vault wants the code 246810.");
  const devTools = await chromium.connectOverCDP(/ws:\S+/.exec(told)![0], { noDefaults: true });
  const context = devTools.contexts()[0]!;
  const window = context.pages()[0] ?? (await context.waitForEvent("page"));
  await window.getByText("Your notes, on your desk").waitFor();
  await devTools.close();
  const ended = once(command, "exit");
  command.kill("SIGINT");
  expect(await ended).toEqual([0, null]);
});

/** Takes a folder as Electron's own program does. That of the tests may know only what lies in it. */
async function createProgram(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-start-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "fieldbook", main: "main/main.cjs" }));
  const installed = await installApp({ app: folder });
  const inside = join(dirname(installed), "resources/app");
  const program = join(folder, "electron");
  const flags = [...ELECTRON_FLAGS, "--remote-debugging-port=0"].join(" ");
  await writeFile(
    program,
    `#!/bin/sh\ncp -r "$1/main" "$1/preload" "$1/page" "$1/node_modules" "${inside}"\nexec "${installed}" ${flags}\n`,
  );
  await chmod(program, 0o755);
  return program;
}
