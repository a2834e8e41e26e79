// What one process leaves for the next about the server: one request where there were three, and nothing that decides where a
// refresh token goes but what the session's record vouches for.
import { describe, expect, it } from "vitest";
import type { AuthConfig } from "../../src/index.js";
import {
  createFakeServer,
  createFakeServerCache,
  type FakeServerCache,
  type SeenRequest,
} from "../../src/testing/index.js";
import { createSigner } from "../../src/testing/jwt.js";
import {
  arrange,
  DAY,
  degradedOf,
  HOUR,
  inTime,
  MINUTE,
  restarted,
  signedIn,
  type World,
} from "../support/world.js";

const METADATA = "/.well-known/openid-configuration";
const ATTACKER = "https://attacker.example";
const CONFIG: Partial<AuthConfig> = { refreshOnStart: false };

interface CachedWorld extends World {
  readonly cache: FakeServerCache;
}

async function signedInWithCache(
  serverOptions: Parameters<typeof signedIn>[0] = {},
  config: Partial<AuthConfig> = {},
): Promise<CachedWorld> {
  const cache = createFakeServerCache();
  const world = await signedIn({ ...serverOptions, serverCache: cache }, { ...CONFIG, ...config });
  return { ...world, cache };
}

/** Another process, which asks for a token once; the paths it asked for. */
async function coldToken(world: CachedWorld, config: Partial<AuthConfig> = {}) {
  const next = await restarted(world, { ...CONFIG, ...config }, { serverCache: world.cache });
  const before = world.server.requests.length;
  const token = await next.client.getAccessToken({ forceRefresh: true });
  const asked = world.server.requests.slice(before).map(({ path }) => path);
  return { ...next, cache: world.cache, token, asked };
}

/** What is kept, changed by somebody who can write the file. */
function tamper({ cache }: CachedWorld, change: (kept: Kept) => void): void {
  const kept = JSON.parse(cache.text!) as Kept;
  change(kept);
  cache.text = JSON.stringify(kept);
}

interface Kept {
  from: string;
  fetchedAt: number;
  readonly server: Record<string, unknown>;
  keys: { readonly jwks: { keys: unknown[] }; until: number };
}

interface StoredEndpoints {
  endpoints?: { token: string; hash?: string };
}

function recordOf({ store }: World): StoredEndpoints {
  return JSON.parse(store.record!) as StoredEndpoints;
}

describe("a process that finds what the one before has kept", () => {
  it("mints a token with one request", async () => {
    const { asked } = await coldToken(await signedInWithCache());
    expect(asked).toEqual(["/token"]);
  });

  it("writes nothing that is there already", async () => {
    const world = await signedInWithCache();
    const written: string[] = [];
    const watched = { read: world.cache.read, write: async (text: string) => void written.push(text) };
    const next = await restarted(world, CONFIG, { serverCache: watched });
    await next.client.getAccessToken();
    await next.client.getAccessToken({ forceRefresh: true });
    expect(written).toEqual([]);
  });

  it("checks the ID token's signature all the same", async () => {
    const world = await signedInWithCache();
    const { server } = world;
    // Signed by the server, of somebody else's.
    server.idTokenClaims = { sub: "eve" };
    const next = await restarted(world, CONFIG, { serverCache: world.cache });
    await expect(next.client.getAccessToken()).rejects.toMatchObject({ name: "AuthError" });
    expect(degradedOf(next.client.getState())).toMatchObject({ code: "id_token_invalid", detail: "sub" });
  });

  it("asks for the keys once more when their time is over, and keeps the new ones", async () => {
    const world = await signedInWithCache();
    await world.clock.advance(HOUR + MINUTE);
    const next = await coldToken(world);
    expect(next.asked).toEqual(["/token", "/jwks"]);
    expect((await coldToken(next)).asked).toEqual(["/token"]);
  });

  it("keeps no keys of a server that wants to be asked each time", async () => {
    const world = await signedInWithCache();
    const { server } = world;
    const keys = (JSON.parse(world.cache.text!) as Kept).keys.jwks;
    server.intercept = (request) => {
      if (request.path !== "/jwks") return undefined;
      return Response.json(keys, { headers: { "cache-control": "no-cache, max-age=3600" } });
    };
    await world.clock.advance(HOUR);
    const next = await coldToken(world);
    expect(JSON.parse(world.cache.text!)).not.toHaveProperty("keys");
    expect((await coldToken(next)).asked).toEqual(["/token", "/jwks"]);
  });

  it("keeps keys for a day at the most, whatever the server says", async () => {
    const world = await signedInWithCache();
    const { jwks } = (JSON.parse(world.cache.text!) as Kept).keys;
    world.server.intercept = ({ path }) =>
      path === "/jwks"
        ? Response.json(jwks, { headers: { "cache-control": "max-age=99999999" } })
        : undefined;
    await world.clock.advance(HOUR);
    const next = await coldToken(world);
    const kept = JSON.parse(world.cache.text!) as Kept;
    expect(kept.keys.until - world.clock.now()).toBeLessThanOrEqual(DAY);
    await next.client.close();
  });

  it("asks for the metadata once more when they are a day old", async () => {
    const world = await signedInWithCache();
    await world.clock.advance(DAY - MINUTE);
    const next = await coldToken(world);
    expect(next.asked).not.toContain(METADATA);
    await world.clock.advance(MINUTE);
    expect((await coldToken(next)).asked).toContain(METADATA);
  });

  it("shows who is signed in with one request more", async () => {
    const world = await signedInWithCache();
    const next = await restarted(world, CONFIG, { serverCache: world.cache });
    const before = world.server.requests.length;
    expect(await next.client.userInfo()).toMatchObject({ sub: "ada" });
    expect(world.server.requests.slice(before).map(({ path }) => path)).toEqual(["/token", "/userinfo"]);
  });

  it("fetches everything anew for a sign-in", async () => {
    const world = await signedInWithCache();
    const next = await restarted(world, CONFIG, { serverCache: world.cache });
    await next.client.getAccessToken();
    const before = world.server.requests.length;
    await next.client.signIn();
    const asked = world.server.requests.slice(before).map(({ path }) => path);
    expect(asked).toContain(METADATA);
    expect(asked).toContain("/jwks");
  });

  it("fetches the metadata anew for a revocation, which sends the refresh token too", async () => {
    const world = await signedInWithCache();
    const next = await restarted(world, CONFIG, { serverCache: world.cache });
    await next.client.getAccessToken();
    const before = world.server.requests.length;
    await next.client.signOut({ browser: false });
    const asked = world.server.requests.slice(before).map(({ path }) => path);
    expect(asked).toEqual([METADATA, "/revoke"]);
  });
});

