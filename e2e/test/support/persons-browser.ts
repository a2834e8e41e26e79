// The browser of the person at the machine: what an app opens by the system comes up in Chromium, in a profile of their own.
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { newProfile } from "./chromium.js";
import { startRecordingServer } from "./recording-server.js";

export interface PersonsBrowser {
  /** For the app: `xdg-open` is ours. */
  readonly env: { readonly PATH: string };
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
  await writeFile(join(folder, "xdg-open"), `#!/bin/sh\nexec "${process.execPath}" -e '${report}' "$1"\n`);
  await chmod(join(folder, "xdg-open"), 0o755);
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
    env: { PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}` },
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
