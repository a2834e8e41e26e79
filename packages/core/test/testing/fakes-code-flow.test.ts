// The fake server as a judge of the code flow: what a well-behaved client never does is refused and noted.
import { describe, expect, it } from "vitest";
import {
  arrange,
  authorizationParameters,
  authorize,
  claimsOf,
  ISSUER,
  newCode,
  redeem,
  tokensOf,
  type Changes,
} from "../support/by-hand.js";

async function errorOf(response: Response): Promise<string> {
  expect(response.ok).toBe(false);
  return ((await response.json()) as { error: string }).error;
}

describe("a client that does it right", () => {
  it("gets tokens, and nothing is noted", async () => {
    const world = await arrange();
    const tokens = await tokensOf(await redeem(world));
    expect(tokens).toMatchObject({ token_type: "Bearer", scope: "openid offline_access" });
    const refreshed = await world.post("/token", {
      grant_type: "refresh_token",
      client_id: "app",
      refresh_token: tokens["refresh_token"],
    });
    expect(refreshed.status).toBe(200);
    expect(world.server.violations).toEqual([]);
    expect(world.server.elsewhere).toEqual([]);
    expect(world.server.authorizations).toHaveLength(1);
  });
});

describe("an authorization request is sent back with an error, and noted", () => {
  it.each<[string, Changes, string, RegExp]>([
    ["without a challenge", { code_challenge: undefined }, "invalid_request", /no S256/],
    ["with a plain challenge", { code_challenge_method: "plain" }, "invalid_request", /no S256/],
    ["without a state", { state: undefined }, "invalid_request", /state is missing/],
    ["with openid and without a nonce", { nonce: undefined }, "invalid_request", /nonce/],
    ["without a client", { client_id: undefined }, "invalid_request", /client_id is missing/],
    ["with another response type", { response_type: "token" }, "unsupported_response_type", /not code/],
    ["with a secret", { client_secret: "s" }, "invalid_request", /client_secret/],
    ["with the verifier", { code_verifier: "v" }, "invalid_request", /code_verifier/],
  ])("%s", async (_, changes, error, violation) => {
    const world = await arrange();
    const back = await authorize(world, changes);
    expect(back.searchParams.get("error")).toBe(error);
    expect(back.searchParams.has("code")).toBe(false);
    expect(world.server.violations).toEqual([expect.stringMatching(violation)]);
  });

  it.each(["state", "nonce", "code_challenge"])("with the %s of an earlier one", async (name) => {
    const world = await arrange();
    const [first, second] = [await authorizationParameters(), await authorizationParameters()];
    world.server.authorize(`${ISSUER}/authorize?${first.toString()}`);
    second.set(name, first.get(name)!);
    const back = new URL(world.server.authorize(`${ISSUER}/authorize?${second.toString()}`));
    expect(back.searchParams.get("error")).toBe("invalid_request");
    expect(world.server.violations).toEqual([expect.stringContaining(`the ${name} of an earlier`)]);
  });

  it("with a parameter twice, but for resource", async () => {
    const world = await arrange();
    const parameters = await authorizationParameters();
    parameters.append("resource", "https://a.example");
    parameters.append("resource", "https://b.example");
    world.server.authorize(`${ISSUER}/authorize?${parameters.toString()}`);
    expect(world.server.violations).toEqual([]);
    expect(world.server.authorizations[0]!.getAll("resource")).toHaveLength(2);
    parameters.append("scope", "openid");
    world.server.authorize(`${ISSUER}/authorize?${parameters.toString()}`);
    expect(world.server.violations).toEqual([expect.stringContaining("scope was sent twice")]);
  });
});