describe("a text that the record does not vouch for is ignored", () => {
  const changes: Readonly<Record<string, (world: CachedWorld) => void>> = {
    "one that names another token endpoint": (world) =>
      tamper(world, ({ server }) => (server["token_endpoint"] = `${ATTACKER}/token`)),
    "one that names other keys' address": (world) =>
      tamper(world, ({ server }) => (server["jwks_uri"] = `${ATTACKER}/jwks`)),
    "one with another key": (world) =>
      tamper(world, ({ keys }) => (keys.jwks.keys = [{ kty: "EC", crv: "P-256", x: "AA", y: "AA" }])),
    "one whose time was moved on": (world) => tamper(world, (kept) => (kept.fetchedAt += 1)),
    "one whose keys live longer": (world) => tamper(world, ({ keys }) => (keys.until += DAY)),
    "one that is cut off": ({ cache }) => void (cache.text = cache.text!.slice(0, -20)),
    "one that is empty": ({ cache }) => void (cache.text = ""),
    "one that is no JSON": ({ cache }) => void (cache.text = "<html>"),
    "none at all": ({ cache }) => void (cache.text = null),
  };
  it.each(Object.entries(changes))("%s", async (_, change) => {
    const world = await signedInWithCache();
    change(world);
    await world.clock.advance(MINUTE);
    const next = await coldToken(world);
    expect(next.asked).toEqual([METADATA, "/token", "/jwks"]);
    expect(world.server.elsewhere).toEqual([]);
    // And what was found in its place is kept.
    expect((await coldToken(next)).asked).toEqual(["/token"]);
  });

  it("one that an earlier process had kept for the same session", async () => {
    const world = await signedInWithCache();
    const old = world.cache.text;
    await world.clock.advance(DAY);
    const next = await coldToken(world);
    world.cache.text = old;
    expect((await coldToken(next)).asked).toEqual([METADATA, "/token", "/jwks"]);
  });

  it("one of another issuer, though it were vouched for", async () => {
    const world = await signedInWithCache();
    const other = await createFakeServer({ clock: world.clock, issuer: "https://other.example" });
    const otherWorld = await arrange({ server: other, clock: world.clock, serverCache: world.cache });
    await otherWorld.client.signIn();
    const { endpoints } = recordOf(otherWorld);
    await world.store.save(JSON.stringify({ ...recordOf(world), endpoints }));
    const next = await coldToken(world);
    expect(next.asked).toEqual([METADATA, "/token", "/jwks"]);
    expect(other.requests.filter(({ body }) => body.get("grant_type") === "refresh_token")).toEqual([]);
  });

  it("one that names another issuer from the right address, though it were vouched for", async () => {
    const world = await signedInWithCache();
    tamper(world, ({ server }) => (server["issuer"] = ATTACKER));
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(world.cache.text!));
    const hash = Buffer.from(digest).toString("base64url");
    const { endpoints } = recordOf(world);
    await world.store.save(JSON.stringify({ ...recordOf(world), endpoints: { ...endpoints, hash } }));
    expect((await coldToken(world)).asked).toEqual([METADATA, "/token", "/jwks"]);
  });

  it("one whose token endpoint is not the record's", async () => {
    const world = await signedInWithCache();
    const { endpoints } = recordOf(world);
    await world.store.save(
      JSON.stringify({ ...recordOf(world), endpoints: { ...endpoints, token: "https://id.example/old" } }),
    );
    expect((await coldToken(world)).asked).toEqual([METADATA, "/token", "/jwks"]);
  });

  it("one that is from the future", async () => {
    const world = await signedInWithCache();
    world.clock.set(world.clock.now() - 2 * MINUTE);
    expect((await coldToken(world)).asked).toContain(METADATA);
  });

  it("one of another document of the same issuer", async () => {
    const world = await signedInWithCache();
    const elsewhere = await restarted(world, CONFIG, { serverCache: world.cache });
    await elsewhere.client.close();
    const next = await coldToken(world, { metadataUrl: `${world.server.issuer}${METADATA}?of=another` });
    expect(next.asked).toContain(METADATA);
  });
});

