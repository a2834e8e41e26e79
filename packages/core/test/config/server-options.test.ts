// Options for servers that differ: what makes no sense is refused early, with what to write.
import { describe, expect, it } from "vitest";
import { AuthError } from "../../src/index.js";
import { resolveConfig } from "../../src/config/config.js";
import { couldBeFrom, issuerFrom } from "../../src/config/id-token-issuer.js";

const right = { issuer: "https://id.example", clientId: "app" };

function refusal(options: object): AuthError {
  try {
    resolveConfig({ ...right, ...options });
  } catch (error) {
    if (error instanceof AuthError) return error;
  }
  throw new Error(`${JSON.stringify(options)} was taken`);
}

describe("an option that makes no sense is refused, with what to write", () => {
  it.each<[string, object, string, RegExp]>([
    ["a secret that is no text", { clientSecret: 7 }, "clientSecret", /must be a string/],
    [
      "a secret beside the method without one",
      { clientSecret: "s", tokenEndpointAuthMethod: "none" },
      "clientSecret",
      /never sent\. Leave one of them out/,
    ],
    [
      "a method that is not offered",
      { clientSecret: "s", tokenEndpointAuthMethod: "private_key_jwt" },
      "tokenEndpointAuthMethod",
      /"none", "client_secret_post", "client_secret_basic"/,
    ],
    [
      "a metadata address that is none",
      { metadataUrl: "id.example" },
      "metadataUrl",
      /Write it like "https:/,
    ],
    [
      "a metadata address beside the metadata",
      { issuer: undefined, server: { issuer: "https://id.example" }, metadataUrl: "https://id.example/m" },
      "metadataUrl",
      /stands beside "server"/,
    ],
    [
      "a metadata address with a password",
      { metadataUrl: "https://a:b@id.example/m" },
      "metadataUrl",
      /Leave them out/,
    ],
    [
      "an ID token issuer whose host a token names",
      { idTokenIssuer: "https://{tid}.example/v2.0" },
      "idTokenIssuer",
      /claims in its path only\. Write "https:/,
    ],
    [
      "one whose host a token ends",
      { idTokenIssuer: "https://login.example{tid}/" },
      "idTokenIssuer",
      /claims in its path only/,
    ],
    ["one with http", { idTokenIssuer: "http://login.example/{tid}" }, "idTokenIssuer", /must be https/],
    ["one with a stray brace", { idTokenIssuer: "https://login.example/{t" }, "idTokenIssuer", /a brace/],
    ["one that is what it checks", { idTokenIssuer: "https://a.example/{iss}" }, "idTokenIssuer", /"iss"/],
    ["one in a list that is none", { idTokenIssuer: [7] }, "idTokenIssuer", /must be text/],
    ["token parameters in a list", { tokenParams: ["a"] }, "tokenParams", /must be an object/],
    ["a token parameter of ours", { tokenParams: { grant_type: "password" } }, "tokenParams", /library sets/],
    [
      "the secret as a token parameter",
      { tokenParams: { client_secret: "s" } },
      "tokenParams",
      /Write the option "clientSecret"/,
    ],
    [
      "the response mode as a parameter",
      { authorizationParams: { response_mode: "form_post" } },
      "authorizationParams",
      /Write the option "responseMode"/,
    ],
    ["an unknown response mode", { responseMode: "fragment" }, "responseMode", /"query", "form_post"/],
    [
      "a posted redirect where there is none",
      { responseMode: "form_post", flow: "device" },
      "responseMode",
      /nothing is sent back\. Leave one of them out/,
    ],
    [
      "a word for Bearer that is no list",
      { bearerTokenTypes: "user" },
      "bearerTokenTypes",
      /like \["user"\]/,
    ],
    ["one that is no name", { bearerTokenTypes: ["a b"] }, "bearerTokenTypes", /must be a list/],
    [
      "one that is another type",
      { bearerTokenTypes: ["MAC"] },
      "bearerTokenTypes",
      /"MAC": .* used otherwise/,
    ],
    ["a bound one", { bearerTokenTypes: ["dpop"] }, "bearerTokenTypes", /used otherwise/],
    [
      "one beside bound tokens",
      { bearerTokenTypes: ["user"], dpop: true },
      "bearerTokenTypes",
      /Leave one of them out/,
    ],
    ["members in text", { keepResponseMembers: "instance_url" }, "keepResponseMembers", /must be a list/],
    [
      "a token among the members",
      { keepResponseMembers: ["refresh_token"] },
      "keepResponseMembers",
      /no token is shown there/,
    ],
    [
      "one origin with two tokens",
      {
        apiOrigins: [
          { origin: "https://api.example", resource: "https://a.example" },
          { origin: "https://api.example", resource: "https://b.example" },
        ],
      },
      "apiOrigins",
      /twice, with different tokens/,
    ],
    [
      "an API with several resources",
      { apiOrigins: [{ origin: "https://api.example", resource: ["https://a.example"] }] },
      "apiOrigins",
      /one resource for a token/,
    ],
    [
      "an API with a resource that is no URI",
      { apiOrigins: [{ origin: "https://api.example", resource: "notes" }] },
      "apiOrigins",
      /absolute URI/,
    ],
  ])("%s", (_, options, detail, sentence) => {
    const error = refusal(options);
    expect(error).toMatchObject({ code: "invalid_config", detail });
    expect(error.message).toMatch(sentence);
  });

  it("a metadata address without https, for it names the endpoints", () => {
    expect(refusal({ metadataUrl: "http://id.example/m" })).toMatchObject({
      code: "insecure_endpoint",
      detail: "metadataUrl",
    });
    const metadataUrl = "http://127.0.0.1:9000/m";
    expect(resolveConfig({ ...right, metadataUrl }).metadataUrl?.href).toBe(metadataUrl);
  });
});

