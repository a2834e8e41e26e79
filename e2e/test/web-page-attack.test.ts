// A web page in the person's browser that tries to reach the listener: it learns nothing, and breaks nothing.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { expectStillWaiting, signInAfterAll, startAttackedApp } from "./support/attacked-app.js";
import { EVIL_NAME, startAttacker, type Attacker } from "./support/attacker.js";
import { launchChromium, newProfile } from "./support/chromium.js";
import { startOpenHeartedServer } from "./support/open-hearted-server.js";
import { LOADS, NAVIGATIONS, type PageAttack } from "./support/page-attacks.js";
import { appPage, logIn, press } from "./support/person-in-browser.js";
import { CHROMIUM_IS_MISSING, chromiumPath } from "./support/programs.js";

let browser: Browser;

beforeAll(async () => {
  if (chromiumPath) browser = await launchChromium([EVIL_NAME]);
});
afterAll(() => browser?.close());
beforeEach((ctx) => ctx.skip(!chromiumPath, CHROMIUM_IS_MISSING));

type Attacks = Readonly<Record<string, PageAttack>>;
type AttackGroup = readonly [name: string, attacks: Attacks];

const GROUPS: readonly AttackGroup[] = [...Object.entries(LOADS), ["a whole tab, or no HTTP", NAVIGATIONS]];

const GUARDS = {
  "cache-control": "no-store",
  connection: "close",
  "content-security-policy": expect.stringMatching(/^default-src 'none'; (.*; )?frame-ancestors 'none'$/),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

const NEUTRAL = ["content-length", "content-type", "cross-origin-embedder-policy"];

/** One after the other; resolves with what the page saw of each. */
async function attack(
  attacker: Attacker,
  attacks: Attacks,
  target: URL,
  afterEach: (what: string, attack: PageAttack) => Promise<void> = async () => {},
): Promise<Readonly<Record<string, unknown>>> {
  const seen: Record<string, unknown> = {};
  for (const [what, each] of Object.entries(attacks)) {
    // oxlint-disable-next-line no-await-in-loop
    await attacker.reload();
    // oxlint-disable-next-line no-await-in-loop
    seen[what] = await attacker.run(`((target) => (${each.script}))(${JSON.stringify(target)})`);
    // oxlint-disable-next-line no-await-in-loop
    await afterEach(what, each);
  }
  return seen;
}

/** What the table says of each attack. */
function said(attacks: Attacks, name: "arrives" | "sees" | "elsewhere"): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(attacks).map(([what, each]) => [what, each[name]]));
}

