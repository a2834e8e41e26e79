// What the preflight finds about the server. Each test breaks one thing, and only its check says so.
import { describe, expect, it } from "vitest";
import { preflight, type AuthConfig, type PreflightCheck } from "../../src/index.js";
import { arrange, checkOf, DISCOVERY, only } from "../support/preflight.js";
import { HOUR, MINUTE, SECOND } from "../support/world.js";

describe("server", () => {
  it.each<[string, () => Response, object]>([
    ["is not there", () => new Response(null, { status: 404 }), { code: "discovery_failed", detail: "404" }],
    ["is busy", () => new Response(null, { status: 503 }), { code: "discovery_failed", detail: "503" }],
    ["is another", () => Response.json({ issuer: "https://evil.example" }), { code: "discovery_failed" }],
    ["is a portal", () => new Response("<html>"), { code: "discovery_failed" }],
  ])("fails when it %s, and what it offers is not known", async (_, answer, finding) => {
    const { run, server } = await arrange();
    server.intercept = ({ method, path }) =>
      method === "GET" && path.includes("well-known") ? answer() : undefined;
    const report = await run();
    expect(only(report, ["features"])).toMatchObject({ name: "server", status: "failed", ...finding });
    expect(report).not.toHaveProperty("features");
  });

  it("fails when it cannot be reached, with the system's code, and has no time to tell then", async () => {
    const { run, server } = await arrange();
    server.intercept = () => {
      throw new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }) });
    };
    const report = await run();
    expect(only(report, ["clock", "features"])).toMatchObject({
      name: "server",
      code: "discovery_failed",
      detail: "ECONNREFUSED",
    });
  });

  it("fails within timeoutMs when it does not answer, whatever requestTimeoutMs says", async () => {
    const { run, server, ports } = await arrange();
    server.intercept = () => new Promise<Response>(() => {});
    const report = run({ requestTimeoutMs: HOUR });
    await ports.clock.advance(30_000);
    const check = only(await report, ["clock", "features"]);
    expect(check).toMatchObject({ name: "server", code: "discovery_failed", detail: "timeout" });
  });

  it("fails for each endpoint that is not https, given metadata included", async () => {
    for (const name of ["authorization_endpoint", "token_endpoint", "jwks_uri", "revocation_endpoint"]) {
      const url = "http://id.example/x";
      const { run, server } = await arrange({ metadata: { [name]: url } });
      const finding = { name: "server", code: "insecure_endpoint", detail: name };
      expect(only(await run(), ["features"])).toMatchObject(finding);
      const given = {
        issuer: server.issuer,
        authorization_endpoint: `${server.issuer}/authorize`,
        token_endpoint: `${server.issuer}/token`,
        jwks_uri: `${server.issuer}/jwks`,
        [name]: url,
      };
      expect(only(await run({ server: given }), ["features"])).toMatchObject(finding);
    }
  });

  it.each<[string, Record<string, unknown>, string, readonly PreflightCheck["name"][]]>([
    [
      "does PKCE with plain only",
      { code_challenge_methods_supported: ["plain"] },
      "code_challenge_methods_supported",
      ["features"],
    ],
    ["has no code flow", { response_types_supported: ["token"] }, "response_types_supported", ["features"]],
    ["has no token endpoint", { token_endpoint: undefined }, "token_endpoint", ["features"]],
    ["has no keys", { jwks_uri: undefined }, "jwks_uri", []],
    [
      "signs with a secret only",
      { id_token_signing_alg_values_supported: ["HS256", "none"] },
      "id_token_signing_alg_values_supported",
      [],
    ],
  ])("fails when it %s", async (_, metadata, detail, skipped) => {
    const { run } = await arrange({ metadata });
    expect(only(await run(), skipped)).toMatchObject({
      name: "server",
      status: "failed",
      code: "unsupported_by_server",
      detail,
    });
  });

  it.each<[Partial<AuthConfig>, string]>([
    [{ flow: "device" }, "device_authorization_endpoint"],
    [{ par: "always" }, "pushed_authorization_request_endpoint"],
    [{ dpop: true }, "dpop_signing_alg_values_supported"],
  ])("fails when it lacks what %j asks for, and passes when it has it", async (config, detail) => {
    const { run } = await arrange();
    const skipped = config.flow === "device" ? (["redirect"] as const) : [];
    expect(only(await run(config), skipped)).toMatchObject({
      name: "server",
      status: "failed",
      code: "unsupported_by_server",
      detail,
    });
    const value = detail.endsWith("endpoint") ? "https://id.example/it" : ["ES256"];
    expect((await (await arrange({ metadata: { [detail]: value } })).run(config)).ok).toBe(true);
  });

  it("warns when it does not say which PKCE methods it knows", async () => {
    const { run } = await arrange({ metadata: { code_challenge_methods_supported: undefined } });
    expect(only(await run())).toMatchObject({
      name: "server",
      status: "warned",
      detail: "code_challenge_methods_supported",
    });
  });

  const key = { kty: "EC", crv: "P-256", x: "x", y: "y" };
  it.each<[string, () => Response, object]>([
    [
      "is away",
      () => new Response(null, { status: 502 }),
      { code: "temporarily_unavailable", detail: "502" },
    ],
    ["is not found", () => new Response(null, { status: 404 }), { code: "invalid_response", detail: "404" }],
    ["is HTML", () => new Response("<html>"), { code: "invalid_response", detail: "keys" }],
    ["is a list", () => Response.json([key]), { code: "invalid_response", detail: "keys" }],
    ["is empty", () => Response.json({ keys: [] }), { code: "invalid_response", detail: "keys" }],
    ["has nonsense", () => Response.json({ keys: [null, 7] }), { code: "invalid_response", detail: "keys" }],
    [
      "is for encryption",
      () => Response.json({ keys: [{ ...key, use: "enc" }] }),
      { code: "invalid_response" },
    ],
    ["is of another kind", () => Response.json({ keys: [{ kty: "RSA" }] }), { code: "invalid_response" }],
    [
      "is for others",
      () => Response.json({ keys: [{ ...key, alg: "ES384" }] }),
      { code: "invalid_response" },
    ],
    [
      "is symmetric",
      () => Response.json({ keys: [{ kty: "oct", k: "c2VjcmV0" }] }),
      { code: "invalid_response" },
    ],
    [
      "is elsewhere",
      () => new Response(null, { status: 302, headers: { location: "https://evil.example/" } }),
      { code: "invalid_response" },
    ],
  ])("fails when its key set %s", async (_, answer, finding) => {
    const { run, server } = await arrange();
    server.intercept = ({ path }) => (path === "/jwks" ? answer() : undefined);
    expect(only(await run())).toMatchObject({ name: "server", status: "failed", ...finding });
  });

  it.each([key, { ...key, use: "sig" }, { ...key, alg: "ES256" }])("takes the key %j", async (usable) => {
    const { run, server } = await arrange();
    server.intercept = ({ path }) =>
      path === "/jwks" ? Response.json({ keys: [{ kty: "oct" }, usable] }) : undefined;
    expect((await run()).ok).toBe(true);
  });
});

