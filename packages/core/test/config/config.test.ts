import { describe, expect, it } from "vitest";
import { AuthError, createAuthClient, type AuthConfig } from "../../src/index.js";
import { resolveConfig } from "../../src/config/config.js";
import { createFakeClock, createFakePorts, createFakeServer } from "../../src/testing/index.js";

const right = { issuer: "https://id.example", clientId: "app" };
const metadata = {
  issuer: "https://id.example",
  authorization_endpoint: "https://id.example/authorize",
  token_endpoint: "https://id.example/token",
};

/** What createAuthClient throws; nothing may have been asked of a port by then. */
async function refusal(config: object): Promise<AuthError> {
  const server = await createFakeServer({ clock: createFakeClock() });
  const ports = createFakePorts({ server });
  let error: unknown;
  try {
    createAuthClient(config as AuthConfig, ports);
  } catch (thrown) {
    error = thrown;
  }
  expect(server.requests).toEqual([]);
  expect(ports.opened).toEqual([]);
  expect(ports.listener.isListening).toBe(false);
  expect(ports.clock.armed).toBe(0);
  expect(error).toBeInstanceOf(AuthError);
  return error as AuthError;
}

describe("a redirect URI is refused with the URI to write instead", () => {
  it.each([
    ["another host", "http://app.example/callback", "http://127.0.0.1/callback"],
    ["another loopback address", "http://127.0.0.2/callback", "http://127.0.0.1/callback"],
    ["the unspecified address", "http://0.0.0.0/callback", "http://127.0.0.1/callback"],
    ["a private scheme", "com.example.app:/callback", "http://127.0.0.1/callback"],
    ["https on loopback", "https://127.0.0.1/callback", "http://127.0.0.1/callback"],
    ["https on localhost with a port", "https://localhost:8080/cb", "http://localhost:8080/cb"],
    ["a fragment", "http://127.0.0.1/callback#here", "http://127.0.0.1/callback"],
    ["an empty fragment", "http://127.0.0.1/callback#", "http://127.0.0.1/callback"],
    ["port 0", "http://127.0.0.1:0/callback", "http://127.0.0.1/callback"],
    ["user info", "http://ada@127.0.0.1/callback", "http://127.0.0.1/callback"],
    ["a host in user info", "http://127.0.0.1@app.example/callback", "http://127.0.0.1/callback"],
    ["a short form of the address", "http://127.1/callback", "http://127.0.0.1/callback"],
    ["capital letters", "HTTP://LOCALHOST/callback", "http://localhost/callback"],
    ["the long form of ::1", "http://[0:0:0:0:0:0:0:1]/callback", "http://[::1]/callback"],
    ["an empty port", "http://127.0.0.1:/callback", "http://127.0.0.1/callback"],
    ["dot segments", "http://127.0.0.1/a/../callback", "http://127.0.0.1/callback"],
    ["a path with a space", "http://127.0.0.1/call back", "http://127.0.0.1/call%20back"],
    ["a backslash", "http://127.0.0.1\\callback", "http://127.0.0.1/callback"],
    ["no URL at all", "callback", "http://127.0.0.1/callback"],
    ["an empty string", "", "http://127.0.0.1/callback"],
  ])("%s", async (_, uri, instead) => {
    const error = await refusal({ ...right, redirectUris: [uri] });
    expect(error).toMatchObject({ code: "invalid_config", detail: "redirectUris", retryable: false });
    expect(error.message).toContain(JSON.stringify(uri));
    expect(error.message).toContain(`Write ${JSON.stringify(instead)} instead.`);
  });

  it("wherever in the list it stands", async () => {
    const redirectUris = ["http://127.0.0.1/callback", "http://app.example/callback"];
    expect((await refusal({ ...right, redirectUris })).message).toContain("app.example");
  });
});

