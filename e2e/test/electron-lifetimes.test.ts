// What the machine and the app go through while a session lasts, in a real Electron: no network, sleep, quitting in each state, a
// crash, a second instance.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium } from "./support/chromium.js";
import { startProxy } from "./support/company-proxy.js";
import { missingForElectron } from "./support/electron-program.js";
import { createFieldbook, type RunningFieldbook } from "./support/fieldbook.js";
import { takePicture } from "./support/pictures.js";

let chromium: Browser;
beforeAll(async () => {
  if (missingForElectron === undefined) chromium = await launchChromium();
});
afterAll(() => chromium?.close());
beforeEach((context) => context.skip(missingForElectron !== undefined, missingForElectron));

const signInButton = ({ window }: RunningFieldbook) =>
  window.getByRole("button", { name: "Sign in with your browser" });
const ada = ({ window }: RunningFieldbook) => window.getByRole("heading", { name: "Ada Lovelace" });

describe("without a network", () => {
  it.each([
    ["online, as a window hears", ({ window }: RunningFieldbook) => goOnline(window)],
    [
      "the machine wakes up",
      ({ app }: RunningFieldbook) => app.evaluate(({ powerMonitor }) => void powerMonitor.emit("resume")),
    ],
  ])("the session stays, and the token is renewed at once when: %s", async (_name, comeBack) => {
    const proxy = await startProxy();
    const fieldbook = await createFieldbook(chromium, {
      flags: proxy.flags,
      features: { accessTokenSeconds: 5 },
    });
    const running = await fieldbook.start();
    await running.signIn();
    proxy.setOff(true);
    const told = running.window.getByText("You are still signed in, but the server cannot be reached.");
    await told.waitFor();
    await takePicture(running.window, "degraded");
    proxy.setOff(false);
    await comeBack(running);
    await told.waitFor({ state: "hidden" });
    await running.window.getByRole("button", { name: "Load notes" }).click();
    await running.window.getByText("It weaves algebraic patterns").waitFor();
  });
});

describe("quitting", () => {
  it("while the session is read, from a keyring that waits for the person, quits at once, and the session stays", async () => {
    const fieldbook = await createFieldbook(chromium, { prompter: "unanswered" });
    const first = await fieldbook.start();
    await first.signIn();
    await expectToQuit(first);
    await fieldbook.keyring.end("SIGTERM");
    const locked = await fieldbook.bus.startKeyring("locked");
    const restoring = await fieldbook.start();
    await fieldbook.bus.prompted();
    await expectStatus(restoring, "restoring");
    // Its process is there for as long as the prompt: a thread of the native keyring's waits in it.
    await expectToQuit(restoring);
    await locked.end();
    await fieldbook.bus.startKeyring("unlocked");
    await ada(await fieldbook.start()).waitFor();
    expect(fieldbook.person.opened).toHaveLength(1);
  });

  it("while the server is looked for quits at once: no browser opens, and no port is left open", async () => {
    const proxy = await startProxy();
    const fieldbook = await createFieldbook(chromium, { flags: proxy.flags });
    const running = await fieldbook.start();
    const metadata = proxy.hold("/.well-known/openid-configuration");
    await signInButton(running).click();
    await metadata.answered;
    await expectStatus(running, "awaiting-callback");
    await running.window.getByText("Finding the server.").waitFor();
    expect(await expectToQuit(running)).toBe(1);
    metadata.release();
    expect(fieldbook.person.opened).toEqual([]);
    expect(proxy.paths).toEqual(["/.well-known/openid-configuration"]);
  });

  it("with nobody signed in, and while it waits for the browser, ends at once and leaves no port open", async () => {
    const fieldbook = await createFieldbook(chromium);
    const idle = await fieldbook.start();
    await signInButton(idle).waitFor();
    await expectToQuit(idle);

    const waiting = await fieldbook.start();
    await signInButton(waiting).click();
    const address = new URL(await fieldbook.person.nextAddress());
    await waiting.window.getByText("Continue in your browser").waitFor();
    expect(await expectToQuit(waiting)).toBe(1);
    await expect(fetch(address.searchParams.get("redirect_uri")!)).rejects.toThrow();
  });

  it("while the code is exchanged ends in time, and the person signs in again", async () => {
    const proxy = await startProxy();
    const fieldbook = await createFieldbook(chromium, { flags: proxy.flags });
    const running = await fieldbook.start();
    const token = proxy.hold("/oauth/token");
    await signInButton(running).click();
    const page = fieldbook.goThrough(await fieldbook.person.nextTab());
    // It may get no answer any more; but it must get that far.
    await Promise.race([token.answered, page]);
    page.catch(() => {});
    const quitting = expectToQuit(running);
    token.release();
    await quitting;
    const next = await fieldbook.start();
    await expect
      .poll(() => next.window.locator("main").getAttribute("data-status"))
      .toMatch(/idle|authenticated/);
  });

  it("while the token is renewed waits for what the server has sent: the person is still signed in", async () => {
    const proxy = await startProxy();
    const fieldbook = await createFieldbook(chromium, {
      flags: proxy.flags,
      features: { accessTokenSeconds: 5 },
    });
    const running = await fieldbook.start();
    await running.signIn();
    const token = proxy.hold("/oauth/token");
    await token.answered;
    // Said on stderr: whoever closes the app ends its inspector first, and an answer by that way with it.
    let told = "";
    running.app.process().stderr!.on("data", (chunk: Buffer) => (told += chunk.toString("utf8")));
    await running.app.evaluate(
      ({ app }) => void app.once("will-quit", () => void process.stderr.write("It is to quit.\n")),
    );
    const quitting = expectToQuit(running);
    await expect.poll(() => told, { timeout: 10_000 }).toContain("It is to quit.");
    expect(told).not.toContain("It quits");
    token.release();
    await quitting;
    const next = await fieldbook.start();
    await ada(next).waitFor();
    expect(fieldbook.person.opened).toHaveLength(1);
  });

  it("while the browser ends the session at the server ends at once, and nothing is left in the keyring", async () => {
    const fieldbook = await createFieldbook(chromium);
    const running = await fieldbook.start();
    await running.signIn();
    await running.window.getByRole("button", { name: "Sign out" }).click();
    await fieldbook.person.nextAddress();
    await running.window.getByText("Signing you out").waitFor();
    await expectToQuit(running);
    expect(await fieldbook.bus.ask("secret-tool", "search", "--all", "service", "Loopkey Fieldbook")).toBe(
      "",
    );
  });
});