describe("clock", () => {
  it.each([
    ["an hour behind", HOUR, "3600", "3600 s behind"],
    ["an hour ahead", -HOUR, "-3600", "3600 s ahead of"],
  ])("warns when this machine is %s", async (_, ahead, detail, words) => {
    const { run } = await arrange({ ahead });
    const check = only(await run());
    expect(check).toMatchObject({ name: "clock", status: "warned", detail });
    expect(check.message).toContain(words);
    expect(check).not.toHaveProperty("code");
  });

  it("passes within clockToleranceSeconds, and warns beyond it", async () => {
    const { run } = await arrange({ ahead: MINUTE });
    expect((await run({ clockToleranceSeconds: 120 })).checks).toContainEqual(
      expect.objectContaining({ name: "clock", status: "passed" }),
    );
    expect(only(await run())).toMatchObject({ name: "clock" });
    expect((await (await arrange({ ahead: -29 * SECOND })).run()).ok).toBe(true);
  });

  it.each<[string, Record<string, string>]>([
    ["without a Date", { date: "" }],
    ["with a Date that is none", { date: "yesterday" }],
    ["from a cache, an hour old", { age: "3600" }],
  ])("is skipped when the answer comes %s", async (_, headers) => {
    const { run } = await arrange({ ahead: -HOUR, headers });
    expect(checkOf(await run(), "clock")).toMatchObject({ status: "skipped" });
  });

  it("takes any answer, and asks for one that is no cache's", async () => {
    const asked: Headers[] = [];
    const { run, server, ports } = await arrange();
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const { method, headers } = new Request(input, init);
      if (method !== "HEAD") return server.fetch(input, init);
      asked.push(headers);
      const date = new Date(ports.clock.now() + HOUR).toUTCString();
      return new Response(null, { status: 405, headers: { date } });
    };
    const report = await preflight({ issuer: server.issuer, clientId: "app" }, { ...ports, fetch });
    expect(only(report)).toMatchObject({ name: "clock", status: "warned" });
    expect(asked.map((headers) => headers.get("cache-control"))).toEqual(["no-cache"]);
    expect((await run()).ok).toBe(true);
  });

  it("asks where the issuer's path is", async () => {
    const { run, server } = await arrange({ issuer: "https://id.example/realm" });
    await run();
    expect(server.requests.find(({ method }) => method === "HEAD")?.path).toBe(`/realm${DISCOVERY}`);
  });
});

