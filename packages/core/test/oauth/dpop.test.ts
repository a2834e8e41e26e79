// Tokens bound to a key (RFC 9449): a key for each session, proofs wherever a token goes, and never a bearer token instead.
import { describe, expect, it } from "vitest";
import type { AuthConfig } from "../../src/index.js";
import {
  arrange,
  codeOf,
  errorOf,
  HOUR,
  MINUTE,
  pass,
  restarted,
  signedIn,
  type World,
} from "../support/world.js";

const serverOptions = { offers: ["dpop"] } as const;
const bound = (config: Partial<AuthConfig> = {}) => signedIn({ serverOptions }, { dpop: true, ...config });
interface StoredKey {
  readonly kty: string;
  readonly d: string;
}
const keyOf = ({ store }: World): StoredKey => (JSON.parse(store.record!) as { dpopKey: StoredKey }).dpopKey;
const api = ({ server }: World): string => `${server.issuer}/api`;

describe("a session that is bound to a key", () => {
  it("shows its proof at the exchange, at the API, at userinfo and at a refresh", async () => {
    const world = await bound();
    const { client, server } = world;
    expect((await client.fetch(api(world))).status).toBe(200);
    expect(await client.userInfo()).toMatchObject({ sub: "ada" });
    await pass(world, HOUR);
    expect((await client.fetch(api(world))).status).toBe(200);
    const withTokens = server.requests.filter(({ path }) => ["/token", "/api", "/userinfo"].includes(path));
    expect(withTokens.length).toBeGreaterThanOrEqual(5);
    for (const { headers } of withTokens) expect(headers.get("dpop")).toMatch(/^ey.+\..+\..+$/);
    for (const { authorization } of withTokens) expect(authorization ?? "DPoP").toMatch(/^DPoP\b/);
    expect(server.violations).toEqual([]);
  });

  it("names the key in the authorization request, so that the code is of no use without it (RFC 9449 10)", async () => {
    const { ports } = await bound();
    expect(new URL(ports.opened[0]!).searchParams.get("dpop_jkt")).toMatch(/^[\w-]{43}$/);
  });

  it("has a key of its own, whose private part is in the store and in nothing that is sent or shown", async () => {
    const first = await bound();
    const second = await bound();
    expect(keyOf(first).d).toMatch(/^[\w-]{43}$/);
    expect(keyOf(first).d).not.toBe(keyOf(second).d);
    const seen = first.server.requests.map(({ text, url, headers }) => [text, url, [...headers]]);
    const told = JSON.stringify([seen, first.states, first.notices, first.ports.opened]);
    // The public part is in every proof: what is looked at is what was sent.
    expect(first.server.requests.some(({ headers }) => headers.get("dpop")?.includes(".") ?? false)).toBe(
      true,
    );
    expect(told).not.toContain(keyOf(first).d);
  });

  it("keeps its key over a restart and a refresh, and takes a new one when the person signs in again", async () => {
    const before = await bound();
    const key = keyOf(before);
    const after = await restarted(before, { dpop: true });
    expect((await after.client.fetch(api(after))).status).toBe(200);
    expect(keyOf(after)).toEqual(key);
    await after.client.signIn();
    expect(keyOf(after).d).not.toBe(key.d);
    expect(after.server.violations).toEqual([]);
  });

  it("stays bound when the app's configuration does not ask for it any more", async () => {
    const before = await bound();
    const after = await restarted(before, { dpop: false });
    expect((await after.client.fetch(api(after))).status).toBe(200);
    expect(await errorOf(after.client.getAccessToken())).toMatchObject({
      code: "invalid_config",
      detail: "dpop",
    });
  });
});

describe("nonces", () => {
  it("that the server asks for are given at once, at the exchange, at a refresh and at the API", async () => {
    const world = await arrange({ serverOptions }, { dpop: true });
    world.server.demandsNonce = ["token", "api"];
    await world.client.signIn();
    expect((await world.client.fetch(api(world))).status).toBe(200);
    expect(await world.client.userInfo()).toMatchObject({ sub: "ada" });
    world.server.rotateNonce();
    expect((await world.client.fetch(api(world), { method: "POST", body: "a note" })).status).toBe(200);
    world.server.rotateNonce();
    await pass(world, HOUR);
    expect((await world.client.fetch(api(world))).status).toBe(200);
    expect(world.server.violations).toEqual([]);
    expect(world.server.reuses).toBe(0);
  });

  it("that never satisfy the server are not asked for without end", async () => {
    const world = await arrange({ serverOptions }, { dpop: true });
    const answer = (): Response =>
      Response.json(
        { error: "use_dpop_nonce" },
        { status: 400, headers: { "dpop-nonce": crypto.randomUUID() } },
      );
    world.server.intercept = ({ path }) => (path === "/token" ? answer() : undefined);
    expect(await errorOf(world.client.signIn())).toMatchObject({
      code: "authorization_failed",
      oauthError: "use_dpop_nonce",
    });
    expect(world.server.requests.filter(({ path }) => path === "/token")).toHaveLength(2);
  });

  it("a body that is a stream is sent once, and the answer is the app's", async () => {
    const world = await bound();
    world.server.demandsNonce = ["api"];
    const body = new Blob(["a note"]).stream();
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    expect((await world.client.fetch(api(world), init)).status).toBe(401);
    expect(world.server.requests.filter(({ path }) => path === "/api")).toHaveLength(1);
  });
});

