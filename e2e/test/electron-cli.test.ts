// The vendor's command line and desktop app: one keyring entry and one lock, so one session, while both run.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { launchChromium } from "./support/chromium.js";
import { missingForElectron } from "./support/electron-program.js";
import { createFieldbook, type Fieldbook } from "./support/fieldbook.js";

let chromium: Browser;
beforeAll(async () => {
  if (missingForElectron === undefined) chromium = await launchChromium();
});
afterAll(() => chromium?.close());
beforeEach((context) => context.skip(missingForElectron !== undefined, missingForElectron));

const program = fileURLToPath(
  new URL("../src/cli/fieldbook.js", import.meta.resolve("@loopkey/example-electron-app")),
);

it("signing in with the command signs the app in, and signing out with it signs out the app that runs", async () => {
  const fieldbook = await createFieldbook(chromium, { features: { accessTokenSeconds: 5 } });
  const login = run(fieldbook, "login");
  expect(await fieldbook.goThrough(await fieldbook.person.nextTab())).toBe("You are signed in");
  expect(await login).toMatchObject({ code: 0 });

  const { window } = await fieldbook.start();
  await window.getByRole("heading", { name: "Ada Lovelace" }).waitFor();
  await window.getByRole("button", { name: "Load notes" }).click();
  await window.getByText("It weaves algebraic patterns").waitFor();
  expect(fieldbook.person.opened).toHaveLength(1);

  expect(await run(fieldbook, "logout")).toMatchObject({ code: 0 });
  await window.getByText("signed_out_elsewhere").waitFor();
});

it("signing in with the app serves the command, both renew the token in turns, and signing out with the app ends it for both", async () => {
  const fieldbook = await createFieldbook(chromium, { features: { accessTokenSeconds: 5 } });
  expect(await run(fieldbook, "status")).toMatchObject({ code: 4 });
  const app = await fieldbook.start();
  await app.signIn();
  expect(await run(fieldbook, "status")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("account-ada"),
  });

  for (let round = 0; round < 3; round++) {
    // oxlint-disable-next-line no-await-in-loop
    const { code, stdout } = await run(fieldbook, "token");
    expect(code).toBe(0);
    // oxlint-disable-next-line no-await-in-loop
    const notes = await fetch(fieldbook.server.apiUrl, {
      headers: { authorization: `Bearer ${stdout.trim()}` },
    });
    expect(notes.status).toBe(200);
    // oxlint-disable-next-line no-await-in-loop
    await app.window.getByRole("button", { name: /Load/ }).click();
  }
  await app.window.getByText("It weaves algebraic patterns").waitFor();
  expect(fieldbook.server.events.filter(({ type }) => type === "grant-revoked")).toEqual([]);

  await app.window.getByRole("button", { name: "Sign out" }).click();
  expect(await fieldbook.goThrough(await fieldbook.person.nextTab())).toBe("You are signed out");
  expect(await run(fieldbook, "token")).toMatchObject({ code: 4 });
});

interface End {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run({ env }: Fieldbook, ...args: readonly string[]): Promise<End> {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const written = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (written.stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (written.stderr += chunk.toString("utf8")));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...written };
}
