// DNS rebinding: a page whose name stands for this machine by now, with the listener's own port in its origin. The page may
// read whatever comes from there, so that must be a refusal which says nothing.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  expectStillWaiting,
  signInAfterAll,
  startAttackedApp,
  type AttackedApp,
} from "./support/attacked-app.js";
import { EVIL_NAME, startAttacker, type Attacker } from "./support/attacker.js";
import { launchChromium, newProfile } from "./support/chromium.js";
import { CHROMIUM_IS_MISSING, chromiumPath, hasIPv6Loopback, IPV6_IS_MISSING } from "./support/programs.js";

let browser: Browser;

beforeAll(async () => {
  if (chromiumPath) browser = await launchChromium([EVIL_NAME]);
});
afterAll(() => browser?.close());
beforeEach((ctx) => {
  ctx.skip(!chromiumPath, CHROMIUM_IS_MISSING);
  ctx.skip(!hasIPv6Loopback, IPV6_IS_MISSING);
});

const HEADERS = {
  "cache-control": "no-store",
  connection: "close",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "content-type": "text/plain; charset=utf-8",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** All that a script of the same origin can read of an answer. */
const READ = `async (path, options) => {
  const response = await fetch(path, options);
  const text = await response.text();
  return { status: response.status, url: response.url, headers: Object.fromEntries(response.headers), text };
}`;

/** The page comes from ::1, with the listener's port; it is left, so the name's other address is next: the listener's. */
async function rebind(): Promise<{
  readonly app: AttackedApp;
  readonly attacker: Attacker;
  readonly read: (path: string, options?: object) => Promise<unknown>;
  readonly signIn: () => Promise<unknown>;
}> {
  const app = await startAttackedApp();
  const profile = await newProfile(browser);
  const attacker = await startAttacker(profile, { host: "::1", port: Number(app.redirect.port) });
  await attacker.leave();
  return {
    app,
    attacker,
    read: (path, options = {}) =>
      attacker.run(`(${READ})(${JSON.stringify(path)}, ${JSON.stringify(options)})`),
    signIn: () => signInAfterAll(app, profile),
  };
}

describe("a page of a name that was rebound to the listener", () => {
  it("reads one refusal, whichever path it asks for, with the right state and without", async () => {
    const { app, attacker, read, signIn } = await rebind();
    const { pathname, search } = app.redirect;
    for (const path of [pathname + search, pathname, `${pathname}?error=access_denied`, "/", "/elsewhere"]) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await read(path), path).toEqual({
        status: 400,
        url: new URL(path, `http://evil.example:${app.redirect.port}`).href,
        headers: { ...HEADERS, "content-length": "12" },
        text: "Bad Request\n",
      });
    }
    // It was the listener's own origin, but for the name.
    expect(await attacker.run("location.port")).toBe(app.redirect.port);
    expect(app.strays).toEqual(Array(5).fill("wrong_host"));
    expect(app.notices).toHaveLength(5);
    expectStillWaiting(app);
    await signIn();
  });

  it("reads no more than what is wrong with another method, or with too much of a request", async () => {
    const { app, read, signIn } = await rebind();
    for (const [status, text, options] of [
      [405, "Method Not Allowed\n", { method: "POST", body: "code=forged" }],
      [405, "Method Not Allowed\n", { method: "PUT", body: "x" }],
      [405, "Method Not Allowed\n", { method: "OPTIONS" }],
      [405, "", { method: "HEAD" }],
      [431, "Request Header Fields Too Large\n", { headers: { "X-Own": "x".repeat(20_000) } }],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await read(app.redirect.pathname + app.redirect.search, options)).toEqual({
        status,
        url: expect.any(String),
        headers: {
          ...HEADERS,
          ...(status === 405 ? { allow: "GET" } : {}),
          "content-length": expect.stringMatching(/^\d+$/),
        },
        text,
      });
    }
    expect(app.strays).toEqual([...Array(4).fill("wrong_method"), "too_large"]);
    expectStillWaiting(app);
    await signIn();
  });

  it("gets no stream, no frame and no worker, and a tab with the refusal in it", async () => {
    const { app, attacker, signIn } = await rebind();
    const run = (script: string): Promise<unknown> =>
      attacker.run(`((target) => ${script})(${JSON.stringify(app.redirect.pathname + app.redirect.search)})`);
    expect(await run('event(new WebSocket(target), "open", "close")')).toBe("close");
    expect(await run('event(new EventSource(target), "open", "error")')).toBe("error");
    expect(await run("frame({ src: target })")).toBe("no document, 0 frames inside");
    expect(await run('event(new Worker(target), "error", "message")')).toBe("error");
    expect(await run("typeof navigator.serviceWorker")).toBe("undefined");
    const tab = "const tab = open(target); await event(tab, 'load'); return tab.document.body.innerText;";
    expect(await run(`(async () => { ${tab} })()`)).toBe("Bad Request\n");
    expect(app.strays).toEqual(Array(5).fill("wrong_host"));
    expectStillWaiting(app);
    await signIn();
  });
});
