// The example in a real Electron, as a person has it: from nothing to a signed-in app and back, from a folder and from an archive.
import { readdir } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium } from "./support/chromium.js";
import { missingForElectron } from "./support/electron-program.js";
import { createFieldbook, type Fieldbook } from "./support/fieldbook.js";
import { takePicture } from "./support/pictures.js";

let chromium: Browser;
beforeAll(async () => {
  if (missingForElectron === undefined) chromium = await launchChromium();
});
afterAll(() => chromium?.close());
beforeEach((context) => context.skip(missingForElectron !== undefined, missingForElectron));

const trailOf = (window: Page): Promise<readonly string[]> =>
  window
    .getByRole("list", { name: "States so far" })
    .locator(".state")
    .evaluateAll((entries) =>
      entries.map((entry) => [...entry.childNodes].map((node) => node.textContent).join("/")),
    );

describe.each(["folder", "asar"] as const)("from the %s", (packed) => {
  it("signs in, calls an API, steps up, is still signed in after a restart, and signs out in both windows", async () => {
    const fieldbook = await createFieldbook(chromium, { packed });
    const { server, person } = fieldbook;
    const first = await fieldbook.start();
    const { window } = first;
    await window.getByText("Your notes, on your desk").waitFor();
    await takePicture(window, "signed-out");

    await window.getByRole("button", { name: "Sign in with your browser" }).click();
    const tab = await person.nextTab();
    const address = window.getByLabel("No browser? Open this address");
    expect(await address.inputValue()).toMatch(`${server.issuer}/oauth/authorize?`);
    await takePicture(window, "waiting");
    const late = await first.openWindow();
    await late.getByText("Continue in your browser").waitFor();
    expect(await fieldbook.goThrough(tab)).toBe("You are signed in");
    for (const each of [window, late]) await each.getByRole("heading", { name: "Ada Lovelace" }).waitFor();
    expect(await trailOf(window)).toEqual([
      "restoring",
      "idle",
      "awaiting-callback/preparing",
      "awaiting-callback/waiting",
      "exchanging",
      "authenticated",
    ]);

    await window.getByRole("button", { name: "Load notes" }).click();
    await window.getByText("It weaves algebraic patterns").waitFor();
    await takePicture(window, "signed-in");

    await window.getByRole("button", { name: "Open the vault" }).click();
    const stronger = await person.nextTab();
    await window.getByText("Confirm that it is you").waitFor();
    await takePicture(window, "step-up");
    expect(await fieldbook.goThrough(stronger)).toBe("You are signed in");
    await window.getByText("The engine might compose music.").waitFor();
    expect(first.complaints).toEqual([]);
    await first.app.close();

    const second = await fieldbook.start();
    const other = await second.openWindow();
    for (const each of [second.window, other])
      await each.getByRole("heading", { name: "Ada Lovelace" }).waitFor();
    await other.getByRole("button", { name: "Sign out" }).click();
    expect(await fieldbook.goThrough(await person.nextTab())).toBe("You are signed out");
    for (const each of [second.window, other]) await each.getByText("You are signed out").waitFor();
    expect(person.opened).toHaveLength(3);
    expect(second.complaints).toEqual([]);
    await second.app.close();
    await expectNothingLeft(fieldbook);
  });
});

async function expectNothingLeft({ bus, tempFolder }: Fieldbook): Promise<void> {
  expect(await bus.ask("secret-tool", "search", "--all", "service", "Loopkey Fieldbook")).toBe("");
  expect(await readdir(tempFolder)).toEqual([]);
}
