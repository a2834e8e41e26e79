// Who is heard: the runtime's own way is left only while nobody has put anything in it.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { systemFetch } from "../../src/fetch/port.js";
import { isRuntimesOwn } from "../../src/fetch/inside/runtime.js";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

const DISPATCHERS = ["undici.globalDispatcher.1", "undici.globalDispatcher.2"];

async function startServer() {
  const server = createServer((_, response) => void response.end("answer")).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Node's own, as its first fetch has made it. */
async function nodesAgent(): Promise<object> {
  await fetch(await startServer());
  return (globalThis as Record<symbol, unknown>)[Symbol.for(DISPATCHERS[0]!)] as object;
}

function waysOfOurOwn() {
  const { bare, onOwnConnection } = systemFetch;
  return { bare: bare !== undefined, onOwnConnection: onOwnConnection !== undefined };
}

describe("a way around the runtime's fetch, and a connection of its own,", () => {
  test("are to be had, also after the runtime's fetch has made its own agent", async () => {
    expect(waysOfOurOwn()).toEqual({ bare: true, onOwnConnection: true });
    await systemFetch(await startServer());
    expect(waysOfOurOwn()).toEqual({ bare: true, onOwnConnection: true });
  });

  test("are not, as soon as somebody replaces fetch, and are again when they take it back", () => {
    for (const replacement of [() => {}, new Proxy(fetch, {}), fetch.bind(null), undefined]) {
      vi.stubGlobal("fetch", replacement);
      expect(waysOfOurOwn()).toEqual({ bare: false, onOwnConnection: false });
      vi.unstubAllGlobals();
      expect(waysOfOurOwn()).toEqual({ bare: true, onOwnConnection: true });
    }
  });

  test.each(DISPATCHERS)("are not, while somebody's dispatcher is set at %s", async (key) => {
    const agent = await nodesAgent();
    const Agent = agent.constructor as new (options?: object) => object;
    const others = {
      "an agent with an option": new Agent({ connect: { timeout: 1 } }),
      "an agent with one of undici's own options": new Agent({ connections: 1 }),
      "an agent with a factory": new Agent({ factory: () => agent }),
      "an agent that composes": new Proxy(agent, {}),
      "an agent whose dispatch was replaced": Object.assign(new Agent(), { dispatch: () => true }),
      "one that inherits": new (class Agent2 extends Agent {})(),
      "one that inherits, of the same name": new {
        Agent: class Agent extends (agent.constructor as typeof Object) {},
      }.Agent(),
      "one of another make": { dispatch: () => true },
    };
    const runtime = (dispatcher: unknown) => ({ fetch, [Symbol.for(key)]: dispatcher });
    for (const [name, other] of Object.entries(others))
      expect(isRuntimesOwn(runtime(other)), name).toBe(false);
    expect(isRuntimesOwn(runtime(agent))).toBe(true);
    expect(isRuntimesOwn({ fetch })).toBe(true);
  });

  test("are not, while proxies are taken from the environment", () => {
    vi.stubEnv("NODE_USE_ENV_PROXY", "1");
    expect(waysOfOurOwn()).toEqual({ bare: false, onOwnConnection: false });
    vi.unstubAllEnvs();
    vi.stubEnv("NODE_OPTIONS", "--use-env-proxy");
    expect(waysOfOurOwn()).toEqual({ bare: false, onOwnConnection: false });
  });
});

test("a plain request goes to whatever fetch is there at the call", async () => {
  const seen: unknown[] = [];
  vi.stubGlobal("fetch", async (...call: unknown[]) => void seen.push(call));
  await systemFetch("https://id.example/", { method: "POST" });
  expect(seen).toEqual([["https://id.example/", { method: "POST" }]]);
});
