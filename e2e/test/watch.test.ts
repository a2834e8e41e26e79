// The live view in a real browser, while a person signs in to a real server and out again.
import { watchAuth } from "@loopkey/node-adapter/watch";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { launchChromium } from "./support/chromium.js";
import { takePicture } from "./support/pictures.js";
import { chromiumPath, CHROMIUM_IS_MISSING } from "./support/programs.js";
import { createWorld } from "./support/signing-in.js";

beforeEach((ctx) => ctx.skip(!chromiumPath, CHROMIUM_IS_MISSING));

/** A step stays for a quarter of a second, so that an eye can follow. */
const PLAYED = { timeout: 15_000 } as const;

describe("the live view", () => {
  it("lights up what a person's sign-in, refresh and sign-out pass through", async () => {
    const world = await createWorld();
    const { client } = world;
    const watching = (await watchAuth(client, { force: true, title: "Fieldbook" }))!;
    onTestFinished(() => watching.close());
    const browser = await launchChromium();
    onTestFinished(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1440, height: 960 } });
    const errors: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(watching.url);
    await watching.seen;
    const isLit = (state: string): Promise<void> =>
      expect.poll(() => page.locator(`[data-state="${state}"].on`).count(), PLAYED).toBe(1);

    await isLit("idle");
    const signingIn = world.begin();
    const url = await world.authorizationUrl();
    await isLit("awaiting-callback.waiting");
    await expect.poll(() => page.locator("#open").innerText(), PLAYED).toMatch(/port/);
    expect(await page.locator("#rfc").innerText()).toBe("RFC 6749, section 4.1.2");
    await takePicture(page, "waiting", "watch");

    await fetch(await world.person.follow(url));
    await signingIn;
    await isLit("authenticated");
    await client.getAccessToken({ forceRefresh: true });
    await expect.poll(() => page.locator("#steps").innerText(), PLAYED).toMatch(/refreshing\.persisting/);
    await isLit("authenticated");
    await takePicture(page, "signed-in", "watch");

    await client.signOut({ browser: false });
    await isLit("logged-out");
    await client.close();
    await expect.poll(() => page.locator("#status").innerText(), PLAYED).toBe("ended");
    expect(errors).toEqual([]);
  });
});
