// Debian's Chromium, one for a test file; every test gets a browser profile of its own.
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { CHROMIUM_FLAGS } from "./chromium-flags.js";
import { chromiumPath } from "./programs.js";

export function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath!, args: [...CHROMIUM_FLAGS, ...flags] });
}

/** A tab, and all that it asked for or complained of. */
export interface Tab {
  readonly page: Page;
  /** Console errors, uncaught errors and violations of the Content-Security-Policy, in any page so far. */
  readonly complaints: readonly string[];
  readonly requests: readonly URL[];
  /** Every address in the tab's history, as "back" would find it. */
  history(): Promise<readonly string[]>;
}

export async function newProfile(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext();
  // A page that does not come fails the test with a word about which; well within the test's own limit.
  context.setDefaultTimeout(15_000);
  onTestFinished(() => context.close());
  return context;
}

export async function newTab(context: BrowserContext): Promise<Tab> {
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: URL[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => requests.push(new URL(request.url())));
  return {
    page,
    complaints,
    requests,
    async history() {
      const session = await context.newCDPSession(page);
      const { entries } = await session.send("Page.getNavigationHistory");
      await session.detach();
      return entries.flatMap(({ url, userTypedURL }) => [url, userTypedURL]);
    },
  };
}
