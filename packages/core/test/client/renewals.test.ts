// A 401 of an API: when a token is renewed for it, and when not.
import { describe, expect, it } from "vitest";
import { API } from "../support/refreshing.js";
import {
  codeOf,
  HOUR,
  MINUTE,
  refreshes,
  signedIn,
  type World,
  type WorldOptions,
} from "../support/world.js";

const OTHER = "https://id.example/api/strict";

/** The API refuses every token but those it is told to take. */
async function refusing(challenge?: string, options: WorldOptions = {}) {
  const world = await signedIn(options, { dpop: options.serverOptions?.offers?.includes("dpop") ?? false });
  const taken = new Set<string>();
  const calls: string[] = [];
  world.server.intercept = ({ path, authorization }) => {
    if (!/^\/(api|userinfo)/.test(path)) return undefined;
    const token = authorization?.split(" ")[1] ?? "";
    calls.push(token);
    if (path === "/api/strict" || taken.has(token)) return Response.json({ sub: "ada" });
    return new Response(null, {
      status: 401,
      headers: challenge === undefined ? {} : { "www-authenticate": challenge },
    });
  };
  return { ...world, taken, calls };
}

const statusOf = async ({ client }: Pick<World, "client">, url = API): Promise<number> =>
  (await client.fetch(url)).status;

/** Quotes within quotes. */
const UNREADABLE = 'Bearer error="invalid_token", error_description="The "x" is bad"';

describe("a 401 leads to one renewed token and one more try", () => {
  it.each<[string, string | undefined]>([
    ["without a challenge", undefined],
    ["with an empty challenge", ""],
    ["with a challenge that gives no reason", "Bearer"],
    ["with a realm only", 'Bearer realm="api"'],
    ["with invalid_token", 'Bearer error="invalid_token"'],
    ["with a reason of its own", 'Bearer error="token_expired"'],
    ["with a challenge that cannot be read", "Bearer error=the token is old"],
    ["with another scheme beside", 'Basic realm="x", Bearer realm="api"'],
    ["with another scheme behind", 'Bearer realm="api", Basic realm="x"'],
    ["with bound tokens beside", 'DPoP algs="ES256", error="invalid_token", Bearer error="invalid_token"'],
    ["in lower case", "bearer"],
    ["in upper case", 'BEARER ERROR="invalid_token"'],
    ["behind another one, neither of which can be read", `Negotiate, ${UNREADABLE}`],
    ["with a reason that is not quoted", "Bearer error=invalid_token"],
    ["with a description alone", 'Bearer error_description="The access token has expired"'],
    ["with where to sign in", 'Bearer authorization_uri="https://login.example/common/oauth2/authorize"'],
    ["with spaces before and behind", "  Bearer  "],
    ["with a comma behind the scheme", 'Bearer, error="invalid_token"'],
    ["without a scheme", 'error="invalid_token"'],
  ])("%s", async (_, challenge) => {
    const world = await refusing(challenge);
    expect(await statusOf(world)).toBe(401);
    expect(refreshes(world)).toHaveLength(1);
    expect(new Set(world.calls).size).toBe(2);
    expect(await codeOf(world.client.userInfo())).toBe("sign_in_required");
    expect(refreshes(world), "the origin has refused the renewed one").toHaveLength(1);
  });

  it.each<[string, string]>([
    ["of another scheme", "Negotiate"],
    ["of another scheme with a realm", 'Basic realm="api"'],
    ["of another scheme that cannot be read", 'OAuth "Platform" "invalid_token" "It is old"'],
    ["of two other schemes", 'Negotiate, Basic realm="api"'],
    ["of bound tokens", 'DPoP error="invalid_token"'],
    ["of another scheme that cannot be read, with its name in a realm", 'Basic realm="a, bearer "b" c"'],
    [
      "of two schemes that cannot be read, which is about the scope",
      `Basic, ${UNREADABLE} error="insufficient_scope"`,
    ],
    ["of a scheme that only begins like it", 'BearerX error="invalid_token"'],
    ["of a word for it that is another scheme", 'Token realm="api"'],
    ["of a signature", 'Signature realm="api", headers="date"'],
    ["insufficient_user_authentication among others", 'Basic, Bearer error="insufficient_scope"'],
    ["insufficient_scope", 'Bearer error="insufficient_scope", scope="more"'],
    ["invalid_request", 'Bearer error="invalid_request"'],
  ])("not for a challenge %s", async (_, challenge) => {
    const world = await refusing(challenge);
    expect(await statusOf(world)).toBe(401);
    expect(world.calls).toHaveLength(1);
    await world.client.userInfo().catch(() => {});
    expect(refreshes(world)).toHaveLength(0);
  });

  it("in userInfo too: the second answer counts", async () => {
    const world = await signedIn();
    let asked = 0;
    world.server.intercept = ({ path }) =>
      path === "/userinfo" && ++asked === 1 ? new Response(null, { status: 401 }) : undefined;
    expect(await world.client.userInfo()).toMatchObject({ sub: "ada" });
    expect(refreshes(world)).toHaveLength(1);
  });

  it("with bound tokens too", async () => {
    const world = await refusing(undefined, { serverOptions: { offers: ["dpop"] } });
    expect(await statusOf(world)).toBe(401);
    expect(refreshes(world)).toHaveLength(1);
  });

  it("the answer stands where there is nothing to renew", async () => {
    const world = await signedIn({}, { scope: "openid" });
    world.server.intercept = ({ path }) =>
      path === "/api" ? new Response("why", { status: 401 }) : undefined;
    const answer = await world.client.fetch(API);
    expect([answer.status, await answer.text()]).toEqual([401, "why"]);
  });

  it("a 403 is no 401", async () => {
    const world = await signedIn();
    world.server.intercept = ({ path }) =>
      path === "/api" ? new Response(null, { status: 403 }) : undefined;
    expect(await statusOf(world)).toBe(403);
    expect(refreshes(world)).toHaveLength(0);
  });
});

