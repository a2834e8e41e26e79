// A browser for BROWSER, with a person who signs in and allows: Chromium, driven until it is back at the app. Reports the
// heading of the page it ends on. What it needs is in the environment variable CLI_BROWSER: BROWSER is a list, and takes
// no colon.
import { chromium, type Page } from "playwright-core";
import { CHROMIUM_FLAGS } from "../test/support/chromium-flags.js";
import { logIn, press, type Credentials } from "../test/support/person-in-browser.js";

export interface CliBrowserOrder extends Credentials {
  readonly chromium: string;
  /** Kept from one run to the next: signing out finds the session of signing in. */
  readonly profileFolder: string;
  readonly reportTo: string;
}

const order = JSON.parse(process.env["CLI_BROWSER"]!) as CliBrowserOrder;
const context = await chromium.launchPersistentContext(order.profileFolder, {
  executablePath: order.chromium,
  args: [...CHROMIUM_FLAGS],
});
try {
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  await page.goto(process.argv[2]!);
  await fetch(order.reportTo, { method: "POST", body: await goThrough(page) });
} finally {
  await context.close();
}

/** Answers the server's pages as they come; returns the heading of the app's. */
async function goThrough(page: Page): Promise<string> {
  const kind = (await page.locator("body").getAttribute("data-page")) ?? "app";
  if (kind === "login") await logIn(page, order);
  else if (kind === "consent") await press(page, "Allow");
  else return (await page.getByRole("heading", { level: 1 }).textContent()) ?? "";
  // As text: it runs in the page, and these programs know nothing of one.
  await page.waitForFunction(`document.body?.dataset.page !== ${JSON.stringify(kind)}`);
  return goThrough(page);
}
