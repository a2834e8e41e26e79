// What the binary `loopkey` shows in windows of every width: what a person copies is whole, and the line that turns wipes nothing out.
import { createPerson, signInByHttp } from "@loopkey/example-identity-provider";
import { beforeEach, describe, expect, it } from "vitest";
import { startServer } from "./support/app.js";
import { loginArgs } from "./support/cli-world.js";
import { missingWindow, openWindow } from "./support/window.js";

const MEMORY = ["--store", "memory"];
const WIDTHS = [25, 40, 80, 200];
const ADDRESS = /^ {2}http:\S+\/oauth\/authorize\?\S+&code_challenge_method=S256$/;
const OFFER = "If your browser cannot open its last page, paste the address of that page here.";
const TURNING = /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏|/\\-] /;

beforeEach((ctx) => ctx.skip(missingWindow !== undefined, missingWindow));

describe("a sign-in that waits", { timeout: 300_000 }, () => {
  it.each([[25, "C"] as const, ...WIDTHS.map((columns) => [columns, "C.UTF-8"] as const)])(
    "is whole in a window of %i columns (%s)",
    async (columns, locale) => {
      const server = await startServer();
      const window = await openWindow([...loginArgs(server), ...MEMORY, "--no-browser"], {
        columns,
        env: { LC_ALL: locale },
      });
      // It has turned, and its time has gone on.
      const lines = await window.shows(/, 4:(?!59)\d\d left$/);
      expect(lines.filter((line) => line !== "")).toEqual([
        "To sign in, open this in a browser:",
        expect.stringMatching(ADDRESS),
        OFFER,
        expect.stringMatching(TURNING),
      ]);
      await window.press("C-c");
      const after = await window.shows(/^ended: 130$/);
      expect(after.filter((line) => TURNING.test(line))).toEqual([]);
      expect(after).toContain("loopkey: Interrupted. [cancelled]");
    },
  );

  it("loses nothing while its window is made wider and narrower, and can be pasted to", async () => {
    const server = await startServer();
    const window = await openWindow([...loginArgs(server), ...MEMORY, "--no-browser"], { columns: 100 });
    let lines = await window.shows(/, 4:\d\d left$/);
    const address = lines.find((line) => ADDRESS.test(line));
    for (const columns of [25, 70, 30, 200, 43, 80]) {
      // oxlint-disable-next-line no-await-in-loop
      await window.resize(columns);
      const since = lines.at(-1);
      // oxlint-disable-next-line no-await-in-loop
      await expect
        .poll(async () => (lines = await window.lines()).at(-1), { timeout: 60_000 })
        .not.toBe(since);
      // oxlint-disable-next-line no-await-in-loop
      await window.shows(/, 4:\d\d left$/);
    }
    lines = await window.lines();
    expect(lines).toContain("To sign in, open this in a browser:");
    expect(lines).toContain(address);
    expect(lines).toContain(OFFER);
    await window.paste(await signInByHttp(address!.trim(), server.account));
    await window.press("Enter");
    await window.shows(/^ended: 0$/);
  });

  it.each(WIDTHS)("has a device's code and addresses on a line each in %i columns", async (columns) => {
    const server = await startServer({ deviceCode: { intervalSeconds: 1 } });
    const window = await openWindow([...loginArgs(server), ...MEMORY, "--device"], { columns });
    const lines = await window.shows(/ left$/);
    const [address, code] = [lines[1]!.trim(), lines[3]!.trim()];
    expect(lines[0]).toBe("To sign in, go to this address on any device:");
    expect(address).toMatch(/^http:\S+\/\S+$/);
    expect(lines[2]).toBe("and enter this code:");
    expect(code).toMatch(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/);
    expect(lines[5]!.trim()).toContain(code);
    expect(lines[6]).toMatch(TURNING);
    await createPerson(server.account).follow(address, { userCode: code });
    await window.shows(/^ended: 0$/);
  });
});
