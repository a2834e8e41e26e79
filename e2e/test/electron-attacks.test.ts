// What a hostile page, frame or webview does to the bridge, in a real Electron: refused, and shown to succeed where everybody is let in.
import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import {
  getIn,
  HELPERS,
  OWN,
  startAttackedElectron,
  type AttackedElectron,
} from "./support/electron-attacks.js";
import { missingForElectron } from "./support/electron-program.js";

beforeEach((context) => context.skip(missingForElectron !== undefined, missingForElectron));

const IN = "in: authenticated";

/** Each resolves with what the attacker got. */
const DOCUMENTS: readonly (readonly [
  name: string,
  attack: (app: AttackedElectron) => Promise<unknown>,
  refusal: string,
])[] = [
  [
    "a frame of another origin",
    async (app) => {
      const page = await app.openWindow(`${OWN}/`);
      await addFrame(page, "app://evil/");
      return runInFrame(page);
    },
    "not_main_frame",
  ],
  [
    "a frame of the app's own origin, beside the page",
    async (app) => {
      const page = await app.openWindow(`${OWN}/`);
      await addFrame(page, `${OWN}/`);
      return runInFrame(page);
    },
    "not_main_frame",
  ],
  [
    "a webview, which says that it is a main frame",
    async (app) => {
      const page = await app.openWindow(`${OWN}/`);
      await page.evaluate(`new Promise((resolve) => {
        const view = document.createElement("webview");
        view.src = ${JSON.stringify(`${OWN}/`)};
        view.addEventListener("did-finish-load", resolve, { once: true });
        document.body.append(view);
      })`);
      return app.runInWebview("getIn()");
    },
    "not_a_window",
  ],
  [
    "a window that was navigated to another origin",
    async (app) => {
      const page = await app.openWindow(`${OWN}/`);
      await page.goto("app://evil/");
      return getIn(page);
    },
    "wrong_origin",
  ],
  [
    "another file, which calls itself the app's by pushState",
    async (app) => {
      const page = await app.openWindow(app.files.other);
      const address = await page.evaluate(
        `(history.pushState({}, "", ${JSON.stringify(app.files.own)}), location.href)`,
      );
      expect(address).toBe(app.files.own);
      return getIn(page);
    },
    "wrong_origin",
  ],
  [
    "a window that the page has opened and the app has not named",
    async (app) => {
      const page = await app.openWindow(`${OWN}/`);
      const opened = app.app.waitForEvent("window");
      await page.evaluate(`void open(${JSON.stringify(`${OWN}/child`)})`);
      return getIn(await opened);
    },
    "window_not_named",
  ],
  [
    "a window of another kind, at the app's own address",
    async (app) => getIn(await app.openWindow(`${OWN}/`, { named: false })),
    "window_not_named",
  ],
];

describe("a document that is none of the app's", () => {
  it.each(["loopkey", "open"] as const)(
    "is refused by Loopkey, and let in where there is no check: %s",
    async (bridge) => {
      const app = await startAttackedElectron(bridge);
      for (const [name, attack, refusal] of DOCUMENTS) {
        // oxlint-disable-next-line no-await-in-loop
        const got = await attack(app);
        expect([name, got]).toEqual([name, bridge === "open" ? IN : `refused: ${refusal}`]);
        // oxlint-disable-next-line no-await-in-loop
        if (bridge === "loopkey") expect(await app.refusals()).toContain(refusal);
      }
    },
  );

  it("a page is served through a preload of the app's own too, bundled with exposeAuth, and a frame in it is not", async () => {
    const app = await startAttackedElectron("loopkey", { bundledPreload: true });
    const page = await app.openWindow(`${OWN}/`);
    expect(await getIn(page)).toBe(IN);
    await addFrame(page, `${OWN}/`);
    expect(await runInFrame(page)).toBe("refused: not_main_frame");
  });

  it("a page of the app's own is let in, so the attacks above did not fail for another reason", async () => {
    const app = await startAttackedElectron("loopkey");
    expect(await getIn(await app.openWindow(`${OWN}/`))).toBe(IN);
    expect(await getIn(await app.openWindow(app.files.own))).toBe(IN);
    expect(await app.refusals()).toEqual([]);
  });
});

async function addFrame(page: Page, src: string): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.src = ${JSON.stringify(src)};
    frame.onload = resolve;
    document.body.append(frame);
  })`);
}

async function runInFrame(page: Page): Promise<unknown> {
  const frame = page.frames()[1]!;
  await frame.evaluate(HELPERS);
  return frame.evaluate("getIn()");
}
