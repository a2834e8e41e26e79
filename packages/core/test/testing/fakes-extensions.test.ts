// The fake server as a judge of PAR (RFC 9126), DPoP (RFC 9449), device code (RFC 8628) and registration (RFC 7591).
import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/testing/jwt.js";
import {
  arrange,
  authorizationParameters,
  createProver,
  ISSUER,
  newCode,
  redeem,
  tokensOf,
  verifier,
  type Changes,
  type World,
} from "../support/by-hand.js";

const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

async function errorOf(response: Response): Promise<string> {
  expect(response.ok).toBe(false);
  return ((await response.json()) as { error: string }).error;
}

describe("pushed authorization requests", () => {
  const push = async (world: World, changes: Changes = {}) =>
    world.post("/par", Object.fromEntries(await authorizationParameters(changes)));
  const browse = (world: World, uri: string, more = "") =>
    world.server.authorize(`${ISSUER}/authorize?client_id=app&request_uri=${encodeURIComponent(uri)}${more}`);

  it("are named by a request_uri that works once, for a minute", async () => {
    const world = await arrange({ offers: ["par"] });
    const answer = await push(world);
    expect(answer.status).toBe(201);
    const { request_uri, expires_in } = (await answer.json()) as { request_uri: string; expires_in: number };
    expect(expires_in).toBe(60);
    const back = new URL(browse(world, request_uri));
    const code = back.searchParams.get("code")!;
    expect((await redeem(world, { code, code_verifier: verifier() })).status).toBe(200);
    expect(world.server.violations).toEqual([]);
    expect(() => browse(world, request_uri)).toThrow("unknown, or was used before");
    const late = (await (await push(world)).json()) as { request_uri: string };
    await world.clock.advance(60_000);
    expect(() => browse(world, late.request_uri)).toThrow("expired");
    expect(world.server.violations).toHaveLength(2);
  });

  it("leave nothing else for the URL", async () => {
    const world = await arrange({ offers: ["par"] });
    const { request_uri } = (await (await push(world)).json()) as { request_uri: string };
    browse(world, request_uri, "&scope=openid");
    expect(world.server.violations).toEqual([expect.stringContaining("scope beside the request_uri")]);
  });

  it("where they are required, a request that was not pushed is refused", async () => {
    const world = await arrange({
      offers: ["par"],
      metadata: { require_pushed_authorization_requests: true },
    });
    const query = await authorizationParameters();
    const back = new URL(world.server.authorize(`${ISSUER}/authorize?${query.toString()}`));
    expect(back.searchParams.get("error")).toBe("invalid_request");
    expect(world.server.violations).toEqual([expect.stringContaining("not pushed")]);
  });

  it("are refused with a request_uri, without a client, with client authentication", async () => {
    const world = await arrange({ offers: ["par"] });
    expect(await errorOf(await push(world, { request_uri: "urn:x" }))).toBe("invalid_request");
    expect(await errorOf(await push(world, { client_id: undefined }))).toBe("invalid_client");
    expect(await errorOf(await push(world, { client_secret: "s" }))).toBe("invalid_client");
  });
});