describe("a token request is refused, and noted", () => {
  it.each<[string, Changes, string, RegExp]>([
    ["with another verifier", { code_verifier: "other" }, "invalid_grant", /verifier does not match/],
    ["without a verifier", { code_verifier: undefined }, "invalid_grant", /verifier does not match/],
    ["with another redirect_uri", { redirect_uri: "http://127.0.0.1:1/x" }, "invalid_grant", /redirect_uri/],
    ["without a redirect_uri", { redirect_uri: undefined }, "invalid_grant", /redirect_uri/],
    ["with another client", { client_id: "other" }, "invalid_grant", /another client/],
    ["without a client", { client_id: undefined }, "invalid_client", /client_id is missing/],
    ["with a code nobody got", { code: "made-up" }, "invalid_grant", /never given out/],
    ["with another grant", { grant_type: "password" }, "unsupported_grant_type", /no such grant_type/],
    ["for a resource not asked for", { resource: "https://a.example" }, "invalid_target", /resource/],
  ])("%s", async (_, changes, error, violation) => {
    const world = await arrange();
    expect(await errorOf(await redeem(world, changes))).toBe(error);
    expect(world.server.violations).toEqual([expect.stringMatching(violation)]);
  });

  it.each<[string, Changes, Record<string, string>]>([
    ["a client secret", { client_secret: "s" }, {}],
    ["a client assertion", { client_assertion: "a.b.c" }, {}],
    ["client authentication in the header", {}, { authorization: "Basic YXBwOg==" }],
  ])("with %s", async (_, changes, headers) => {
    const world = await arrange();
    expect(await errorOf(await redeem(world, changes, headers))).toBe("invalid_client");
    expect(world.server.violations.length).toBeGreaterThan(0);
  });

  it("with a code that came before: what came of it is over", async () => {
    const world = await arrange();
    const code = await newCode(world);
    const tokens = await tokensOf(await redeem(world, { code }));
    expect(await errorOf(await redeem(world, { code }))).toBe("invalid_grant");
    expect(world.server.violations).toEqual([expect.stringContaining("second time")]);
    const refresh = { grant_type: "refresh_token", client_id: "app", refresh_token: tokens["refresh_token"] };
    expect(await errorOf(await world.post("/token", refresh))).toBe("invalid_grant");
  });

  it("with a spent refresh token: the grant is over", async () => {
    const world = await arrange();
    const tokens = await tokensOf(await redeem(world));
    const refresh = { grant_type: "refresh_token", client_id: "app", refresh_token: tokens["refresh_token"] };
    const next = await tokensOf(await world.post("/token", refresh));
    expect(await errorOf(await world.post("/token", refresh))).toBe("invalid_grant");
    expect(world.server.reuses).toBe(1);
    expect(world.server.violations).toEqual([expect.stringContaining("spent refresh token")]);
    const again = { ...refresh, refresh_token: next["refresh_token"] };
    expect(await errorOf(await world.post("/token", again))).toBe("invalid_grant");
  });
});

describe("what must not be on the wire is noted", () => {
  it("a token in a query string", async () => {
    const world = await arrange();
    const tokens = await tokensOf(await redeem(world));
    await world.server.fetch(`${ISSUER}/api?access_token=${tokens["access_token"]}`);
    expect(world.server.violations).toEqual([expect.stringContaining("query string")]);
  });

  it("http to another machine, while loopback may", async () => {
    const world = await arrange();
    await world.server.fetch("http://127.0.0.1:1234/");
    expect(world.server.violations).toEqual([]);
    await world.server.fetch("http://id.example/token", { method: "POST" });
    expect(world.server.violations).toEqual([expect.stringContaining("in the clear")]);
    expect(world.server.elsewhere.map(({ url }) => url.origin)).toEqual([
      "http://127.0.0.1:1234",
      "http://id.example",
    ]);
  });

  it("what a redirect leads to, for a client that follows it, without the authorization", async () => {
    const world = await arrange();
    const location = "https://elsewhere.example/token";
    for (const [status, method] of [
      [302, "GET"],
      [307, "POST"],
    ] as const) {
      world.server.intercept = ({ path, url }) =>
        path === "/token" && url.origin === ISSUER
          ? new Response(null, { status, headers: { location } })
          : undefined;
      const manual = await world.server.fetch(`${ISSUER}/token`, { method: "POST", redirect: "manual" });
      expect(manual.status).toBe(status);
      const headers = { authorization: "Bearer t" };
      const body = new URLSearchParams({ code: "c" });
      const followed = await world.server.fetch(`${ISSUER}/token`, { method: "POST", body, headers });
      expect(followed.status).toBe(200);
      expect(world.server.elsewhere.at(-1)).toMatchObject({ method, path: "/token", authorization: null });
      expect(world.server.elsewhere.at(-1)!.body.has("code")).toBe(method === "POST");
    }
    expect(world.server.elsewhere).toHaveLength(2);
  });
});