describe("an API that refuses the renewed token too", () => {
  it("1,000 calls at once and 1,000 after each other make two token requests at most", async () => {
    const world = await refusing();
    await Promise.all(Array.from({ length: 1_000 }, () => statusOf(world)));
    expect(refreshes(world).length).toBeLessThanOrEqual(2);
    const so = refreshes(world).length;
    // oxlint-disable-next-line no-await-in-loop
    for (let call = 0; call < 1_000; call++) expect(await statusOf(world)).toBe(401);
    expect(refreshes(world)).toHaveLength(so);
  }, 60_000);

  it("has one renewed for it after 5 minutes, then 10, 20, 40, and each hour", async () => {
    const world = await refusing();
    await statusOf(world);
    let renewed = 1;
    for (const minutes of [5, 10, 20, 40, 60, 60]) {
      // What falls due by itself is no answer to a 401.
      const before = minutes * MINUTE - 1;
      /* oxlint-disable no-await-in-loop */
      await world.clock.advance(before);
      renewed = refreshes(world).length;
      await statusOf(world);
      expect(refreshes(world), `just before ${minutes} minutes`).toHaveLength(renewed);
      await world.clock.advance(1);
      await statusOf(world);
      /* oxlint-enable no-await-in-loop */
      expect(refreshes(world), `after ${minutes} minutes`).toHaveLength(renewed + 1);
    }
  });

  it("has one renewed again once it has accepted one", async () => {
    const world = await refusing();
    await statusOf(world);
    const current = await world.client.getAccessToken();
    world.taken.add(current);
    expect(await statusOf(world)).toBe(200);
    world.taken.clear();
    await statusOf(world);
    expect(refreshes(world)).toHaveLength(2);
  });

  it("on one path alone makes no storm either: what other paths accept ends the first pause only", async () => {
    const world = await refusing();
    for (let round = 0; round < 50; round++) {
      /* oxlint-disable no-await-in-loop */
      expect(await statusOf(world)).toBe(401);
      expect(await statusOf(world, OTHER)).toBe(200);
      /* oxlint-enable no-await-in-loop */
    }
    expect(refreshes(world).length).toBeLessThanOrEqual(2);
  });

  it("keeps nobody else from theirs", async () => {
    const world = await refusing();
    await statusOf(world);
    expect(await world.client.getAccessToken({ forceRefresh: true })).toMatch(/^access-/);
    await world.clock.advance(HOUR);
    expect(await world.client.getAccessToken()).toMatch(/^access-/);
  });
});
