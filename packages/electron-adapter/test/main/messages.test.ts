// What hostile documents say on the port that they have, and what the app must allow first.
import { describe, expect, test } from "vitest";
import { reached } from "@loopkey/core/testing";
import { createSignInBudget } from "../../src/main/inside/sign-in-budget.js";
import { createTestApp, ORIGIN } from "../support/app.js";
import { takePort } from "../support/raw-page.js";
import { standsStill } from "../support/stands-still.js";

describe("what is said on the port", () => {
  test.each([
    ["nothing", undefined],
    ["a text", "subscribe"],
    ["another type", { type: "constructor" }],
    ["a type that is none", { type: ["subscribe"] }],
    ["more than the message has", { type: "subscribe", more: 1 }],
    ["a command that is none of ours", { type: "call", id: 1, command: { name: "getAccessToken" } }],
    ["a name of Object's", { type: "call", id: 1, command: { name: "__proto__" } }],
    ["another option", { type: "call", id: 1, command: { name: "signIn", options: { signal: {} } } }],
    ["a member as prototype", JSON.parse('{"type":"subscribe","__proto__":{"x":1}}')],
    [
      "an option as prototype",
      {
        type: "call",
        id: 1,
        command: { name: "signIn", options: JSON.parse('{"__proto__":{"flow":"device"}}') },
      },
    ],
    ["an id that is none", { type: "call", id: -1, command: { name: "cancel" } }],
    [
      "a text that is too long",
      { type: "call", id: 1, command: { name: "signIn", options: { scope: "x".repeat(2_049) } } },
    ],
    [
      "a list that is too long",
      {
        type: "call",
        id: 1,
        command: { name: "signIn", options: { acrValues: Array.from({ length: 21 }, () => "a") } },
      },
    ],
    ["no number", { type: "call", id: 1, command: { name: "signIn", options: { timeoutMs: Number.NaN } } }],
    [
      "a fetch without a port",
      {
        type: "fetch",
        request: {
          url: "https://api.example/notes",
          method: "GET",
          headers: [],
          redirect: "follow",
          hasBody: false,
        },
      },
    ],
  ])("%s is refused, does nothing, and the document is heard on", async (_, message) => {
    const { openWindow, refused, client, server } = await createTestApp();
    const page = await takePort((await openWindow()).webContents.page);
    page.say(message);
    page.say({ type: "subscribe" });
    await page.hears("state");
    expect(refused).toMatchObject([{ code: "malformed", origin: ORIGIN }]);
    expect(client.getState().status).toBe("idle");
    expect(server.authorizations).toEqual([]);
    expect(({} as { flow?: unknown }).flow).toBeUndefined();
  });

  test("a second subscription is refused", async () => {
    const { openWindow, refused } = await createTestApp();
    const page = await takePort((await openWindow()).webContents.page);
    page.say({ type: "subscribe" });
    page.say({ type: "subscribe" });
    page.say({ type: "call", id: 1, command: { name: "cancel" } });
    await page.hears("answer");
    expect(page.heard.filter(({ type }) => type === "state")).toHaveLength(1);
    expect(refused).toMatchObject([{ code: "too_many" }]);
  });

  test("a flood is cut off after a hundred refusals, which is all that the app hears of", async () => {
    const { openWindow, refused } = await createTestApp();
    const page = await takePort((await openWindow()).webContents.page);
    const ended = new Promise((resolve) => page.port.once("close", resolve));
    for (let at = 0; at < 10_000; at++) page.say({ type: "nonsense" });
    expect(await page.hears("closed")).toMatchObject({ error: { code: "closed" } });
    expect(refused).toHaveLength(101);
    expect(refused.at(-1)!.code).toBe("cut_off");
    page.port.close();
    await ended;
  });

  test("however often a page says that the network is back, a server that wants to be left alone is", async () => {
    let asked = 0;
    let isBusy = false;
    const { openWindow, client, ports } = await createTestApp({
      ports: ({ fetch: server }) => ({
        fetch: async (input, init) => {
          if (!isBusy || init?.method !== "POST") return server!(input, init);
          asked++;
          return new Response(null, { status: 429, headers: { "retry-after": "3600" } });
        },
      }),
    });
    await client.signIn();
    isBusy = true;
    await ports.clock.advance(3_600_000);
    expect(asked).toBe(1);
    // Each document anew: one that was reloaded is not heard more often.
    for (let documents = 0; documents < 3; documents++) {
      // oxlint-disable-next-line no-await-in-loop
      const page = await takePort((await openWindow()).webContents.page);
      for (let times = 0; times < 3; times++) {
        page.say({ type: "online" });
        // oxlint-disable-next-line no-await-in-loop
        await standsStill(() => asked);
      }
    }
    expect(asked).toBe(1);
  });

  test("more calls at once than 16 are refused, and the others go on", async () => {
    const { openWindow, refused } = await createTestApp({ person: () => {} });
    const page = await takePort((await openWindow()).webContents.page);
    for (let id = 0; id < 17; id++) page.say({ type: "call", id, command: { name: "signIn", options: {} } });
    expect(await page.hears("failure")).toMatchObject({ id: 16, error: { code: "temporarily_unavailable" } });
    expect(refused).toMatchObject([{ code: "too_many" }]);
    page.say({ type: "call", id: 3, command: { name: "cancel" } });
    page.say({ type: "subscribe" });
    await page.hears("state");
    // The id of one that is not answered yet.
    expect(refused.at(-1)).toMatchObject({ code: "malformed" });
  });
});