describe("the person's session at the server", () => {
  const authTime = async (world: Awaited<ReturnType<typeof arrange>>, changes: Changes) => {
    const code = await newCode(world, changes);
    const { id_token } = await tokensOf(await redeem(world, { code }));
    const { auth_time, acr } = claimsOf(id_token!);
    return { auth_time, acr };
  };

  it("is used again until max_age, acr_values or prompt ask for more", async () => {
    const world = await arrange();
    const { clock } = world;
    const start = Math.floor(clock.now() / 1000);
    expect(await authTime(world, {})).toEqual({});
    await clock.advance(100_000);
    expect(await authTime(world, { max_age: "100" })).toEqual({ auth_time: start });
    expect(await authTime(world, { max_age: "99" })).toEqual({ auth_time: start + 100 });
    await clock.advance(100_000);
    expect(await authTime(world, { max_age: "500", prompt: "login" })).toEqual({ auth_time: start + 200 });
    await clock.advance(100_000);
    const strong = { auth_time: start + 300, acr: "urn:strong" };
    expect(await authTime(world, { max_age: "500", acr_values: "urn:strong urn:weak" })).toEqual(strong);
  });

  it("is what prompt=none needs", async () => {
    const world = await arrange();
    expect((await authorize(world, { prompt: "none" })).searchParams.get("error")).toBe("login_required");
    await authorize(world);
    expect((await authorize(world, { prompt: "none" })).searchParams.has("code")).toBe(true);
    world.server.endSession(`${ISSUER}/logout?post_logout_redirect_uri=http://127.0.0.1/`);
    expect((await authorize(world, { prompt: "none" })).searchParams.get("error")).toBe("login_required");
  });

  it("is what the server says it is, where a test says so", async () => {
    const world = await arrange();
    Object.assign(world.server, { signedInAt: 7_000, acr: "urn:other" });
    expect(await authTime(world, { max_age: "1", acr_values: "urn:strong" })).toEqual({
      auth_time: 7,
      acr: "urn:other",
    });
  });
});

describe("the strict API (RFC 9470)", () => {
  it("takes a token of a strong and recent sign-in only", async () => {
    const world = await arrange();
    const ask = async (changes: Changes): Promise<Response> => {
      const tokens = await tokensOf(await redeem(world, { code: await newCode(world, changes) }));
      const authorization = `Bearer ${tokens["access_token"]}`;
      return world.server.fetch(`${ISSUER}/api/strict`, { headers: { authorization } });
    };
    const refused = await ask({});
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toBe(
      'Bearer error="insufficient_user_authentication", acr_values="urn:strong", max_age="300"',
    );
    expect((await ask({ acr_values: "urn:strong" })).status).toBe(200);
    await world.clock.advance(301_000);
    expect((await ask({ acr_values: "urn:strong" })).status).toBe(401);
    expect((await ask({ acr_values: "urn:strong", max_age: "300" })).status).toBe(200);
    expect(world.server.violations).toEqual([]);
  });
});

describe("metadata", () => {
  it("of a server with RFC 8414 alone is there and nowhere else", async () => {
    const { server } = await arrange({ discovery: "oauth", metadata: { revocation_endpoint: undefined } });
    const found = await server.fetch(`${ISSUER}/.well-known/oauth-authorization-server`);
    expect(await found.json()).not.toHaveProperty("revocation_endpoint");
    expect((await server.fetch(`${ISSUER}/.well-known/openid-configuration`)).status).toBe(404);
  });

  it("names what is offered, and only that answers", async () => {
    const { server, post } = await arrange();
    for (const path of ["/par", "/device", "/register"]) expect((await post(path, {})).status).toBe(404);
    const document = await (await server.fetch(`${ISSUER}/.well-known/openid-configuration`)).json();
    for (const name of ["pushed_authorization_request_endpoint", "device_authorization_endpoint"])
      expect(document).not.toHaveProperty(name);
  });

  it("may name an endpoint on another host: that is the server too", async () => {
    const metadata = { token_endpoint: "https://tokens.example/token" };
    const { server } = await arrange({ metadata });
    const answer = await server.fetch("https://tokens.example/token", { method: "POST" });
    expect(answer.status).toBe(401);
    expect(server.elsewhere).toEqual([]);
  });
});
