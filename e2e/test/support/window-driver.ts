// WebDriver for windows of WebKitGTK, by its own HTTP: what a person does in the window of a Tauri app.
import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";

export interface AppWindow {
  /** Ends the app as a crash does. */
  kill(): void;
  click(selector: string): Promise<void>;
  /** Waits until the text of the page holds it. */
  shows(text: string | RegExp): Promise<void>;
  /** Runs it in the page; its value must be JSON. */
  run(script: string): Promise<unknown>;
}

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** Starts the app under a driver of its own; both are gone when the test is finished. */
export async function openAppWindow(binary: string, env: NodeJS.ProcessEnv): Promise<AppWindow> {
  const port = await freePort();
  const driver = spawn("WebKitWebDriver", [`--port=${port}`], {
    // What Tauri lets a driver in by.
    env: { ...env, TAURI_AUTOMATION: "true", TAURI_WEBVIEW_AUTOMATION: "true" },
    stdio: "ignore",
  });
  onTestFinished(() => void driver.kill("SIGKILL"));

  async function ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    const { value } = (await response.json()) as { readonly value: unknown };
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  }

  // oxlint-disable-next-line no-await-in-loop
  while (!(await ask("GET", "/status").catch(() => undefined))) await sleep(50);
  const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": { binary, args: [] } } };
  const { sessionId } = (await ask("POST", "/session", { capabilities })) as { readonly sessionId: string };
  const at = `/session/${sessionId}`;
  onTestFinished(() => ask("DELETE", at).catch(() => {}) as Promise<void>);
  const run = (script: string): Promise<unknown> => ask("POST", `${at}/execute/sync`, { script, args: [] });
  return {
    run,
    kill() {
      // The app is the driver's only child.
      const id = execFileSync("pgrep", ["-P", String(driver.pid)], { encoding: "utf8" });
      process.kill(Number(id), "SIGKILL");
    },
    async click(value) {
      const found = (await ask("POST", `${at}/element`, { using: "css selector", value })) as Record<
        string,
        string
      >;
      await ask("POST", `${at}/element/${found[ELEMENT]}/click`, {});
    },
    shows: (text) =>
      expect.poll(() => run("return document.body.innerText"), { timeout: 20_000 }).toMatch(text),
  };
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => resolve(port));
    });
  });
}
