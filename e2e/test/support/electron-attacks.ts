// An app in a real Electron whose windows are attacked, and what the attacks are made of.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundleMain, copyPreload } from "@loopkey/example-electron-app";
import { build } from "esbuild";
import { createPerson } from "@loopkey/example-identity-provider";
import { _electron, type ElectronApplication, type Page } from "playwright-core";
import { onTestFinished } from "vitest";
import type { Attacked, AttackedOrder, AttackedWindow } from "../../electron/attacked-main.js";
import { startServer, type Server } from "./app.js";
import { startDisplay } from "./display.js";
import { installApp } from "./electron-runtime.js";
import { ELECTRON_FLAGS } from "./fieldbook.js";
import { startRecordingServer, type RecordedRequest, type RecordingServer } from "./recording-server.js";

const at = (name: string): string => fileURLToPath(new URL(`../../electron/${name}`, import.meta.url));

/** The origin of the pages that are the app's own. */
export const OWN = "app://own";

export interface AttackedElectron {
  readonly app: ElectronApplication;
  readonly server: Server;
  /** Addresses of files: the app's own page, and another beside it. */
  readonly files: { readonly own: string; readonly other: string };
  /** An API that windows may ask, and that answers when it is told to. */
  readonly api: RecordingServer & { answer(): void };
  openWindow(url: string, options?: Omit<AttackedWindow, "url">): Promise<Page>;
  runInWebview(script: string): Promise<unknown>;
  /** Makes `globalThis.auth` in a page what an app's own has. */
  connect(page: Page): Promise<void>;
  /** What the app was told of so far, by its code. */
  refusals(): Promise<readonly string[]>;
}

export interface AttackedOptions {
  /** What the API answers. @default nothing, when it is told to */
  readonly answer?: (request: RecordedRequest, response: ServerResponse) => void;
  /** A preload of the app's own, made into one file with `exposeAuth`. @default false */
  readonly bundledPreload?: boolean;
  /** For the program, beside its own. */
  readonly flags?: readonly string[];
}

/** With somebody signed in. */
export async function startAttackedElectron(
  bridge: AttackedOrder["bridge"],
  { answer, flags = [], bundledPreload = false }: AttackedOptions = {},
): Promise<AttackedElectron> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-attacked-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const built = join(folder, "app");
  const files = { own: join(folder, "own.html"), other: join(folder, "other.html") };
  await mkdir(built);
  await Promise.all([
    bundleMain(at("attacked-main.ts"), join(built, "main/main.cjs")),
    copyPreload(built),
    writeFile(join(built, "package.json"), JSON.stringify({ name: "attacked", main: "main/main.cjs" })),
    ...Object.values(files).map((file) => writeFile(file, "<!doctype html><body>")),
  ]);
  const server = await startServer();
  const person = createPerson(server.account);
  const browser = await startRecordingServer(({ body }, response) => {
    response.writeHead(204).end();
    // It may be one that no server takes.
    void person.follow(body).then(
      (redirect) => fetch(redirect),
      () => {},
    );
  });
  const waiting: (() => void)[] = [];
  let isAnswering = false;
  const api = await startRecordingServer((request, response) => {
    if (answer) return answer(request, response);
    const send = (): void => void response.writeHead(204).end();
    if (isAnswering) send();
    else waiting.push(send);
  });
  const own = pathToFileURL(files.own).href;
  const order: AttackedOrder = {
    issuer: server.issuer,
    clientId: server.clientId,
    bridge,
    browserAt: browser.origin,
    ...(bridge === "open" && { preload: at("open-preload.cjs") }),
    ...(bundledPreload && { preload: await bundlePreload(folder) }),
    apiOrigin: api.origin,
    origins: [OWN, own],
  };
  const app = await _electron.launch({
    executablePath: await installApp({ app: built }),
    args: [...ELECTRON_FLAGS, ...flags],
    env: {
      ...(process.env as Record<string, string>),
      DISPLAY: await startDisplay(),
      HOME: folder,
      XDG_STATE_HOME: join(folder, "state"),
      XDG_CONFIG_HOME: join(folder, "config"),
      ATTACKED_ORDER: JSON.stringify(order),
    },
  });
  onTestFinished(() => void app.process().kill("SIGKILL"));
  await app.evaluate(async () => void (await attacked.client.signIn()));
  return {
    app,
    server,
    api: {
      ...api,
      answer() {
        isAnswering = true;
        waiting.forEach((send) => send());
      },
    },
    files: { own, other: pathToFileURL(files.other).href },
    async openWindow(url, options) {
      const opened = app.waitForEvent("window");
      await app.evaluate((_, options) => attacked.openWindow(options), { url, ...options });
      const page = await opened;
      await page.waitForLoadState();
      await page.evaluate(HELPERS);
      return page;
    },
    async connect(page) {
      await page.evaluate(await pageScript());
    },
    runInWebview: (script) =>
      app.evaluate((_, script) => attacked.runInWebview(script), `${HELPERS}; ${script}`),
    // Whoever looks at a window from outside makes its empty first document run the preload, which is refused.
    refusals: () =>
      app.evaluate(() => attacked.refusals.filter(({ origin }) => origin !== "null").map(({ code }) => code)),
  };
}

async function bundlePreload(folder: string): Promise<string> {
  const outfile = join(folder, "own-preload.cjs");
  const contents = `import { exposeAuth } from "@loopkey/electron-adapter/preload"; exposeAuth();`;
  const stdin = { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) };
  await build({ stdin, outfile, bundle: true, format: "cjs", platform: "node", external: ["electron"] });
  return outfile;
}

/** What a page gets that asks for the session. */
export async function getIn(page: Page): Promise<unknown> {
  await page.evaluate(HELPERS);
  return page.evaluate("getIn()");
}

/** `connectAuth` for a page that has no bundle of its own. */
async function pageScript(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { connectAuth } from "@loopkey/electron-adapter/renderer"; globalThis.auth = connectAuth();`,
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    bundle: true,
    format: "iife",
    write: false,
  });
  return outputFiles[0]!.text;
}

/** In the main process of the app. */
declare const attacked: Attacked;

/**
 * For a page: how it takes its port, and what comes back on it. A port that is not served is told so, and one that is dead never
 * answers: a page waits for the next thing that it knows to come.
 */
export const HELPERS = `
globalThis.take = () => new Promise((resolve) => {
  if (!globalThis.loopkey) return resolve(undefined);
  addEventListener("message", ({ ports }) => resolve(ports[0]), { once: true });
  if (!loopkey.connect()) resolve(undefined);
});
globalThis.next = (port) => new Promise((resolve) => (port.onmessage = ({ data }) => resolve(data)));
globalThis.ask = async (port, message, ports = []) => {
  const answer = next(port);
  port.postMessage(message, ports);
  return answer;
};
globalThis.getIn = async () => {
  const port = await take();
  if (!port) return "no bridge";
  const answer = await ask(port, { type: "subscribe" });
  return answer.type === "state" ? "in: " + answer.state.status : "refused: " + (answer.error?.detail ?? answer.type);
};
`;
