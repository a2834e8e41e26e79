// The browser of the person at the machine: what an app opens by the system comes up in Chromium, in a profile of their own.
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { newProfile } from "./chromium.js";
import { startRecordingServer } from "./recording-server.js";

export interface PersonsBrowser {
  /** For an app, which asks the system, and for a command, which asks BROWSER first: both find ours. */
  readonly env: { readonly PATH: string; readonly BROWSER: string };
  /** Everything that an app has opened so far. */
  readonly opened: readonly string[];
  readonly context: BrowserContext;
  /** The next address that an app opens, in a tab, when it does. */
  nextTab(): Promise<Page>;
  /** The next address that an app opens, and no tab. */
  nextAddress(): Promise<string>;
}

export async function createPersonsBrowser(browser: Browser): Promise<PersonsBrowser> {
  const context = await newProfile(browser);
  const opened: string[] = [];
  let taken = 0;
  let onOpened = (): void => {};
  const { origin } = await startRecordingServer(({ body }, response) => {
    response.writeHead(204).end();
    opened.push(body);
    onOpened();
  });
  const folder = await mkdtemp(join(tmpdir(), "loopkey-browser-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const report = `fetch("${origin}", { method: "POST", body: process.argv[1] })`;
  const program = join(folder, "xdg-open");
  await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" -e '${report}' "$1"\n`);
  await chmod(program, 0o755);
  const nextAddress = (): Promise<string> =>
    new Promise((resolve) => {
      onOpened = () => {
        if (opened.length <= taken) return;
        taken += 1;
        onOpened = () => {};
        resolve(opened[taken - 1]!);
      };
      onOpened();
    });
  return {
    env: { PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}`, BROWSER: program },
    opened,
    context,
    nextAddress,
    async nextTab() {
      const address = await nextAddress();
      const page = await context.newPage();
      await page.goto(address);
      return page;
    },
  };
}