describe("other mistakes are refused with invalid_config, the option and what to write", () => {
  it.each<[string, object, string, RegExp]>([
    ["a resource that is no URI", { ...right, resource: "notes" }, "resource", /absolute URI/],
    ["a resource with a fragment", { ...right, resource: ["https://a.example/#x"] }, "resource", /fragment/],
    ["an unknown flow", { ...right, flow: "popup" }, "flow", /"auto", "loopback", "device"/],
    ["an unknown par", { ...right, par: true }, "par", /"auto", "always", "never"/],
    ["dpop that is no boolean", { ...right, dpop: "yes" }, "dpop", /true, false/],
    [
      "a resource among the parameters",
      { ...right, authorizationParams: { resource: "https://a.example" } },
      "authorizationParams",
      /"resource"/,
    ],
    ["an unknown option", { ...right, popup: true }, "popup", /is not known\. Known are .*\bscope\b/],
    ["no client id", { issuer: right.issuer }, "clientId", /Write the identifier/],
    ["an empty client id", { ...right, clientId: "" }, "clientId", /Write the identifier/],
    ["a blank client id", { ...right, clientId: "  " }, "clientId", /Write the identifier/],
    ["a client id that is a number", { ...right, clientId: 7 }, "clientId", /Write the identifier/],
    ["a blank scope", { ...right, scope: " " }, "scope", /Write a list like "openid offline_access"/],
    [
      "neither issuer nor server",
      { clientId: "app" },
      "issuer",
      /like "https:\/\/id\.example\.com".*"server"/,
    ],
    ["both issuer and server", { ...right, server: metadata }, "server", /Give the issuer alone/],
    ["an issuer that is no URL", { ...right, issuer: "id.example" }, "issuer", /like "https:\/\//],
    [
      "an issuer without a scheme",
      { ...right, issuer: "localhost:4711" },
      "issuer",
      /has no scheme. Write it like "http:\/\/localhost:4711"/,
    ],
    [
      "the address of the issuer's metadata",
      { ...right, issuer: "https://id.example/realm/.well-known/openid-configuration" },
      "issuer",
      /Write the issuer alone: "https:\/\/id\.example\/realm"/,
    ],
    ["a scope that is a list", { ...right, scope: ["openid"] }, "scope", /must be a string/],
    ["an issuer with a query", { ...right, issuer: "https://id.example/?t=1" }, "issuer", /has a query/],
    ["an issuer with a fragment", { ...right, issuer: "https://id.example/#t" }, "issuer", /or a fragment/],
    [
      "metadata whose issuer is no URL",
      { clientId: "app", server: { ...metadata, issuer: "id" } },
      "issuer",
      /Write it like/,
    ],
    [
      "no redirect URI",
      { ...right, redirectUris: [] },
      "redirectUris",
      /like \["http:\/\/127\.0\.0\.1\/callback"\]/,
    ],
    [
      "a redirect URI outside a list",
      { ...right, redirectUris: "http://127.0.0.1/callback" },
      "redirectUris",
      /must be a list/,
    ],
    [
      "an API origin that is no URL",
      { ...right, apiOrigins: ["api.example"] },
      "apiOrigins",
      /Write "https:\/\/api\.example\.com"/,
    ],
    [
      "an API origin with a path",
      { ...right, apiOrigins: ["https://api.example/v1"] },
      "apiOrigins",
      /Write "https:\/\/api\.example"/,
    ],
    [
      "an API origin with user info",
      { ...right, apiOrigins: ["https://ada@api.example"] },
      "apiOrigins",
      /Write "https:\/\/api\.example"/,
    ],
    [
      "an API origin with http",
      { ...right, apiOrigins: ["http://api.example"] },
      "apiOrigins",
      /not https\. Write "https:\/\/api\.example"/,
    ],
    ["an API origin without a host", { ...right, apiOrigins: ["file:///"] }, "apiOrigins", /Write/],
    [
      "a parameter that is no string",
      { ...right, authorizationParams: { ui_locales: 5 } },
      "authorizationParams",
      /"ui_locales" to a string/,
    ],
    ["onNotice that is no function", { ...right, onNotice: true }, "onNotice", /must be a function/],
  ])("%s", async (_, config, option, sentence) => {
    const error = await refusal(config);
    expect(error).toMatchObject({ code: "invalid_config", detail: option, retryable: false });
    expect(error.message).toContain(`"${option}"`);
    expect(error.message).toMatch(sentence);
    expect(error.message).toMatch(/\.$/);
  });

  it.each([
    "response_type",
    "response_mode",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "request",
    "request_uri",
  ])("the authorization parameter %s", async (name) => {
    const error = await refusal({ ...right, authorizationParams: { [name]: "plain" } });
    expect(error).toMatchObject({ code: "invalid_config", detail: "authorizationParams" });
    expect(error.message).toContain(`"${name}": the library sets it. `);
  });

  it.each([
    ["max_age", "maxAge"],
    ["acr_values", "acrValues"],
  ])("the authorization parameter %s, which would go unchecked", async (name, option) => {
    const error = await refusal({ ...right, authorizationParams: { [name]: "0" } });
    expect(error).toMatchObject({ code: "invalid_config", detail: "authorizationParams" });
    expect(error.message).toContain(`may not set "${name}"`);
    expect(error.message).toContain(`signIn({ ${option} })`);
  });

  it.each(["signInTimeoutMs", "requestTimeoutMs"])("%s that is not positive", async (name) => {
    for (const value of [0, -1, NaN, Infinity, "5000"]) {
      const error = await refusal({ ...right, [name]: value });
      expect(error).toMatchObject({ code: "invalid_config", detail: name });
      expect(error.message).toContain("must be a positive number of milliseconds");
    }
    expect((await refusal({ ...right, [name]: "5000" })).message).toMatch(/, not "5000"\.$/);
  });

  it("a clock tolerance that is negative, while zero is taken", async () => {
    for (const clockToleranceSeconds of [-1, NaN, Infinity, "30"])
      expect(await refusal({ ...right, clockToleranceSeconds })).toMatchObject({
        code: "invalid_config",
        detail: "clockToleranceSeconds",
      });
    expect(resolveConfig({ ...right, clockToleranceSeconds: 0 }).clockToleranceSeconds).toBe(0);
  });
});

describe("an issuer that is not https", () => {
  it.each([
    ["http://id.example", 'Write "https://id.example/"'],
    ["http://id.example:8080/realm", 'Write "https://id.example:8080/realm"'],
    ["http://127.0.0.1.example", 'Write "https://127.0.0.1.example/"'],
    ["http://localhost.example", 'Write "https://localhost.example/"'],
  ])("%s is refused as insecure_endpoint, as metadata too", async (issuer, instead) => {
    for (const config of [
      { clientId: "app", issuer },
      { clientId: "app", issuer: new URL(issuer) },
      { clientId: "app", server: { ...metadata, issuer } },
    ]) {
      const error = await refusal(config);
      expect(error).toMatchObject({ code: "insecure_endpoint", detail: "issuer" });
      expect(error.message).toContain(instead);
    }
  });

  it.each(["http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost:9000"])(
    "%s is taken: it does not leave this machine",
    (issuer) => {
      expect(resolveConfig({ clientId: "app", issuer }).issuer.href).toBe(`${issuer}/`);
    },
  );
});

describe("what is left out", () => {
  it("gets the documented default", () => {
    expect(resolveConfig(right)).toEqual({
      issuer: new URL("https://id.example"),
      issuerNames: ["https://id.example"],
      idTokenIssuers: [],
      clientId: "app",
      scope: "openid offline_access",
      isDefaultScope: true,
      redirectUris: ["http://127.0.0.1/callback"],
      postLogoutRedirectUris: ["http://127.0.0.1/logged-out"],
      keepAccessToken: "memory",
      refreshOnStart: true,
      authorizationParams: {},
      tokenParams: {},
      responseMode: "query",
      keepResponseMembers: [],
      bearerTokenTypes: [],
      resource: [],
      flow: "auto",
      par: "auto",
      dpop: false,
      apiOrigins: new Map([["https://id.example", {}]]),
      signInTimeoutMs: 300_000,
      requestTimeoutMs: 30_000,
      clockToleranceSeconds: 30,
      onNotice: expect.any(Function),
    });
  });

  it("may be undefined as well as absent", () => {
    const config = { ...right, scope: undefined, redirectUris: undefined, onNotice: undefined };
    expect(resolveConfig(config as unknown as AuthConfig).scope).toBe("openid offline_access");
  });

  it("of the issuer comes from the metadata", () => {
    const resolved = resolveConfig({ clientId: "app", server: metadata });
    expect(resolved.issuer.href).toBe("https://id.example/");
    expect(resolved.server).toBe(metadata);
  });
});

describe("what was given", () => {
  it("is not changed by changing the object later", () => {
    const redirectUris = ["http://127.0.0.1/callback"];
    const authorizationParams: Record<string, string> = { audience: "api" };
    const apiOrigins = ["https://api.example"];
    const resolved = resolveConfig({ ...right, redirectUris, authorizationParams, apiOrigins });
    redirectUris[0] = "http://evil.example";
    authorizationParams["audience"] = "other";
    apiOrigins.push("https://evil.example");
    expect(resolved.redirectUris).toEqual(["http://127.0.0.1/callback"]);
    expect(resolved.authorizationParams).toEqual({ audience: "api" });
    expect([...resolved.apiOrigins.keys()]).toEqual(["https://id.example", "https://api.example"]);
  });

  it("as API origins is compared as origins: default ports and capitals do not matter", () => {
    const { apiOrigins } = resolveConfig({ ...right, apiOrigins: ["https://API.example:443/"] });
    expect([...apiOrigins.keys()]).toEqual(["https://id.example", "https://api.example"]);
  });
});
