// Nothing is sent on a path that may be dead, nor what could not be kept.
import { describe, expect, it } from "vitest";
import type { Fetch, PreparedSave } from "../../src/index.js";
import { createAuthClient } from "../../src/index.js";
import { createFakePorts } from "../../src/testing/index.js";
import { DUE } from "../support/refreshing.js";
import {
  codeOf,
  createTestStore,
  degradedOf,
  HOUR,
  inTime,
  isDegraded,
  MINUTE,
  quiet,
  reached,
  refreshes,
  SECOND,
  signedIn,
  until,
  type World,
} from "../support/world.js";

const WELL_KNOWN = "/.well-known/openid-configuration";
/** What was asked of the server, but for the keys of an ID token. */
const looks = ({ server }: World, from: number): string[] =>
  server.requests
    .slice(from)
    .filter(({ path }) => path !== "/jwks")
    .map(({ method, path }) => `${method} ${path}`);
const unreached = (): Promise<never> =>
  Promise.reject(
    new TypeError("fetch failed", {
      cause: Object.assign(new Error(), { code: "ENETUNREACH", syscall: "connect" }),
    }),
  );
const forced = ({ client }: World): Promise<string> => client.getAccessToken({ forceRefresh: true });

describe("a path in doubt, through a fetch that is not ours", () => {
  it.each<[string, (world: World) => Promise<void>]>([
    ["wake()", async ({ client }) => client.wake()],
    [
      "a timer that is late",
      async ({ clock }) => (clock.sleep(11 * SECOND), await clock.advance(30 * SECOND)),
    ],
  ])("after %s: one GET, then the refresh; and after its success no more", async (_, sign) => {
    const world = await signedIn();
    await sign(world);
    const from = world.server.requests.length;
    await forced(world);
    expect(looks(world, from)).toEqual([`GET ${WELL_KNOWN}`, "POST /token"]);
    await forced(world);
    expect(looks(world, from).filter((each) => each.startsWith("GET /.well"))).toHaveLength(1);
  });

  it.each<[string, (world: World) => Promise<unknown>]>([
    ["client.fetch", ({ client }) => client.fetch("https://api.example/notes")],
    ["userInfo()", ({ client }) => client.userInfo()],
  ])("a network error of %s is a sign too, of whichever origin", async (_, call) => {
    const world = await signedIn({}, { apiOrigins: ["https://api.example"] });
    world.server.intercept = ({ path }) => (/notes|userinfo/.test(path) ? unreached() : undefined);
    await expect(call(world)).rejects.toThrow();
    const from = world.server.requests.length;
    await forced(world);
    expect(looks(world, from)).toEqual([`GET ${WELL_KNOWN}`, "POST /token"]);
  });

  it("a request that the app gave up, and one that was answered with an error, are none", async () => {
    const world = await signedIn({}, { apiOrigins: ["https://api.example"] });
    const ending = new AbortController();
    let isAsked = false;
    world.server.intercept = ({ path }) => {
      if (path !== "/notes") return undefined;
      if (!isAsked) return new Response(null, { status: 502 });
      // While the request is on its way.
      ending.abort();
      return unreached();
    };
    expect((await world.client.fetch("https://api.example/notes")).status).toBe(502);
    isAsked = true;
    const { signal } = ending;
    await expect(world.client.fetch("https://api.example/notes", { signal })).rejects.toThrow();
    const from = world.server.requests.length;
    await forced(world);
    expect(looks(world, from)).toEqual(["POST /token"]);
  });

  it("without a sign there is no GET, and a timer that is a little late is none", async () => {
    const world = await signedIn();
    world.clock.sleep(9 * SECOND);
    await world.clock.advance(30 * SECOND);
    const from = world.server.requests.length;
    await forced(world);
    expect(looks(world, from)).toEqual(["POST /token"]);
  });

  it.each([404, 500, 302, 429])("status %i is an answer", async (status) => {
    const world = await signedIn();
    world.client.wake();
    const headers = status === 302 ? { location: "https://elsewhere.example/" } : {};
    world.server.intercept = ({ method }) =>
      method === "GET" ? new Response(null, { status, headers }) : undefined;
    expect(await forced(world)).toMatch(/^access-/);
    expect(world.server.elsewhere).toEqual([]);
  });

  it("asks the token endpoint where the metadata is of another origin", async () => {
    const world = await signedIn({
      serverOptions: { metadata: { token_endpoint: "https://other-host.example/token" } },
    });
    world.client.wake();
    const from = world.server.requests.length;
    await forced(world);
    expect(world.server.requests.slice(from).map(({ method, url }) => `${method} ${url.href}`)).toEqual([
      "GET https://other-host.example/token",
      "POST https://other-host.example/token",
    ]);
  });

  it("has three seconds; while the token has a minute to live nothing else is sent, however often it fails", async () => {
    const world = await signedIn();
    const old = await world.client.getAccessToken();
    await world.clock.advance(DUE - SECOND);
    world.server.intercept = ({ method }) => (method === "GET" ? new Promise<Response>(() => {}) : undefined);
    world.client.wake();
    await world.clock.advance(SECOND);
    await until(() => world.server.requests.at(-1)?.method === "GET");
    await world.clock.advance(3 * SECOND - 1);
    expect(isDegraded(world.client.getState())).toBe(false);
    expect(await world.client.getAccessToken()).toBe(old);
    await world.clock.advance(1);
    await reached(world.client, isDegraded);
    for (let turn = 0; turn < 30; turn++) await world.clock.advance(6 * SECOND);
    expect(degradedOf(world.client.getState())).toMatchObject({ detail: "timeout" });
    expect(refreshes(world)).toHaveLength(0);
    expect(await world.client.getAccessToken()).toBe(old);
    world.server.intercept = undefined;
    await inTime(world, forced(world));
    expect(refreshes(world)).toHaveLength(1);
  });

  it("with no token left the fourth try goes on without it: a server may answer no GET at all", async () => {
    const world = await signedIn();
    world.server.intercept = ({ method }) => (method === "GET" ? unreached() : undefined);
    const from = world.server.requests.length;
    world.clock.sleep(59 * MINUTE + 30 * SECOND);
    world.client.wake();
    await reached(world.client, isDegraded);
    for (let turn = 0; turn < 20 && refreshes(world).length === 0; turn++) {
      await world.clock.advance(SECOND);
      await quiet();
    }
    await reached(world.client, (state) => !isDegraded(state));
    expect(looks(world, from)).toEqual([...Array<string>(4).fill(`GET ${WELL_KNOWN}`), "POST /token"]);
  });
});

