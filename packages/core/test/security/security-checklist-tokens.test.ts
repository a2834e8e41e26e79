// The security checklist (docs/security.md), tokens: what they are bound to, what they are for, and how they end.
import { describe, expect, it } from "vitest";
import { createFakeLock, FAULT_NAMES, FAULTS } from "../../src/testing/index.js";
import { alterRefresh } from "../support/refreshing.js";
import {
  arrange,
  codeOf,
  errorOf,
  HOUR,
  MINUTE,
  pass,
  quiet,
  reached,
  refreshes,
  SECOND,
  signedIn,
  type World,
} from "../support/world.js";

const bound = () => signedIn({ serverOptions: { offers: ["dpop"] } }, { dpop: true });
const api = ({ server }: Pick<World, "server">): string => `${server.issuer}/api`;
const refreshNow = ({ client }: World): Promise<string> => client.getAccessToken({ forceRefresh: true });

/** Who was signed in is signed in, with what was stored. */
function expectKept({ client, store }: World, record: string | null): void {
  expect(client.getState()).toMatchObject({ status: "authenticated", session: { subject: "ada" } });
  expect(store.record).toBe(record);
}

describe("RFC 9700 2.2.1, RFC 9449: DPoP where asked for; nonce retry", () => {
  it("proofs on token and API calls, each judged by the server", async () => {
    const world = await bound();
    await world.client.fetch(api(world));
    await world.client.userInfo();
    await pass(world, HOUR);
    await world.client.fetch(api(world));
    const calls = world.server.requests.filter(({ path }) => ["/token", "/api", "/userinfo"].includes(path));
    expect(calls.map(({ path }) => path)).toEqual(["/token", "/api", "/userinfo", "/token", "/api"]);
    const proofs = calls.map(({ headers }) => headers.get("dpop"));
    expect(new Set(proofs).size).toBe(5);
    expect(world.server.violations).toEqual([]);
  });

  it("a nonce that is asked for is given, with one request more", async () => {
    const world = await arrange({ serverOptions: { offers: ["dpop"] } }, { dpop: true });
    world.server.demandsNonce = ["token", "api"];
    await world.client.signIn();
    world.server.rotateNonce();
    expect((await world.client.fetch(api(world))).status).toBe(200);
    const paths = world.server.requests.map(({ path }) => path).filter((path) => /token|api/.test(path));
    expect(paths).toEqual(["/token", "/token", "/api", "/api"]);
    expect(world.server.violations).toEqual([]);
  });

  it.each([
    ["Bearer", true],
    ["DPoP", false],
  ])("token_type must match: %s where dpop is %s is refused", async (token_type, dpop) => {
    const world = await arrange({ serverOptions: { offers: ["dpop"] } }, { dpop, scope: "api" });
    world.server.intercept = ({ path }) =>
      path === "/token" ? Response.json({ access_token: "planted", token_type }) : undefined;
    expect(await errorOf(world.client.signIn())).toMatchObject({
      code: "invalid_response",
      detail: "token_type",
    });
    expect(world.store.record).toBeNull();
  });
});

describe("RFC 9700 4.14, 6749 6: a rotated refresh token replaces the old", () => {
  const sent = (world: Pick<World, "server">) =>
    refreshes(world).map(({ body }) => body.get("refresh_token"));
  const stored = ({ store }: World) =>
    (JSON.parse(store.record!) as { readonly refreshToken: string }).refreshToken;

  it("each is sent once, and only the newest is kept", async () => {
    const world = await signedIn();
    const kept: string[] = [];
    for (let refresh = 0; refresh < 5; refresh++) {
      kept.push(stored(world));
      // oxlint-disable-next-line no-await-in-loop
      await refreshNow(world);
    }
    expect(sent(world)).toEqual(kept);
    expect(new Set([...kept, stored(world)]).size).toBe(6);
    for (const spent of kept) expect(world.store.record).not.toContain(spent);
    expect(world.server.reuses).toBe(0);
  });

  it("reuse-detecting server, eight processes: no reuse event", async () => {
    const lock = createFakeLock();
    const first = await signedIn({ lock });
    const { clock, server, store } = first;
    const others = await Promise.all(
      Array.from({ length: 7 }, () => arrange({ lock, clock, server, store }, { refreshOnStart: false })),
    );
    const worlds = [first, ...others];
    for (let round = 0; round < 5; round++)
      // oxlint-disable-next-line no-await-in-loop
      await Promise.all(worlds.map(refreshNow));
    expect(sent(first)).toHaveLength(40);
    expect(new Set(sent(first)).size).toBe(40);
    expect(server.reuses).toBe(0);
    for (const { client } of worlds) expect(client.getState().status).toBe("authenticated");
  });

  it("none in the answer: the old one is kept", async () => {
    const world = await signedIn();
    const before = stored(world);
    alterRefresh(world, (answer) => delete answer["refresh_token"]);
    await refreshNow(world);
    expect(stored(world)).toBe(before);
  });
});