describe("DPoP", () => {
  const TOKEN = `${ISSUER}/token`;
  const API = `${ISSUER}/api`;

  async function begin() {
    const world = await arrange({ offers: ["dpop"] });
    const prover = await createProver(() => world.clock.now());
    const redeemBound = async (change: Parameters<typeof prover.prove>[2] = {}) =>
      redeem(world, {}, { dpop: await prover.prove("POST", TOKEN, change) });
    const ask = async (token: string, scheme = "DPoP", claims: object = {}) => {
      const proof = await prover.prove("GET", API, { claims: { ath: await sha256(token), ...claims } });
      return world.server.fetch(API, { headers: { authorization: `${scheme} ${token}`, dpop: proof } });
    };
    return { world, prover, redeemBound, ask };
  }

  it("binds the tokens to the key, and they are good with its proofs only", async () => {
    const { world, redeemBound, ask, prover } = await begin();
    const tokens = await tokensOf(await redeemBound());
    expect(tokens["token_type"]).toBe("DPoP");
    expect((await ask(tokens["access_token"]!)).status).toBe(200);
    const refresh = { grant_type: "refresh_token", client_id: "app", refresh_token: tokens["refresh_token"] };
    const dpop = await prover.prove("POST", TOKEN);
    expect((await world.post("/token", refresh, { dpop })).status).toBe(200);
    expect(world.server.violations).toEqual([]);

    expect((await ask(tokens["access_token"]!, "Bearer")).status).toBe(401);
    expect(world.server.violations).toEqual([expect.stringContaining("bound token as Bearer")]);
  });

  it("does not give a refresh token to another key, nor without a proof", async () => {
    for (const proves of [true, false]) {
      const { world, redeemBound } = await begin();
      const { refresh_token } = await tokensOf(await redeemBound());
      const other = await createProver(() => world.clock.now());
      const headers = proves ? { dpop: await other.prove("POST", TOKEN) } : {};
      const refresh = { grant_type: "refresh_token", client_id: "app", refresh_token };
      expect(await errorOf(await world.post("/token", refresh, headers as never))).toBe("invalid_grant");
      expect(world.server.violations).toEqual([expect.stringContaining("without the proof of its key")]);
    }
  });

  it.each<[string, object, RegExp]>([
    ["another typ", { header: { typ: "JWT" } }, /typ/],
    ["alg none", { header: { alg: "none" } }, /alg none/],
    ["no key", { header: { jwk: undefined } }, /no jwk/],
    ["the private key in it", { header: { jwk: { kty: "EC", d: "x" } } }, /private/],
    ["a signature of something else", { breaks: true }, /signature/],
    ["another method", { claims: { htm: "GET" } }, /htm/],
    ["another URL", { claims: { htu: `${ISSUER}/other` } }, /htu/],
    ["a URL with its query", { claims: { htu: `${ISSUER}/token?a=b` } }, /htu/],
    ["an old time", { claims: { iat: 1 } }, /iat/],
    ["no time", { claims: { iat: undefined } }, /iat/],
    ["no jti", { claims: { jti: undefined } }, /no jti/],
  ])("a proof with %s is refused, and noted", async (_, change, violation) => {
    const { world, redeemBound } = await begin();
    expect(await errorOf(await redeemBound(change))).toBe("invalid_dpop_proof");
    expect(world.server.violations).toEqual([expect.stringMatching(violation)]);
  });

  it("a proof that comes again is refused, and one for another token", async () => {
    const { world, redeemBound, ask } = await begin();
    const change = { claims: { jti: "same" } };
    const tokens = await tokensOf(await redeemBound(change));
    expect(await errorOf(await redeemBound(change))).toBe("invalid_dpop_proof");
    const answer = await ask(tokens["access_token"]!, "DPoP", { ath: "other" });
    expect(answer.headers.get("www-authenticate")).toBe('DPoP error="invalid_dpop_proof"');
    expect(world.server.violations).toEqual([
      expect.stringContaining("jti came before"),
      expect.stringContaining("ath"),
    ]);
  });

  it("asks for its nonce where a test says so, and takes the newest only", async () => {
    const { world, redeemBound, ask } = await begin();
    world.server.demandsNonce = ["token"];
    const refused = await redeemBound();
    const nonce = refused.headers.get("dpop-nonce");
    expect(await errorOf(refused)).toBe("use_dpop_nonce");
    const granted = await redeemBound({ claims: { nonce } });
    expect(granted.headers.get("dpop-nonce")).toBe(nonce);
    const { access_token } = await tokensOf(granted);
    expect((await ask(access_token!)).status).toBe(200);

    world.server.demandsNonce = ["api"];
    const challenged = await ask(access_token!);
    expect(challenged.headers.get("www-authenticate")).toBe('DPoP error="use_dpop_nonce"');
    expect((await ask(access_token!, "DPoP", { nonce })).status).toBe(200);
    world.server.rotateNonce();
    expect((await ask(access_token!, "DPoP", { nonce })).status).toBe(401);
    expect(world.server.violations).toEqual([]);
  });

  it("is not known to a server that does not offer it: the token is a bearer's", async () => {
    const world = await arrange();
    const prover = await createProver(() => world.clock.now());
    const answer = await redeem(world, {}, { dpop: await prover.prove("POST", TOKEN) });
    expect((await tokensOf(answer))["token_type"]).toBe("Bearer");
  });

  it("binds the code too, where the authorization request names the key", async () => {
    const { world } = await begin();
    const code = await newCode(world, { dpop_jkt: "another" });
    expect(await errorOf(await redeem(world, { code }))).toBe("invalid_grant");
    expect(world.server.violations).toEqual([expect.stringContaining("bound to another key")]);
  });
});

