// What a page of the app's own, taken over by an attacker, sends over its port in a real Electron: refused by Loopkey, and shown to
// work where everything is taken.
import type { Page } from "playwright-core";
import type { Attacked } from "../electron/attacked-main.js";
import { beforeEach, describe, expect, it } from "vitest";
import { getIn, HELPERS, OWN, startAttackedElectron } from "./support/electron-attacks.js";
import { missingForElectron } from "./support/electron-program.js";
import { findSecrets } from "./support/secret-scan.js";

beforeEach((context) => context.skip(missingForElectron !== undefined, missingForElectron));

/** Expressions of what is sent; `id` is one of its own. */
const MESSAGES = {
  "a command that gives a token": `{ type: "call", id, command: { name: "getAccessToken" } }`,
  "the same as a list, which becomes a string where it is looked up": `{ type: "call", id, command: { name: ["getAccessToken"] } }`,
  "a member that every object has": `{ type: "call", id, command: { name: "constructor" } }`,
  "the prototype": `{ type: "call", id, command: { name: "__proto__" } }`,
  "a prototype of its own in the options": `{ type: "call", id, command: { name: "userInfo", options: JSON.parse('{"__proto__":{"scope":"all"}}') } }`,
  "a prototype of its own in the message": `Object.assign(JSON.parse('{"__proto__":{"type":"call"}}'), { type: "call", id, command: { name: "userInfo" } })`,
  "parameters of the authorization request": `{ type: "call", id, command: { name: "signIn", options: { authorizationParams: { login_hint: "mallory" } } } }`,
  "10 MB of text": `{ type: "call", id, command: { name: "userInfo", options: { text: "a".repeat(1e7) } } }`,
  "a scope of 1 MB": `{ type: "call", id, command: { name: "signIn", options: { scope: "a".repeat(1e6) } } }`,
  "500 objects within each other": `{ type: "call", id, command: { name: "userInfo", options: (() => { let o = {}; for (let i = 0; i < 500; i++) o = { o }; return o; })() } }`,
  "an id that is no number": `{ type: "call", id: NaN, command: { name: "userInfo" } }`,
  nothing: `null`,
  "a list": `[{ type: "call", id, command: { name: "userInfo" } }]`,
  "a type that is none": `{ type: "eval", id, command: { name: "userInfo" } }`,
  "a member too many": `{ type: "call", id, command: { name: "userInfo" }, token: true }`,
};

describe("messages", () => {
  it.each(["loopkey", "open"] as const)(
    "that are none of the protocol's have no effect, and do where there is no check: %s",
    async (bridge) => {
      const app = await startAttackedElectron(bridge);
      const page = await app.openWindow(`${OWN}/`);
      await page.evaluate("take().then((port) => void (globalThis.port = port))");
      for (const [index, [name, message]] of Object.entries(MESSAGES).entries()) {
        // What comes back before the answer to a good one, which is asked for after it.
        // oxlint-disable-next-line no-await-in-loop
        const got = await page.evaluate(`new Promise((resolve) => {
        const id = ${index * 2};
        const got = [];
        let isAsked = false;
        port.onmessage = ({ data }) => (data.id === id + 1 ? resolve(got) : got.push(data.value ?? data.type));
        port.postMessage(${message});
        port.postMessage({ type: "call", id: id + 1, command: { name: "userInfo" } });
      })`);
        // Whoever waits for an answer is told that there is none.
        const effects = (got as readonly string[]).filter((each) => each !== "failure");
        if (bridge === "loopkey") expect([name, effects]).toEqual([name, []]);
      }
      if (bridge === "open") {
        const token = await page.evaluate(
          `ask(port, { type: "call", id: 99, command: { name: ["getAccessToken"] } })`,
        );
        expect(app.server.secrets.map(({ value }) => value)).toContain((token as { value: string }).value);
        return;
      }
      expect(await app.refusals()).toEqual(Object.keys(MESSAGES).map(() => "malformed"));
      expect(await app.app.evaluate(() => attacked.client.getState().status)).toBe("authenticated");
      const authorized = app.server.paths().filter((path) => path === "/oauth/authorize");
      expect(authorized).toHaveLength(1);
    },
  );
});

