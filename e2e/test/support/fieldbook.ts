// The app of examples/electron-app in a real Electron, on a machine with a keyring, a screen and a browser.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildApp } from "@loopkey/example-electron-app";
import type { IdentityProviderOptions } from "@loopkey/example-identity-provider";
import { _electron, type Browser, type ElectronApplication, type Page } from "playwright-core";
import { afterAll, expect, onTestFinished } from "vitest";
import { startServer, type Server } from "./app.js";
import { startDisplay } from "./display.js";
import { installApp, type RuntimeOptions } from "./electron-runtime.js";
import { logIn, press } from "./person-in-browser.js";
import { createPersonsBrowser, type PersonsBrowser } from "./persons-browser.js";
import { startBus, type Bus, type BusOptions, type Keyring } from "./secret-service.js";

/** No sandbox of the system's: a container has none to give. The windows' own, which keeps Node out, is there. */
export const ELECTRON_FLAGS: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--force-prefers-reduced-motion",
];

let folder: Promise<string> | undefined;

/** The app, built once for a test file. */
function builtApp(): Promise<string> {
  folder ??= (async () => {
    const made = await mkdtemp(join(tmpdir(), "loopkey-fieldbook-app-"));
    await buildApp(made);
    return made;
  })();
  return folder;
}
afterAll(async () => {
  if (folder) await rm(await folder, { recursive: true, force: true });
});

export interface FieldbookOptions extends Pick<RuntimeOptions, "packed" | "unpack">, BusOptions {
  readonly features?: IdentityProviderOptions;
  /** For the program, beside its own. */
  readonly flags?: readonly string[];
}

export interface Fieldbook {
  readonly server: Server;
  readonly bus: Bus;
  /** The unlocked one that it begins with. */
  readonly keyring: Keyring;
  readonly person: PersonsBrowser;
  /** Of the installed app. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  /** What stands for the machine's temp folder. */
  readonly tempFolder: string;
  start(): Promise<RunningFieldbook>;
  /** Answers the server's pages as they come, and returns the heading of the app's. */
  goThrough(tab: Page): Promise<string>;
}

export interface RunningFieldbook {
  readonly app: ElectronApplication;
  /** The first one. */
  readonly window: Page;
  /** What the pages complained of. */
  readonly complaints: readonly string[];
  /** By the button of the first window. */
  openWindow(): Promise<Page>;
  /** Presses the button, and goes through the browser. */
  signIn(): Promise<void>;
}

export async function createFieldbook(
  browser: Browser,
  { features = {}, flags = [], prompter = "none", ...packing }: FieldbookOptions = {},
): Promise<Fieldbook> {
  const tempFolder = await mkdtemp(join(tmpdir(), "loopkey-fieldbook-"));
  onTestFinished(() => rm(tempFolder, { recursive: true, force: true, maxRetries: 10 }));
  const server = await startServer({ stepUp: {}, ...features });
  const [bus, person, display] = [
    await startBus({ prompter }),
    await createPersonsBrowser(browser),
    await startDisplay(),
  ];
  const keyring = await bus.startKeyring("unlocked");
  const program = await installApp({ app: await builtApp(), ...packing });
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...bus.env,
    ...person.env,
    DISPLAY: display,
    TMPDIR: tempFolder,
    FIELDBOOK_ISSUER: server.issuer,
    FIELDBOOK_CLIENT_ID: server.clientId,
  };
  return {
    server,
    bus,
    keyring,
    person,
    program,
    env,
    tempFolder,
    goThrough: (tab) => goThrough(tab, server.account),
    async start() {
      const app = await _electron.launch({
        executablePath: program,
        args: [...ELECTRON_FLAGS, ...flags],
        env: env as Record<string, string>,
      });
      const process = app.process();
      onTestFinished(() => void process.kill("SIGKILL"));
      const complaints: string[] = [];
      app.on("window", (page) => {
        page.on("pageerror", (error) => complaints.push(error.message));
        page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      });
      const window = await app.firstWindow();
      return {
        app,
        window,
        complaints,
        async openWindow() {
          const opened = app.waitForEvent("window");
          await window.getByRole("button", { name: "New window" }).click();
          return opened;
        },
        async signIn() {
          await window.getByRole("button", { name: "Sign in with your browser" }).click();
          expect(await goThrough(await person.nextTab(), server.account)).toBe("You are signed in");
          await window.getByRole("heading", { name: "Ada Lovelace" }).waitFor();
        },
      };
    },
  };
}

async function goThrough(page: Page, account: Server["account"]): Promise<string> {
  const kind = (await page.locator("body").getAttribute("data-page")) ?? "app";
  if (kind === "login") await logIn(page, account);
  else if (kind === "second-step") {
    await page.getByLabel("One-time code").fill(account.oneTimeCode!);
    await page.getByRole("button", { name: "Confirm" }).click();
  } else if (kind === "consent") await press(page, "Allow");
  else return (await page.getByRole("heading", { level: 1 }).textContent()) ?? "";
  // As text: it runs in the page, and these tests know nothing of one.
  await page.waitForFunction(`document.body?.dataset.page !== ${JSON.stringify(kind)}`);
  return goThrough(page, account);
}