describe("features", () => {
  it("says what the metadata names, and what it leaves open", async () => {
    const { run } = await arrange({
      metadata: {
        grant_types_supported: undefined,
        revocation_endpoint: undefined,
        device_authorization_endpoint: "https://id.example/device",
        pushed_authorization_request_endpoint: "https://id.example/par",
        dpop_signing_alg_values_supported: ["ES256"],
      },
    });
    const report = await run();
    expect(report.features).toEqual({
      userInfo: true,
      revocation: false,
      endSession: true,
      deviceCode: true,
      pushedAuthorization: true,
      dpop: true,
      registration: false,
    });
    expect(checkOf(report, "features")).toEqual({
      name: "features",
      status: "passed",
      message:
        "Offered: userinfo, logout, device code, pushed authorization requests, DPoP. " +
        "Not told: refresh tokens, revocation, registration.",
    });
  });

  it("says only of what a list lacks that it is not offered", async () => {
    const { run } = await arrange({ metadata: { grant_types_supported: ["authorization_code"] } });
    expect(checkOf(await run({ scope: "openid" }), "features").message).toMatch(
      /Not offered: refresh tokens\. Not told: /,
    );
  });

  it.each<[Record<string, unknown>, Partial<AuthConfig>, string, RegExp]>([
    [{ scopes_supported: ["openid"] }, { scope: "openid notes" }, "scopes_supported", /lacks "notes"/],
    [
      { scopes_supported: ["openid"] },
      {},
      "scopes_supported",
      /lacks "offline_access", so it is not asked for/,
    ],
    [
      { token_endpoint_auth_methods_supported: ["client_secret_post"] },
      {},
      "token_endpoint_auth_methods_supported",
      /lacks "none"/,
    ],
    [
      { token_endpoint_auth_methods_supported: ["none"] },
      { clientSecret: "s", tokenEndpointAuthMethod: "client_secret_basic" },
      "token_endpoint_auth_methods_supported",
      /lacks "client_secret_basic"/,
    ],
  ])("warns where the lists %j lack what %j asks for", async (metadata, config, detail, words) => {
    const { run } = await arrange({ metadata });
    const check = only(await run(config));
    expect(check).toMatchObject({ name: "features", status: "warned", detail });
    expect(check.message).toMatch(words);
    expect(check.hint).toMatch(/\w/);
  });

  it.each<[Record<string, unknown>, Partial<AuthConfig>]>([
    [{}, { scope: "openid notes" }],
    [{ scopes_supported: "openid" }, { scope: "openid notes" }],
    [{ scopes_supported: ["openid", "notes"] }, { scope: "openid notes" }],
    [{ token_endpoint_auth_methods_supported: ["none", "client_secret_post"] }, {}],
    [{ token_endpoint_auth_methods_supported: ["client_secret_post"] }, { clientSecret: "s" }],
  ])("does not where the lists %j have what %j asks for, or say nothing", async (metadata, config) => {
    const { run } = await arrange({ metadata });
    expect(checkOf(await run(config), "features").status).toBe("passed");
  });

  it("warns where offline_access is asked for and refresh tokens cannot be had, and only there", async () => {
    const { run } = await arrange({ metadata: { grant_types_supported: ["authorization_code"] } });
    expect(only(await run())).toMatchObject({
      name: "features",
      status: "warned",
      code: "unsupported_by_server",
      detail: "refresh_token",
    });
    expect(checkOf(await run({ scope: "openid" }), "features").status).toBe("passed");
  });
});