describe("a window", () => {
  it("whose process crashes has the session again when it is loaded anew", async () => {
    const fieldbook = await createFieldbook(chromium);
    const running = await fieldbook.start();
    await running.signIn();
    const other = await running.openWindow();
    await other.getByRole("heading", { name: "Ada Lovelace" }).waitFor();
    const crashed = other.waitForEvent("crash");
    await running.app.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows().toSorted((a, b) => b.id - a.id);
      window!.webContents.forcefullyCrashRenderer();
    });
    await crashed;
    await running.window.getByRole("button", { name: "Load notes" }).click();
    await running.window.getByText("It weaves algebraic patterns").waitFor();
    // The page object of a crashed page stays crashed.
    await expect
      .poll(() =>
        running.app.evaluate(async ({ BrowserWindow }) => {
          const [window] = BrowserWindow.getAllWindows().toSorted((a, b) => b.id - a.id);
          if (window!.webContents.isCrashed()) window!.webContents.reload();
          return window!.webContents.executeJavaScript("document.querySelector('h1')?.textContent");
        }),
      )
      .toBe("Ada Lovelace");
  });
});

describe("a second instance", () => {
  it("is signed in without a browser, and hears of the sign-out in the first", async () => {
    const fieldbook = await createFieldbook(chromium, { features: { accessTokenSeconds: 5 } });
    const first = await fieldbook.start();
    await first.signIn();
    const second = await fieldbook.start();
    await ada(second).waitFor();
    expect(fieldbook.person.opened).toHaveLength(1);
    await first.window.getByRole("button", { name: "Sign out" }).click();
    expect(await fieldbook.goThrough(await fieldbook.person.nextTab())).toBe("You are signed out");
    await signInButton(second).waitFor();
    await second.window.getByText("signed_out_elsewhere").waitFor();
  });
});

/** As the system tells every window. */
async function goOnline(window: RunningFieldbook["window"]): Promise<void> {
  await window.context().setOffline(true);
  await window.context().setOffline(false);
}

async function expectStatus({ window }: RunningFieldbook, status: string): Promise<void> {
  await expect
    .poll(() => window.locator("main").getAttribute("data-status"), { timeout: 20_000 })
    .toBe(status);
}

/**
 * Until Electron says that it quits, which is the last that any JavaScript hears: no port listens by then. What comes after is not
 * ours: with the test's inspector attached, 25.1.1 spins in the teardown of V8 now and then instead of ending. Resolves with the
 * number of ports that listened before.
 */
async function expectToQuit({ app }: RunningFieldbook): Promise<number> {
  let told = "";
  app.process().stderr!.on("data", (chunk: Buffer) => (told += chunk.toString("utf8")));
  const before = await app.evaluate(({ app }) => {
    // What `getActiveResourcesInfo` counts is there for a moment after a server was closed.
    const node = process as unknown as {
      _getActiveHandles(): readonly { readonly listening?: boolean }[];
    };
    // oxlint-disable-next-line no-underscore-dangle
    const listening = (): number => node._getActiveHandles().filter((handle) => handle.listening).length;
    app.once("quit", (_event, code) => {
      process.stderr.write(`It quits with ${code}, and ${listening()} ports listen.\n`);
    });
    return listening();
  });
  app.close().catch(() => {});
  // A refresh is waited for, 5 s at most; the rest is for a busy machine.
  await expect.poll(() => told, { timeout: 20_000 }).toContain("It quits with 0, and 0 ports listen.");
  return before;
}