describe("a fetch that opens connections of its own", () => {
  async function owning(world: World, connect: () => Promise<void>) {
    const seen: string[] = [];
    const notes: (string | null)[] = [];
    const onOwnConnection: Fetch["onOwnConnection"] = async (url, { onConnected, ...init }) => {
      seen.push("opened");
      await connect();
      seen.push(`up, noted: ${notes.length}`);
      onConnected();
      seen.push(`sent, noted: ${notes.length}`);
      return world.server.fetch(url, init);
    };
    const ports = createFakePorts({ clock: world.clock, server: world.server, store: world.store });
    const client = createAuthClient(
      { issuer: world.server.issuer, clientId: "app", refreshOnStart: false },
      {
        ...ports,
        fetch: Object.assign((...call: Parameters<Fetch>) => world.server.fetch(...call), {
          onOwnConnection,
        }),
        withLock: (task) =>
          task({ isStillHeld: () => true, writeNote: (text) => void notes.push(text), readNote: () => null }),
      },
    );
    await client.ready();
    return { client, seen, notes };
  }

  it("sends when the connection is up and it is noted, and never asks the path", async () => {
    const world = await signedIn();
    const { client, seen } = await owning(world, async () => {});
    const from = world.server.requests.length;
    client.wake();
    await client.getAccessToken();
    expect(seen).toEqual(["opened", "up, noted: 0", "sent, noted: 1"]);
    expect(looks(world, from)).toEqual([`GET ${WELL_KNOWN}`, "POST /token"]);
    client.wake();
    await client.getAccessToken({ forceRefresh: true });
    expect(looks(world, from).slice(2)).toEqual(["POST /token"]);
    await client.close();
  });

  it("a connection that does not come up has sent nothing: not noted, not asked for at once", async () => {
    const world = await signedIn();
    const { client, notes } = await owning(world, () =>
      Promise.reject(Object.assign(new Error("reset"), { code: "ECONNRESET", unsent: true })),
    );
    expect(await codeOf(client.getAccessToken())).toBe("temporarily_unavailable");
    expect(notes.filter((text) => text !== null)).toEqual([]);
    expect(client.getState()).toMatchObject({ status: "authenticated", degraded: { detail: "ECONNRESET" } });
    await client.close();
  });
});

describe("a place for the next record", () => {
  function preparing(world: { fails?: Error }) {
    const calls: string[] = [];
    const store = createTestStore();
    const kept: PreparedSave = {
      save: async (record) => (calls.push("kept.save"), store.save(record)),
      discard: async () => void calls.push("discard"),
    };
    const prepare = async (bytes: number): Promise<PreparedSave> => {
      calls.push(`prepare ${bytes >= 16_384 && bytes >= 2 * Buffer.byteLength(store.record ?? "")}`);
      if (world.fails) throw world.fails;
      return kept;
    };
    return { calls, store: Object.assign(store, { prepare }) };
  }

  it("is kept before anything is sent, and the save goes through it", async () => {
    const { calls, store } = preparing({});
    const world = await signedIn({ store });
    world.server.intercept = ({ path }) => (path === "/token" ? (calls.push("sent"), undefined) : undefined);
    await forced(world);
    expect(calls).toEqual(["prepare true", "sent", "kept.save"]);
  });

  it("that is not to be had leaves the token unspent, and the old access token is given out", async () => {
    const full = Object.assign(new Error("The disk is full"), { code: "no_space", hint: "Make room." });
    const { store } = preparing({ fails: full });
    const world = await signedIn({ store });
    const old = await world.client.getAccessToken();
    await world.clock.advance(DUE);
    expect(degradedOf(await reached(world.client, isDegraded))).toMatchObject({
      code: "store_unavailable",
      detail: "no_space",
      hint: "Make room.",
    });
    expect(refreshes(world)).toHaveLength(0);
    expect(await world.client.getAccessToken()).toBe(old);
  });

  it("is given up with the lock when there is nothing to save", async () => {
    const { calls, store } = preparing({});
    const world = await signedIn({ store });
    world.server.intercept = ({ path }) =>
      path === "/token" ? new Response(null, { status: 503 }) : undefined;
    await codeOf(forced(world));
    await quiet();
    expect(calls).toEqual(["prepare true", "discard"]);
  });

  it("a rotated token that cannot be saved keeps close() for half a minute, and no longer", async () => {
    const world = await signedIn();
    world.store.faults.save = new Error("The disk is full");
    await codeOf(forced(world));
    const from = world.clock.now();
    await inTime(world, world.client.close());
    expect(world.clock.now() - from).toBeGreaterThan(25 * SECOND);
    expect(world.clock.now() - from).toBeLessThan(HOUR / 60);
  });
});