describe("a port", () => {
  it.each(["loopkey", "open"] as const)(
    "that another document keeps over a navigation is dead, and is not where the page has main's own: %s",
    async (bridge) => {
      const app = await startAttackedElectron(bridge);
      const page = await app.openWindow(`${OWN}/`);
      const opened = app.app.waitForEvent("window");
      await page.evaluate(`void (globalThis.keeper = open(${JSON.stringify(`${OWN}/keeper`)}))`);
      const keeper = await opened;
      await keeper.waitForLoadState();
      await keeper.evaluate(`void (globalThis.kept = new Promise((resolve) =>
      addEventListener("message", ({ data, ports }) => data === "keep" && resolve(ports[0]))))`);
      await page.evaluate(`take().then((port) => keeper.postMessage("keep", "*", [port]))`);
      await keeper.evaluate(`kept.then((port) => {
      globalThis.heard = [];
      port.onmessage = ({ data }) => heard.push(data.type);
    })`);
      await page.goto(`${OWN}/next`);
      await keeper.evaluate(`kept.then((port) => port.postMessage({ type: "subscribe" }))`);
      await page.evaluate(HELPERS);
      // The new document's own question is asked later, by the same way.
      expect(await page.evaluate("getIn()")).toBe("in: authenticated");
      if (bridge === "open")
        await expect.poll(() => keeper.evaluate("heard"), { timeout: 20_000 }).toEqual(["state"]);
      else expect(await keeper.evaluate("heard")).toEqual([]);
    },
  );
});

describe("all that a window hears", () => {
  it.each(["loopkey", "open"] as const)(
    "from signing out and in again to a request holds no secret, and would where everything is answered: %s",
    async (bridge) => {
      const app = await startAttackedElectron(bridge, {
        answer: (_, response) => void response.end("an answer"),
      });
      const page = await app.openWindow(`${OWN}/`);
      const heard = await page.evaluate(`take().then(async (port) => {
        const heard = [];
        const answers = new Map();
        port.onmessage = ({ data }) => (heard.push(data), answers.get(data.id)?.());
        const call = (id, command) => new Promise((resolve) => {
          answers.set(id, resolve);
          port.postMessage({ type: "call", id, command });
        });
        port.postMessage({ type: "subscribe" });
        await call(1, { name: "userInfo" });
        await call(2, { name: "signOut", options: { browser: false } });
        await call(3, { name: "signIn", options: {} });
        const { port1, port2 } = new MessageChannel();
        const request = { url: ${JSON.stringify(`${app.api.origin}/`)}, method: "GET", headers: [], redirect: "follow", hasBody: false };
        port.postMessage({ type: "fetch", request }, [port2]);
        if (${bridge === "loopkey"}) heard.push(await next(port1));
        else await call(4, { name: "getAccessToken" });
        return heard;
      })`);
      const told = (heard as readonly unknown[]).map((each) => JSON.stringify(each)).join("\n");
      expect(told).toContain("account-ada");
      const found = findSecrets([{ where: "a window", text: told }], app.server.secrets);
      expect(found).toEqual(
        bridge === "loopkey" ? [] : [expect.stringMatching(/^a window: access.token \(plain\)$/)],
      );
    },
  );
});

describe("a page that overwrites members of its world", () => {
  it.each(["loopkey", "open"] as const)(
    "catches nothing of the preload's, and does where it shares that world: %s",
    async (bridge) => {
      const app = await startAttackedElectron(bridge);
      const page = await app.openWindow(`${OWN}/`, { isolated: bridge === "loopkey" });
      await page.evaluate(OVERWRITE);
      await page.evaluate(
        `take().then((port) => { port.onmessage = () => {}; globalThis.mine = port; return ask(port, { type: "subscribe" }); })`,
      );
      const others = await page.evaluate("[...caught].filter((port) => port !== mine).length");
      if (bridge === "loopkey") return expect(others).toBe(0);
      expect(others).toBeGreaterThan(0);
      const answer = await page.evaluate(`(() => {
      const others = [...caught].filter((port) => port !== mine);
      return Promise.race(others.map((port) => ask(port, { type: "call", id: 1, command: { name: "getAccessToken" } })));
    })()`);
      expect(app.server.secrets.map(({ value }) => value)).toContain((answer as { value: string }).value);
    },
  );

  it("has no bridge at all where an app turns the preload's own world off", async () => {
    const app = await startAttackedElectron("loopkey");
    const page = await app.openWindow(`${OWN}/`, { isolated: false });
    expect(await page.evaluate("getIn()")).toBe("no bridge");
  });
});