describe("device code", () => {
  async function begin(options: Parameters<typeof arrange>[0] = {}) {
    const world = await arrange({ offers: ["device"], ...options });
    const answer = await world.post("/device", { client_id: "app", scope: "openid offline_access" });
    const given = (await answer.json()) as Record<string, string>;
    const grant = { grant_type: DEVICE_GRANT, client_id: "app", device_code: given["device_code"] };
    const poll = () => world.post("/token", grant);
    const wait = (seconds: number) => world.clock.advance(seconds * 1000);
    return { world, given, poll, wait };
  }

  it("waits for the person, then gives tokens once", async () => {
    const { world, given, poll, wait } = await begin();
    expect(given).toMatchObject({
      user_code: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
      verification_uri: `${ISSUER}/activate`,
      expires_in: 600,
      interval: 5,
    });
    expect(await errorOf(await poll())).toBe("authorization_pending");
    world.server.approveDevice(given["user_code"]!);
    await wait(5);
    const tokens = await tokensOf(await poll());
    expect(tokens).toHaveProperty("refresh_token");
    expect(world.server.violations).toEqual([]);
    await wait(5);
    expect(await errorOf(await poll())).toBe("invalid_grant");
    expect(world.server.violations).toHaveLength(1);
  });

  it("answers a poll that comes too early with slow_down, asks for five seconds more, and notes it", async () => {
    const { world, poll, wait } = await begin();
    await poll();
    await wait(4.9);
    expect(await errorOf(await poll())).toBe("slow_down");
    expect(world.server.violations).toEqual([expect.stringContaining("4900 ms after the last, 5000")]);
    await wait(10);
    expect(await errorOf(await poll())).toBe("authorization_pending");
    expect(world.server.violations).toHaveLength(1);
  });

  it("holds to the longer interval after a slow_down of its own", async () => {
    const { world, poll, wait } = await begin();
    world.server.slowDowns = 1;
    expect(await errorOf(await poll())).toBe("slow_down");
    await wait(5);
    expect(await errorOf(await poll())).toBe("slow_down");
    expect(world.server.violations).toEqual([expect.stringContaining("5000 ms after the last, 10000")]);
  });

  it.each([
    ["a person who denies", "deny", 5, "access_denied"],
    ["nobody at all", undefined, 600, "expired_token"],
  ] as const)("ends with %s, and a poll after that is noted", async (_, decision, seconds, error) => {
    const { world, given, poll, wait } = await begin();
    if (decision) world.server.approveDevice(given["user_code"]!, decision);
    await wait(seconds);
    expect(await errorOf(await poll())).toBe(error);
    expect(world.server.violations).toEqual([]);
    await wait(5);
    expect(await errorOf(await poll())).toBe("invalid_grant");
    expect(world.server.violations).toEqual([expect.stringContaining(`goes on after ${error}`)]);
  });

  it("without an interval means five seconds", async () => {
    const { world, given, poll, wait } = await begin({ deviceIntervalSeconds: undefined });
    expect(given).not.toHaveProperty("interval");
    await poll();
    await wait(4);
    expect(await errorOf(await poll())).toBe("slow_down");
    expect(world.server.violations).toHaveLength(1);
  });

  it("knows no user code that it did not give out", async () => {
    const { world } = await begin();
    expect(() => world.server.approveDevice("AAAA-AAAA")).toThrow("AAAA-AAAA");
  });
});

describe("registration", () => {
  const register = async (change: object = {}, type = "application/json") => {
    const { server } = await arrange({ offers: ["registration"] });
    const metadata = {
      client_name: "Example Notes",
      application_type: "native",
      redirect_uris: ["http://127.0.0.1/callback"],
      token_endpoint_auth_method: "none",
      ...change,
    };
    const body = JSON.stringify(metadata);
    const headers = { "content-type": type };
    const answer = await server.fetch(`${ISSUER}/register`, { method: "POST", body, headers });
    return { server, answer };
  };

  it("gives a client id, and says again what it was told", async () => {
    const { server, answer } = await register();
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({
      client_id: expect.stringMatching(/^client-/),
      client_name: "Example Notes",
      token_endpoint_auth_method: "none",
    });
    expect(server.violations).toEqual([]);
  });

  it.each<[string, object, string]>([
    ["a secret's method", { token_endpoint_auth_method: "client_secret_basic" }, "invalid_client_metadata"],
    ["no method, which means a secret", { token_endpoint_auth_method: undefined }, "invalid_client_metadata"],
    ["a web application", { application_type: "web" }, "invalid_client_metadata"],
    ["no redirect URIs", { redirect_uris: [] }, "invalid_redirect_uri"],
    ["a client id of its own", { client_id: "mine" }, "invalid_client_metadata"],
  ])("refuses %s, and notes it", async (_, change, error) => {
    const { server, answer } = await register(change);
    expect(await errorOf(answer)).toBe(error);
    expect(server.violations).toHaveLength(1);
  });

  it("refuses what is not JSON", async () => {
    const { answer } = await register({}, "text/plain");
    expect(await errorOf(answer)).toBe("invalid_client_metadata");
  });
});
