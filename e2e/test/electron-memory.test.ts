// What is left in the main process of a real Electron after a thousand windows and ten thousand requests: nothing of ours.
import type { Page } from "playwright-core";
import { beforeEach, expect, it } from "vitest";
import type { Attacked } from "../electron/attacked-main.js";
import { OWN, startAttackedElectron, type AttackedElectron } from "./support/electron-attacks.js";
import { missingForElectron } from "./support/electron-program.js";

beforeEach((context) => context.skip(missingForElectron !== undefined, missingForElectron));

const MB = 1024 * 1024;
const WINDOWS = 1_000;
/** Documents that one more window has, each in the place of the one before. */
const NAVIGATIONS = 200;
const FETCHES = 10_000;

it(
  "after 1,000 windows, 200 navigations and 10,000 fetches no port is left, and no memory is taken",
  { timeout: 300_000 },
  async () => {
    const app = await startAttackedElectron("loopkey", {
      answer: (_, response) => void response.writeHead(200).end("an answer"),
      // Windows share processes, which start slowly; what main has of each is the same.
      flags: ["--js-flags=--expose-gc", "--renderer-process-limit=2"],
    });
    // Once before: what is loaded and compiled at the first use stays.
    await use(app, { windows: 3, navigations: 20, fetches: 300 });
    const before = await measure(app);
    await use(app, { windows: WINDOWS, navigations: NAVIGATIONS, fetches: FETCHES });
    expect(await app.refusals()).toEqual([]);
    await expect.poll(async () => (await measure(app)).ports, { timeout: 10_000, interval: 200 }).toBe(0);
    const after = await measure(app);
    expect(after.heap - before.heap).toBeLessThan(2 * MB);
    expect(after.rss - before.rss).toBeLessThan(30 * MB);
    expect(after.listeners).toEqual(before.listeners);
  },
);

interface Use {
  readonly windows: number;
  readonly navigations: number;
  readonly fetches: number;
}

async function use(app: AttackedElectron, { windows, navigations, fetches }: Use): Promise<void> {
  const addresses = (count: number) =>
    Array.from({ length: count }, (_, index) => `${OWN}/subscribing/${index}`);
  await app.app.evaluate((_, each) => attacked.visit(each, "in windows"), addresses(windows));
  await app.app.evaluate((_, each) => attacked.visit(each, "in one window"), addresses(navigations));
  const page = await openPage(app, `${OWN}/`);
  await app.connect(page);
  const done = await page.evaluate(`(async () => {
    let left = ${fetches};
    let good = 0;
    const work = async () => {
      while (left-- > 0) if ((await (await auth.fetch(${JSON.stringify(`${app.api.origin}/`)})).text()) === "an answer") good++;
    };
    await Promise.all(Array.from({ length: 6 }, work));
    return good;
  })()`);
  expect(done).toBe(fetches);
  await page.close();
}

function measure({ app }: AttackedElectron) {
  return app.evaluate(async ({ app, ipcMain, powerMonitor }) => {
    for (let round = 0; round < 5; round++) {
      (globalThis as unknown as { gc(): void }).gc();
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { heapUsed, rss } = process.memoryUsage();
    return {
      heap: heapUsed,
      rss,
      ports: attacked.portsLeft(),
      listeners: [
        ipcMain.listenerCount("loopkey"),
        powerMonitor.listenerCount("resume"),
        app.listenerCount("will-quit"),
      ],
    };
  });
}

/** Playwright may tell late of a window that was visited, and is gone. */
async function openPage({ app }: AttackedElectron, url: string): Promise<Page> {
  const opened = app.waitForEvent("window", (page: Page) =>
    page.waitForURL(url).then(
      () => true,
      () => false,
    ),
  );
  await app.evaluate((_, url) => attacked.openWindow({ url }), url);
  return opened;
}

/** In the main process of the app. */
declare const attacked: Attacked;