describe("a flood", () => {
  it("of 10,000 bad messages is cut off, and other windows do not notice", async () => {
    const app = await startAttackedElectron("loopkey");
    const page = await app.openWindow(`${OWN}/`);
    const last = await flood(page);
    expect(last).toMatchObject({ type: "closed", error: { code: "closed" } });
    expect(await getIn(await app.openWindow(`${OWN}/`))).toBe("in: authenticated");
    expect(await app.refusals()).toEqual([...Array.from({ length: 100 }, () => "malformed"), "cut_off"]);
  });

  it("of 10,000 is answered 10,000 times where nobody counts", async () => {
    const app = await startAttackedElectron("open");
    const page = await app.openWindow(`${OWN}/`);
    expect(await flood(page)).toMatchObject({ type: "answer", id: 10_000 });
  });

  it("of fetches and subscriptions is held to 64 and one", async () => {
    const app = await startAttackedElectron("loopkey");
    const page = await app.openWindow(`${OWN}/`);
    const request = {
      url: `${app.api.origin}/slow`,
      method: "GET",
      headers: [],
      redirect: "follow",
      hasBody: false,
    };
    const refused = await page.evaluate(`take().then(async (port) => {
      const answers = Array.from({ length: 70 }, () => {
        const { port1, port2 } = new MessageChannel();
        port.postMessage({ type: "fetch", request: ${JSON.stringify(request)} }, [port2]);
        return next(port1);
      });
      const refused = await Promise.all(answers.slice(64));
      await ask(port, { type: "subscribe" });
      port.postMessage({ type: "subscribe" });
      await ask(port, { type: "call", id: 1, command: { name: "userInfo" } });
      return refused.map(({ type, error }) => [type, error.code, error.detail].join(" "));
    })`);
    expect(refused).toEqual(Array.from({ length: 6 }, () => "failure temporarily_unavailable too_many"));
    app.api.answer();
    // Chromium has six connections to a server: the others follow.
    await expect.poll(() => app.api.requests.length, { timeout: 20_000 }).toBe(64);
    expect(await app.refusals()).toEqual(Array.from({ length: 7 }, () => "too_many"));
  });

  it("of 70 fetches all go out where nobody counts", async () => {
    const app = await startAttackedElectron("open");
    const page = await app.openWindow(`${OWN}/`);
    await page.evaluate(`take().then((port) => {
      for (let i = 0; i < 70; i++) port.postMessage({ type: "fetch", request: { url: ${JSON.stringify(`${app.api.origin}/slow`)} } });
    })`);
    app.api.answer();
    await expect.poll(() => app.api.requests.length, { timeout: 20_000 }).toBe(70);
  });
});

/** The last thing that comes back. */
function flood(page: Page): Promise<unknown> {
  return page.evaluate(`take().then((port) => new Promise((resolve) => {
    port.onmessage = ({ data }) => (data.type === "closed" || data.id === 10000) && resolve(data);
    for (let id = 1; id <= 10000; id++) port.postMessage({ type: "call", id, command: { name: "nothing" } });
  }))`);
}

/** Every port that anybody in this world calls something on, or hands to something, is caught. */
const OVERWRITE = `
globalThis.caught = new Set();
const look = (values) => values.forEach((value) => value instanceof MessagePort && caught.add(value));
const overwrite = (target, name) => {
  const before = target[name];
  target[name] = function (...args) {
    look([this, ...args, ...args.filter(Array.isArray).flat()]);
    return Reflect.apply(before, this, args);
  };
};
for (const name of ["postMessage", "start", "close"]) overwrite(MessagePort.prototype, name);
for (const name of ["addEventListener", "dispatchEvent"]) overwrite(EventTarget.prototype, name);
overwrite(window, "postMessage");
overwrite(Object, "freeze");
globalThis.MessageChannel = class extends MessageChannel {
  constructor() {
    super();
    look([this.port1, this.port2]);
  }
};
`;

/** In the main process of the app. */
declare const attacked: Attacked;