describe("RFC 9700 4.9: token only to the resource it is for", () => {
  it.each([
    "https://other.example/api",
    "https://id.example:8443/api",
    "http://id.example/api",
    "https://id.example.evil.example/api",
    "https://id.example@evil.example/api",
    "/api",
  ])("origin allow-list: nothing is sent to %s", async (url) => {
    const { client, server } = await signedIn({}, { apiOrigins: ["https://api.example"] });
    const before = server.requests.length;
    expect(await codeOf(client.fetch(url))).toBe("origin_not_allowed");
    expect(server.requests).toHaveLength(before);
  });

  it.each([false, true])("header dropped on a cross-origin redirect (dpop: %s)", async (dpop) => {
    const world = await signedIn({ serverOptions: { offers: ["dpop"] } }, { dpop });
    const { client, server } = world;
    server.intercept = ({ url }) =>
      url.href === api(world)
        ? new Response(null, { status: 307, headers: { location: "https://elsewhere.example/api" } })
        : undefined;
    await client.fetch(api(world), { method: "POST", body: "note" });
    const [first, second] = server.requests.slice(-2);
    expect(first!.authorization).toMatch(dpop ? /^DPoP access-/ : /^Bearer access-/);
    expect(second!.url.href).toBe("https://elsewhere.example/api");
    expect(second).toMatchObject({ text: "note", authorization: null });
    expect(second!.headers.get("dpop")).toBeNull();
  });
});

describe("RFC 8628 3.4, 3.5: interval, slow_down adds 5 s, stop at expiry", () => {
  it("virtual clock: polls at 5, 15 and 30 s, then every 15 s, last just before the code expires, and never after", async () => {
    const serverOptions = { offers: ["device"], deviceCodeSeconds: 100 } as const;
    const { client, clock, server } = await arrange({ serverOptions }, { flow: "device" });
    server.slowDowns = 2;
    const end = codeOf(client.signIn());
    await reached(client, (state) => "device" in state);
    const begunAt = clock.now();
    const polledAt: number[] = [];
    server.intercept = ({ path }) => {
      if (path === "/token") polledAt.push((clock.now() - begunAt) / SECOND);
      return undefined;
    };
    for (let second = 0; second < 130; second++) {
      // oxlint-disable-next-line no-await-in-loop
      await clock.advance(SECOND);
      // oxlint-disable-next-line no-await-in-loop
      await quiet();
    }
    expect(polledAt).toEqual([5, 15, 30, 45, 60, 75, 98]);
    expect(await end).toBe("timed_out");
    expect(server.violations).toEqual([]);
  });
});

describe("RFC 7009 2: revocation", () => {
  it("200 also for unknown tokens: a grant that is over already is revoked", async () => {
    const { client, server } = await signedIn();
    server.endSessions();
    expect(await client.signOut()).toEqual({ local: "done", revocation: "done", endSession: "done" });
  });

  const faults = FAULT_NAMES.filter((name) => {
    const { area, ends, within, effects } = FAULTS[name];
    const isAtOnce = within === "at once" && effects.every(({ at }) => at === "revocation");
    return area === "revocation" && ends === "failed" && isAtOnce;
  });

  it("there are failures of many kinds", () => {
    expect(faults.length).toBeGreaterThan(10);
  });

  it.each(faults)("failures reported, sign-out goes on: %s", async (fault) => {
    const world = await signedIn();
    world.server.fault = fault;
    expect(await world.client.signOut({ browser: false })).toMatchObject({
      local: "done",
      revocation: "failed",
    });
    expect(world.server.faultsApplied).toContain(fault);
    expect(world.store.record).toBeNull();
    expect(world.client.getState()).toMatchObject({ status: "logged-out" });
  });
});

describe("RFC 9470: 401 insufficient_user_authentication: step-up, acr and auth_time checked", () => {
  async function weaklySignedIn(): Promise<World & { readonly strict: string }> {
    const world = await arrange();
    world.server.acr = "urn:weak";
    await world.client.signIn();
    world.server.acr = undefined;
    return { ...world, strict: `${world.server.issuer}/api/strict` };
  }

  it("a server that asks is answered by a sign-in that is strong and recent enough", async () => {
    const { client, server, strict } = await weaklySignedIn();
    const error = await errorOf(client.fetch(strict));
    expect(error).toMatchObject({
      code: "step_up_required",
      stepUp: { acrValues: ["urn:strong"], maxAge: 300 },
    });
    await client.signIn(error.stepUp);
    expect((await client.fetch(strict)).status).toBe(200);
    expect(server.violations).toEqual([]);
  });

  it.each<[string, (world: World) => void]>([
    ["acr", ({ server }) => void (server.acr = "urn:weak")],
    ["auth_time", ({ server, clock }) => void (server.signedInAt = clock.now() - 6 * MINUTE)],
  ])("one whose %s is not is refused, and the session from before stays", async (claim, change) => {
    const world = await weaklySignedIn();
    const { record } = world.store;
    change(world);
    const error = await errorOf(world.client.signIn({ acrValues: ["urn:strong"], maxAge: 300 }));
    expect(error).toMatchObject({ code: "id_token_invalid", detail: claim });
    expectKept(world, record);
  });
});