describe("a record without a word of the server", () => {
  it("is read, and the next one has it", async () => {
    const world = await signedInWithCache();
    const { endpoints: _, ...older } = recordOf(world);
    await world.store.save(JSON.stringify(older));
    const next = await coldToken(world);
    expect(next.asked).toEqual([METADATA, "/token", "/jwks"]);
    expect((await coldToken(next)).asked).toEqual(["/token"]);
  });

  it("names the endpoint where there is no cache, too", async () => {
    const world = await signedIn();
    expect(recordOf(world).endpoints).toEqual({ token: "https://id.example/token" });
  });
});

describe("what another version has written of the endpoint", () => {
  it("is kept by a refresh, and goes with the endpoint", async () => {
    const world = await signedInWithCache();
    const write = async (change: (endpoints: object) => object): Promise<void> => {
      const record = JSON.parse(world.store.record!) as { readonly endpoints: object };
      await world.store.save(JSON.stringify({ ...record, endpoints: change(record.endpoints) }));
    };
    await write((endpoints) => ({ ...endpoints, later: { deep: [1] } }));
    const { hash } = recordOf(world).endpoints!;
    const next = await coldToken(world);
    expect(recordOf(next).endpoints).toEqual({
      token: `${world.server.issuer}/token`,
      hash,
      later: { deep: [1] },
    });
    await write((endpoints) => ({ ...endpoints, token: `${world.server.issuer}/elsewhere` }));
    expect(recordOf(await coldToken(next)).endpoints).toEqual({
      token: `${world.server.issuer}/token`,
      hash: expect.any(String),
    });
  });
});