describe("redirects of an API", () => {
  const redirectTo = (location: string, status = 302): Response =>
    new Response(null, { status, headers: { location } });

  it("within its origin are followed, with a proof for each address", async () => {
    const world = await bound();
    world.server.intercept = ({ path }) => (path === "/old" ? redirectTo("/api", 307) : undefined);
    const response = await world.client.fetch(`${world.server.issuer}/old`, {
      method: "POST",
      body: "a note",
    });
    expect(response.status).toBe(200);
    const asked = world.server.requests.filter(({ path }) => ["/old", "/api"].includes(path));
    expect(asked.map(({ method, text }) => [method, text])).toEqual([
      ["POST", "a note"],
      ["POST", "a note"],
    ]);
    expect(new Set(asked.map(({ headers }) => headers.get("dpop"))).size).toBe(2);
    expect(world.server.violations).toEqual([]);
  });

  it("to another origin are followed without token and proof", async () => {
    const world = await bound({ apiOrigins: ["https://other.example"] });
    world.server.intercept = ({ path }) =>
      path === "/old" ? redirectTo("https://other.example/new") : undefined;
    const headers = { accept: "text/plain", cookie: "a=b", "proxy-authorization": "Basic x" };
    const response = await world.client.fetch(`${world.server.issuer}/old`, {
      method: "POST",
      body: "x",
      headers,
    });
    expect(response.status).toBe(200);
    const [seen] = world.server.elsewhere;
    expect([seen!.method, seen!.text, seen!.headers.get("accept")]).toEqual(["GET", "", "text/plain"]);
    for (const name of ["authorization", "dpop", "cookie", "proxy-authorization"])
      expect(seen!.headers.get(name), name).toBe(null);
  });

  it("that never end, lead nowhere or were not wanted are refused", async () => {
    const world = await bound();
    const old = `${world.server.issuer}/old`;
    world.server.intercept = ({ path }) => (path === "/old" ? redirectTo("/old") : undefined);
    await expect(world.client.fetch(old)).rejects.toThrow("too many redirects");
    expect(world.server.requests.filter(({ path }) => path === "/old")).toHaveLength(21);
    await expect(world.client.fetch(old, { redirect: "error" })).rejects.toThrow(TypeError);
    expect((await world.client.fetch(new Request(old, { redirect: "manual" }))).status).toBe(302);
    world.server.intercept = ({ path }) => (path === "/old" ? redirectTo("file:///etc/passwd") : undefined);
    await expect(world.client.fetch(old)).rejects.toThrow("not an address");
  });
});

describe("never a bearer token instead", () => {
  it("a server without DPoP is refused before a browser opens", async () => {
    const { client, ports } = await arrange({}, { dpop: true });
    expect(await errorOf(client.signIn())).toMatchObject({
      code: "unsupported_by_server",
      detail: "dpop_signing_alg_values_supported",
    });
    expect(ports.opened).toEqual([]);
  });

  it.each(["Bearer", undefined])(
    "token_type %s is refused where a bound token was asked for",
    async (token_type) => {
      const world = await arrange({ serverOptions }, { dpop: true });
      world.server.intercept = ({ path }) =>
        path === "/token" ? Response.json({ access_token: "a", token_type, refresh_token: "r" }) : undefined;
      expect(await errorOf(world.client.signIn({ scope: "offline_access" }))).toMatchObject({
        code: "invalid_response",
      });
      expect(world.store.record).toBe(null);
    },
  );

  it("a refresh that answers with a bearer token is refused; the session stays bound", async () => {
    const world = await bound();
    world.server.intercept = ({ path }) =>
      path === "/token" ? Response.json({ access_token: "a", token_type: "Bearer" }) : undefined;
    await pass(world, HOUR);
    expect(await codeOf(world.client.fetch(api(world)))).toBe("temporarily_unavailable");
    world.server.intercept = undefined;
    await pass(world, 10 * MINUTE);
    expect((await world.client.fetch(api(world))).status).toBe(200);
    expect(world.server.violations).toEqual([]);
  });

  it("the token is not handed out by itself, and the error says what to call", async () => {
    const { client } = await bound();
    expect(await errorOf(client.getAccessToken())).toMatchObject({
      code: "invalid_config",
      detail: "dpop",
      hint: expect.stringContaining("client.fetch"),
    });
  });

  it("a stored session of bearer tokens is none for an app that wants them bound, and is left alone", async () => {
    const before = await signedIn({ serverOptions });
    const { record } = before.store;
    const after = await restarted(before, { dpop: true });
    expect((await after.client.ready()).status).toBe("idle");
    expect(after.store.record).toBe(record);
    await after.client.signIn();
    expect(keyOf(after).kty).toBe("EC");
  });

  it("a record whose key is damaged is set aside", async () => {
    const before = await bound();
    const record = JSON.parse(before.store.record!) as { dpopKey: { d?: unknown } };
    await before.store.save(JSON.stringify({ ...record, dpopKey: { ...record.dpopKey, d: 7 } }));
    const after = await restarted(before, { dpop: true });
    expect(await after.client.ready()).toMatchObject({
      status: "idle",
      reason: { code: "record_corrupt", detail: "dpopKey" },
    });
  });
});