describe("a misspelt option says what was probably meant", () => {
  it.each([
    ["scopes", "scope"],
    ["clienId", "clientId"],
    ["client_secret", "clientSecret"],
    ["redirect_uri", "redirectUris"],
    ["redirectURIs", "redirectUris"],
    ["token_endpoint_auth_method", "tokenEndpointAuthMethod"],
    ["authorisationParams", "authorizationParams"],
    ["metadataURL", "metadataUrl"],
    ["keepAcessToken", "keepAccessToken"],
  ])("%s", (written, meant) => {
    const error = refusal({ [written]: "x" });
    expect(error).toMatchObject({ code: "invalid_config", detail: written });
    expect(error.message).toContain(`Did you mean "${meant}"?`);
  });

  it("and nothing where nothing is near", () => {
    for (const written of ["popup", "x", "", "telemetry"])
      expect(refusal({ [written]: "x" }).message).not.toContain("Did you mean");
  });
});

describe("the secret of a configuration", () => {
  it.each<[unknown, RegExp]>([
    [0, /epoch milliseconds/],
    [1_900_000_000, /epoch milliseconds.*times 1000/],
    ["2027-01-01", /epoch milliseconds/],
    [Number.NaN, /epoch milliseconds/],
  ])("does not end at %s", (clientSecretExpiresAt, why) => {
    const error = refusal({ clientSecret: "hush-hush", clientSecretExpiresAt });
    expect(error).toMatchObject({ code: "invalid_config", detail: "clientSecretExpiresAt" });
    expect(error.message).toMatch(why);
  });

  it("does not end where there is none", () => {
    expect(refusal({ clientSecretExpiresAt: 1.9e12 }).message).toMatch(/stands without "clientSecret"/);
  });

  it("shows in no rendering of it, and may be empty", () => {
    const resolved = resolveConfig({ ...right, clientSecret: "hush-hush" });
    expect(JSON.stringify(resolved)).not.toContain("hush-hush");
    expect(resolved.clientSecret?.reveal()).toBe("hush-hush");
    expect(resolveConfig({ ...right, clientSecret: "" }).clientSecret?.reveal()).toBe("");
  });
});

describe("an issuer with claims in it", () => {
  const template = "https://login.example/{tid}/v2.0";

  it("is made of plain values only", () => {
    expect(issuerFrom(template, { tid: "a-1._Z" })).toBe("https://login.example/a-1._Z/v2.0");
    for (const tid of ["", "a/b", "a%2fb", "a b", "a?b", "a#b", "ü", "a".repeat(129), 7, null, ["a"]])
      expect(issuerFrom(template, { tid }), String(tid)).toBeUndefined();
    expect(issuerFrom(template, {})).toBeUndefined();
    expect(issuerFrom("https://login.example/{constructor}", {})).toBeUndefined();
  });

  it("is recognized before there are claims, and nothing else is", () => {
    expect(couldBeFrom(template, "https://login.example/a/v2.0")).toBe(true);
    for (const other of [
      "https://login.example/a/b/v2.0",
      "https://login.example//v2.0",
      "https://loginXexample/a/v2.0",
      "https://login.example/a/v2.0/",
      "https://evil.example/https://login.example/a/v2.0",
    ])
      expect(couldBeFrom(template, other), other).toBe(false);
  });
});