describe("a server that has changed since", () => {
  it.each(["another name", "the same name"])("signs with a key of %s: the keys are fetched", async (name) => {
    const world = await signedInWithCache();
    const { server } = world;
    const { kid } = (JSON.parse(world.cache.text!) as Kept).keys.jwks.keys[0] as { kid: string };
    const signer = await createSigner();
    const header = name === "the same name" ? { kid } : {};
    alterAnswer(world, "/token", async (own) => {
      const claims = JSON.parse(atob(String(own["id_token"]).split(".")[1]!.replaceAll("-", "+"))) as object;
      return { ...own, id_token: await signer.sign({ ...claims }, header) };
    });
    const { intercept } = server;
    server.intercept = (request) =>
      request.path === "/jwks"
        ? Response.json({ keys: [{ ...signer.publicJwk, ...header }] })
        : intercept!(request);
    expect((await coldToken(world)).asked).toEqual(["/token", "/token", "/jwks"]);
  });

  it("has its keys at another address: it is found, and no refresh token is sent again", async () => {
    const world = await signedInBefore({ jwks_uri: "https://id.example/old-jwks" }, "/old-jwks", "/jwks");
    await world.clock.advance(HOUR + MINUTE);
    world.server.intercept = ({ path }) =>
      path === "/old-jwks" ? new Response(null, { status: 404 }) : undefined;
    expect((await coldToken(world)).asked).toEqual(["/token", "/old-jwks", METADATA, "/jwks"]);
  });

  const gone: Readonly<Record<string, () => Response>> = {
    "404": () => new Response("not here", { status: 404 }),
    "405": () => new Response(null, { status: 405 }),
    "410": () => new Response("gone", { status: 410 }),
    "a web page": () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    "a refused connection": () => {
      const refused = { code: "ECONNREFUSED", syscall: "connect" };
      throw new TypeError("fetch failed", { cause: Object.assign(new Error("refused"), refused) });
    },
  };

  it.each(Object.entries(gone))("has moved, and %s is left: the new place is asked", async (_, answer) => {
    const world = await signedInBefore(
      { token_endpoint: "https://id.example/old-token" },
      "/old-token",
      "/token",
    );
    world.server.intercept = ({ path }) => (path === "/old-token" ? answer() : undefined);
    const next = await coldToken(world);
    expect(next.asked).toEqual(["/old-token", METADATA, "/token", "/jwks"]);
    expect(recordOf(next).endpoints?.token).toBe("https://id.example/token");
    expect(next.server.reuses).toBe(0);
  });

  it.each(Object.entries(gone))(
    "has not moved, and answers with %s: nothing is sent again",
    async (_, answer) => {
      const world = await signedInWithCache();
      const { server } = world;
      server.intercept = ({ path }) => (path === "/token" ? answer() : undefined);
      const next = await restarted(world, CONFIG, { serverCache: world.cache });
      const before = server.requests.length;
      const call = inTime(next, next.client.getAccessToken());
      await expect(call).rejects.toMatchObject({ name: "AuthError" });
      const asked = server.requests.slice(before).map(({ path }) => path);
      expect(asked.slice(0, 2)).toEqual(["/token", METADATA]);
      expect(asked.filter((path) => path === METADATA)).toHaveLength(1);
      expect(next.client.getState().status).toBe("authenticated");
    },
  );

  it("names a userinfo endpoint now: it is found", async () => {
    const world = await signedInWithCache({ serverOptions: { metadata: { userinfo_endpoint: undefined } } });
    const { server } = world;
    const { server: metadata } = JSON.parse(world.cache.text!) as Kept;
    const now = { ...metadata, userinfo_endpoint: `${server.issuer}/userinfo` };
    server.intercept = ({ path }) => (path === METADATA ? Response.json(now) : undefined);
    const next = await restarted(world, CONFIG, { serverCache: world.cache });
    expect(await next.client.userInfo()).toMatchObject({ sub: "ada" });
  });

  it("has its userinfo endpoint elsewhere: it is found", async () => {
    const world = await signedInBefore(
      { userinfo_endpoint: "https://id.example/old-userinfo" },
      "/old-userinfo",
      "/userinfo",
    );
    world.server.intercept = ({ path }) =>
      path === "/old-userinfo" ? new Response(null, { status: 404 }) : undefined;
    const next = await restarted(world, CONFIG, { serverCache: world.cache });
    expect(await next.client.userInfo()).toMatchObject({ sub: "ada" });
  });
});

describe("a cache that fails", () => {
  it("costs the requests that it would have saved, and nothing else", async () => {
    const failing = {
      read: () => Promise.reject(new Error("broken")),
      write: () => Promise.reject(new Error("full")),
    };
    const world = await signedIn({ serverCache: failing }, CONFIG);
    const next = await restarted(world, CONFIG, { serverCache: failing });
    expect(await next.client.getAccessToken()).not.toBe("");
    expect(next.notices).toEqual([]);
  });

  it("is waited for two seconds, and then the server is asked", async () => {
    const world = await signedInWithCache();
    const stuck = { read: () => new Promise<never>(() => {}), write: async () => {} };
    const next = await restarted(world, CONFIG, { serverCache: stuck });
    expect(await inTime(next, next.client.getAccessToken())).not.toBe("");
  });
});

/** Signed in while the server had something at another path, where it is not any more. */
async function signedInBefore(
  metadata: Readonly<Record<string, unknown>>,
  old: string,
  now: string,
): Promise<CachedWorld> {
  const cache = createFakeServerCache();
  const world = { ...(await arrange({ serverCache: cache }, CONFIG)), cache };
  const { server } = world;
  server.intercept = async ({ path, method, text, headers }) => {
    if (path === METADATA) {
      server.intercept = forward;
      const right = (await (await server.fetch(`${server.issuer}${METADATA}`)).json()) as object;
      return Response.json({ ...right, ...metadata });
    }
    return forward({ path, method, text, headers });
  };
  function forward({
    path,
    method,
    text,
    headers,
  }: Pick<SeenRequest, "path" | "method" | "text" | "headers">) {
    if (path !== old) return undefined as never;
    return server.fetch(`${server.issuer}${now}`, {
      method,
      headers,
      ...(method === "POST" && { body: text }),
    });
  }
  await world.client.signIn();
  return world;
}

/** The server's own answer, changed on its way. */
function alterAnswer(
  { server }: World,
  at: string,
  change: (own: Record<string, unknown>) => Promise<object>,
): void {
  let isOurs = false;
  server.intercept = async ({ path, body }) => {
    if (path !== at || isOurs) return undefined as never;
    isOurs = true;
    const response = await server.fetch(`${server.issuer}${at}`, { method: "POST", body });
    isOurs = false;
    return Response.json(await change((await response.json()) as Record<string, unknown>));
  };
}