describe("a page that signs in and cancels in a circle", () => {
  test("opens five tabs a minute, of whichever window, and hears why there is no sixth", async () => {
    const { openWindow, openConnected, client, ports, refused } = await createTestApp({ person: () => {} });
    const page = await takePort((await openWindow()).webContents.page);
    for (let id = 0; id < 5; id++) {
      page.say({ type: "call", id, command: { name: "signIn", options: {} } });
      await reached(client, (state) => "browser" in state && state.browser === "opened");
      client.cancel();
      await reached(client, ({ status }) => status === "idle");
    }
    const other = await openConnected();
    await expect(other.signIn()).rejects.toMatchObject({
      code: "temporarily_unavailable",
      detail: "too_many",
    });
    expect(ports.opened).toHaveLength(5);
    expect(refused).toMatchObject([{ code: "too_many", message: expect.stringContaining("sign-ins") }]);
    // The app itself may.
    const own = client.signIn();
    await reached(client, ({ status }) => status === "awaiting-callback");
    // Joining it opens nothing.
    const joined = other.signIn();
    joined.catch(() => {});
    // Messages of one port arrive in order: after this one it has been heard.
    await expect(other.userInfo()).rejects.toMatchObject({ code: "interaction_in_progress" });
    client.cancel();
    await expect(own).rejects.toMatchObject({ code: "cancelled" });
    await expect(joined).rejects.toMatchObject({ code: "cancelled" });
  });

  test("has them again after a minute", () => {
    let now = 0;
    const take = createSignInBudget(() => now);
    const taken = Array.from({ length: 7 }, () => take());
    expect(taken).toEqual([true, true, true, true, true, false, false]);
    now = 59_999;
    expect(take()).toBe(false);
    now = 60_000;
    expect(take()).toBe(true);
  });
});

describe("what the app must allow", () => {
  test.each([
    ["submitRedirect", { name: "submitRedirect", url: "http://127.0.0.1/callback" }],
    ["useDeviceCode", { name: "useDeviceCode" }],
    ["a device code from the start", { name: "signIn", options: { flow: "device" } }],
    ["a sign-in whose address only the page sees", { name: "signIn", options: { openBrowser: false } }],
  ])("%s", async (_, command) => {
    const { openWindow, refused, client } = await createTestApp();
    const page = await takePort((await openWindow()).webContents.page);
    page.say({ type: "call", id: 1, command });
    expect(await page.hears("failure")).toMatchObject({
      error: { code: "invalid_config", detail: "not_allowed", hint: expect.stringContaining("allow") },
    });
    expect(refused).toMatchObject([{ code: "not_allowed" }]);
    expect(client.getState().status).toBe("idle");

    const open = await createTestApp({
      serve: { allow: ["url", "submitRedirect", "useDeviceCode"] },
      person: () => {},
    });
    const other = await takePort((await open.openWindow()).webContents.page);
    other.say({ type: "call", id: 1, command });
    other.say({ type: "call", id: 2, command: { name: "cancel" } });
    await other.hears("answer");
    expect(open.refused).toEqual([]);
  });
});