describe("a web page that knows the address, and for all but whole tabs the state", () => {
  it.each(GROUPS)("learns nothing and breaks nothing by %s", async (_, attacks) => {
    const app = await startAttackedApp();
    const profile = await newProfile(browser);
    const attacker = await startAttacker(profile);
    const target = new URL(app.redirect);
    if (attacks === NAVIGATIONS) target.searchParams.set("state", "forged");
    const arrived: Record<string, unknown> = {};
    const frames: string[] = [];
    let count = 0;
    const seen = await attack(attacker, attacks, target, async (what, { arrives }) => {
      await app.strayed(count + arrives.length);
      arrived[what] = app.strays.slice(count);
      count = app.strays.length;
      frames.push(...attacker.frames());
    });
    expect(seen).toEqual(said(attacks, "sees"));
    expect(arrived).toEqual(said(attacks, "arrives"));
    expect(frames.filter((url) => url.startsWith(app.redirect.origin))).toEqual([]);
    // None came late, and the app has been told of each: they are fewer than ten of a kind.
    expect(app.notices.map(({ detail }) => detail!.split(":")[0])).toEqual(Object.values(arrived).flat());
    expectStillWaiting(app);
    await signInAfterAll(app, profile);
  });

  it("sees no difference between the registered path and another", async () => {
    const app = await startAttackedApp();
    const attacker = await startAttacker(await newProfile(browser));
    // A load is refused for what it is: only a navigation gets as far as the path.
    const target = new URL(`/elsewhere${app.redirect.search}`, app.redirect);
    expect(await attack(attacker, NAVIGATIONS, target)).toEqual(said(NAVIGATIONS, "sees"));
    expect(app.strays).toContain("wrong_path");
    expectStillWaiting(app);
  });

  it.each(GROUPS)(
    "learns more, where there is more to learn, of a server that lets everybody in by %s",
    async (_, attacks) => {
      const attacker = await startAttacker(await newProfile(browser));
      const target = new URL("/callback?state=right", await startOpenHeartedServer());
      expect(await attack(attacker, attacks, target)).toEqual(said(attacks, "elsewhere"));
    },
  );

  it("does not keep out the person who signs in while it goes on", async () => {
    const app = await startAttackedApp();
    const profile = await newProfile(browser);
    const attacker = await startAttacker(profile);
    await attacker.run(`((target) => {
      const again = async (attack) => { for (;;) await attack(); };
      for (let i = 0; i < 2; i++) {
        again(() => reply(fetch(target)));
        again(() => reply(fetch(target, { method: "POST", mode: "no-cors", body: "x".repeat(1e5) })));
        again(() => element("img", { src: target }));
        again(() => event(new WebSocket(target.replace("http", "ws")), "close"));
        again(() => frame({ src: target }));
      }
    })(${JSON.stringify(app.redirect)})`);
    await app.strayed(50);
    const page = await profile.newPage();
    await page.goto(app.url);
    await logIn(page, app.server.account);
    const before = app.strays.length;
    await press(page, "Allow");
    expect(await appPage(page)).toBe("You are signed in");
    expect(await app.signingIn).toMatchObject({ subject: "account-ada" });
    expect(app.strays.length).toBeGreaterThan(before);
  });

  it("has no hold on the tab in which the person signs in, even where it has opened it", async () => {
    const app = await startAttackedApp();
    const profile = await newProfile(browser);
    const attacker = await startAttacker(profile);
    const opening = profile.waitForEvent("page");
    await attacker.run(`globalThis.opened = open(${JSON.stringify(app.url)}), ""`);
    const page = await opening;
    await logIn(page, app.server.account);
    await page.getByRole("button", { name: "Allow" }).waitFor();
    expect(await attacker.run("opened.closed")).toBe(false);
    await press(page, "Allow");
    expect(await appPage(page)).toBe("You are signed in");
    expect(await attacker.run("[opened.closed, opened.length]")).toEqual([true, 0]);
    expect(await page.evaluate("opener")).toBeNull();
  });

  it("does not keep out the person by the cookies of another port of the same host", async () => {
    const app = await startAttackedApp();
    const profile = await newProfile(browser);
    const cookies = Array.from({ length: 180 }, (_, i) => ({
      name: `c${i}`,
      value: "x".repeat(4_000),
      url: app.server.issuer,
    }));
    await profile.addCookies(cookies);
    const answer = await signInAfterAll(app, profile);
    const sent = await answer.request().headerValue("cookie");
    expect(sent!.length).toBeGreaterThan(180 * 4_000);
  });

  it("is kept out by the headers of every answer, and let in by none", async () => {
    const app = await startAttackedApp();
    const profile = await newProfile(browser);
    const page = await profile.newPage();
    const answers = [
      await page.goto(new URL("/callback?state=forged", app.redirect).href),
      await page.goto(new URL("/elsewhere", app.redirect).href),
      await signInAfterAll(app, profile),
    ];
    expect(answers.map((answer) => answer!.status())).toEqual([400, 404, 200]);
    for (const answer of answers) {
      const headers = await answer!.allHeaders();
      expect(headers).toMatchObject(GUARDS);
      const more = Object.keys(headers).filter((name) => !(name in GUARDS) && !NEUTRAL.includes(name));
      expect(more).toEqual([]);
    }
  });
});
