// Dynamic registration (RFC 7591) at a server that is a fetch function.
import { resolveConfig } from "../../src/config/config.js";
import { describe, expect, it } from "vitest";
import { registerClient, Secret, type ClientMetadata, type RegisterClientOptions } from "../../src/index.js";
import { createFakeClock, createFakeServer } from "../../src/testing/index.js";
import { defer, errorOf, until } from "../support/world.js";

const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";
const TOKEN = "initial-token-of-the-test";

interface Sent {
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

type Answer = (sent: Sent) => Response | Promise<Response>;

/** As RFC 7591 3.2.1 has it: everything that was asked, and a client id. */
const registered =
  (more: object = {}): Answer =>
  ({ body }) =>
    Response.json({ ...body, client_id: "new-client", client_id_issued_at: 1, ...more }, { status: 201 });

async function arrange(answer: Answer = registered(), metadata: Record<string, unknown> = {}) {
  const clock = createFakeClock();
  const registration_endpoint = "https://id.example/register";
  const server = await createFakeServer({ clock, metadata: { registration_endpoint, ...metadata } });
  const sent: Sent[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).pathname !== "/register") return server.fetch(input, init);
    sent.push({ body: (await request.json()) as Record<string, unknown>, headers: request.headers });
    return answer(sent.at(-1)!);
  };
  const register = (asked: ClientMetadata = {}, options?: RegisterClientOptions) =>
    registerClient(server.issuer, asked, { clock, fetch }, options);
  /** What a registration rejects with, which must leave no timer and show no secret. */
  const refusal = async (asked?: ClientMetadata, options?: RegisterClientOptions) => {
    const error = await errorOf(register(asked, options));
    expect(clock.armed).toBe(0);
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toMatch(
      /secret-of-the-server|initial-token/,
    );
    return error;
  };
  return { clock, server, sent, register, refusal };
}

describe("what is asked for", () => {
  it("is a native public client with the code flow, refresh tokens and the default addresses", async () => {
    const { register, sent, clock } = await arrange();
    const client = await register({ client_name: "Example Notes" });
    expect(sent[0]!.body).toEqual({
      client_name: "Example Notes",
      application_type: "native",
      token_endpoint_auth_method: "none",
      response_types: ["code"],
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: ["http://127.0.0.1/callback"],
      post_logout_redirect_uris: ["http://127.0.0.1/logged-out"],
    });
    expect(sent[0]!.headers.get("authorization")).toBe(null);
    expect(client).toEqual({
      clientId: "new-client",
      metadata: sent[0]!.body,
      differences: [],
      discardedSecret: false,
    });
    expect(clock.armed).toBe(0);
  });

  it("takes what the caller says, device code included, and an empty list of logout addresses", async () => {
    const { register, sent } = await arrange();
    await register({
      grant_types: ["authorization_code", DEVICE_CODE],
      redirect_uris: ["http://[::1]/cb", "http://localhost:8080/cb"],
      post_logout_redirect_uris: [],
      scope: "openid notes",
      dpop_bound_access_tokens: true,
      id_token_signed_response_alg: "ES256",
      contacts: ["ada@example.com"],
    });
    expect(sent[0]!.body).toEqual({
      application_type: "native",
      token_endpoint_auth_method: "none",
      response_types: ["code"],
      grant_types: ["authorization_code", DEVICE_CODE],
      redirect_uris: ["http://[::1]/cb", "http://localhost:8080/cb"],
      scope: "openid notes",
      dpop_bound_access_tokens: true,
      id_token_signed_response_alg: "ES256",
      contacts: ["ada@example.com"],
    });
  });

  it("goes with the initial access token where there is one", async () => {
    const { register, sent } = await arrange();
    await register({}, { initialAccessToken: new Secret(TOKEN) });
    expect(sent[0]!.headers.get("authorization")).toBe(`Bearer ${TOKEN}`);
    expect(JSON.stringify(sent[0]!.body)).not.toContain(TOKEN);
  });
});

describe("a mistake of the caller is invalid_config, by name, before anything is sent", () => {
  it.each<[string, object, string]>([
    ["an unknown member", { redirect_uri: "http://127.0.0.1/callback" }, "redirect_uri"],
    [
      "another way to authenticate",
      { token_endpoint_auth_method: "client_secret_basic" },
      "token_endpoint_auth_method",
    ],
    ["another kind of application", { application_type: "web" }, "application_type"],
    ["another response type", { response_types: ["token"] }, "response_types"],
    ["a secret", { client_secret: "s" }, "client_secret"],
    ["a redirect URI elsewhere", { redirect_uris: ["https://app.example/callback"] }, "redirect_uris"],
    ["no redirect URI", { redirect_uris: [] }, "redirect_uris"],
    ["one that is no list", { redirect_uris: "http://127.0.0.1/callback" }, "redirect_uris"],
    ["a logout address elsewhere", { post_logout_redirect_uris: ["app:/out"] }, "post_logout_redirect_uris"],
    ["a grant that is no native app's", { grant_types: ["authorization_code", "password"] }, "grant_types"],
    ["no code grant", { grant_types: ["refresh_token"] }, "grant_types"],
    [
      "ID tokens without a signature",
      { id_token_signed_response_alg: "none" },
      "id_token_signed_response_alg",
    ],
    ["ID tokens under a secret", { id_token_signed_response_alg: "HS256" }, "id_token_signed_response_alg"],
    ["an empty name", { client_name: " " }, "client_name"],
    ["a flag that is text", { dpop_bound_access_tokens: "true" }, "dpop_bound_access_tokens"],
  ])("%s", async (_, metadata, detail) => {
    const { refusal, sent, server } = await arrange();
    expect(await refusal(metadata)).toMatchObject({ code: "invalid_config", detail });
    expect([...sent, ...server.requests]).toEqual([]);
  });

  it.each<[string, object, string]>([
    ["an unknown option", { timeoutMs: 5 }, "timeoutMs"],
    ["a token that is not in a Secret", { initialAccessToken: TOKEN }, "initialAccessToken"],
    ["a token with a line break", { initialAccessToken: new Secret("a\r\nb: c") }, "initialAccessToken"],
    ["no time at all", { requestTimeoutMs: 0 }, "requestTimeoutMs"],
  ])("%s", async (_, options, detail) => {
    const { refusal, sent } = await arrange();
    expect(await refusal({}, options as RegisterClientOptions)).toMatchObject({
      code: "invalid_config",
      detail,
    });
    expect(sent).toEqual([]);
  });

  it("an issuer that is not https is insecure_endpoint", async () => {
    const { clock, server } = await arrange();
    const refused = registerClient("http://id.example", {}, { clock, fetch: server.fetch });
    expect(await errorOf(refused)).toMatchObject({ code: "insecure_endpoint", detail: "issuer" });
    expect(server.requests).toEqual([]);
  });
});

describe("a server that answers with something else than was asked", () => {
  it("is taken at its word, and each difference is told", async () => {
    const { register } = await arrange(
      registered({
        client_name: "Notes (unverified)",
        redirect_uris: ["http://127.0.0.1/callback"],
        grant_types: ["refresh_token", "authorization_code"],
        scope: "notes openid",
        post_logout_redirect_uris: null,
        policy_of_the_house: "strict",
      }),
    );
    const client = await register({
      client_name: "Notes",
      scope: "openid notes",
      redirect_uris: ["http://127.0.0.1/callback", "http://[::1]/callback"],
    });
    expect(client.metadata).toMatchObject({ client_name: "Notes (unverified)", scope: "notes openid" });
    expect(client.metadata).not.toHaveProperty("policy_of_the_house");
    expect(client.differences).toEqual([
      { name: "client_name", asked: "Notes", registered: "Notes (unverified)" },
      {
        name: "redirect_uris",
        asked: ["http://127.0.0.1/callback", "http://[::1]/callback"],
        registered: ["http://127.0.0.1/callback"],
      },
      { name: "post_logout_redirect_uris", asked: ["http://127.0.0.1/logged-out"] },
    ]);
  });

  it("is understood when it says nothing but the client id, and says 200", async () => {
    const { register } = await arrange(() => Response.json({ client_id: "short" }));
    const { clientId, metadata, differences } = await register();
    expect({ clientId, metadata }).toEqual({ clientId: "short", metadata: {} });
    expect(differences.map(({ name }) => name).toSorted()).toEqual([
      "application_type",
      "grant_types",
      "post_logout_redirect_uris",
      "redirect_uris",
      "response_types",
      "token_endpoint_auth_method",
    ]);
  });

  it("gives the means to manage the registration as secrets", async () => {
    const management = {
      registration_access_token: "secret-of-the-server",
      registration_client_uri: "https://id.example/register/new-client",
    };
    const client = await (await arrange(registered(management))).register();
    expect(client.registrationAccessToken?.reveal()).toBe("secret-of-the-server");
    expect(client.registrationClientUri?.reveal()).toBe("https://id.example/register/new-client");
    expect(JSON.stringify(client)).not.toMatch(/secret-of-the-server|\/register/);
  });

  it.each<[string, object, string]>([
    [
      "that needs a secret, without giving one",
      { token_endpoint_auth_method: "client_secret_post" },
      "token_endpoint_auth_method",
    ],
    ["that needs a key", { token_endpoint_auth_method: "private_key_jwt" }, "token_endpoint_auth_method"],
    ["without the code grant", { grant_types: ["client_credentials"] }, "grant_types"],
    ["without the code response type", { response_types: ["token"] }, "response_types"],
    ["with other redirect URIs", { redirect_uris: ["http://127.0.0.1:1/callback"] }, "redirect_uris"],
  ])("is unsupported_by_server with a client %s", async (_, more, detail) => {
    const error = await (await arrange(registered(more))).refusal();
    expect(error).toMatchObject({ code: "unsupported_by_server", detail, retryable: false });
    expect(error.hint).toContain("native public client");
  });

  it.each<[string, object, object]>([
    [
      "as it is to be shown",
      { token_endpoint_auth_method: "client_secret_post", client_secret_expires_at: 1_900_000_000 },
      { tokenEndpointAuthMethod: "client_secret_post", clientSecretExpiresAt: 1_900_000_000_000 },
    ],
    [
      "by Basic, where the server does not say how",
      { token_endpoint_auth_method: undefined },
      { tokenEndpointAuthMethod: "client_secret_basic" },
    ],
    [
      "also where nobody says when it ends",
      { token_endpoint_auth_method: "client_secret_post", client_secret_expires_at: undefined },
      { tokenEndpointAuthMethod: "client_secret_post" },
    ],
    [
      "also where null says when it ends",
      { token_endpoint_auth_method: "client_secret_post", client_secret_expires_at: null },
      { tokenEndpointAuthMethod: "client_secret_post" },
    ],
  ])("may insist on a secret, which is kept as one, %s", async (_, more, expected) => {
    const client = await (await arrange(registered({ ...withSecret(), ...more }))).register();
    expect(client).toMatchObject({ ...expected, discardedSecret: false });
    expect("clientSecretExpiresAt" in client).toBe("clientSecretExpiresAt" in expected);
    expect(client.clientSecret?.reveal()).toBe("secret-of-the-server");
    expect(JSON.stringify(client)).not.toContain("secret-of-the-server");
    // It goes into a configuration as it is.
    const { clientId, clientSecret, tokenEndpointAuthMethod, clientSecretExpiresAt } = client;
    const options = {
      clientId,
      clientSecret: clientSecret!,
      tokenEndpointAuthMethod: tokenEndpointAuthMethod!,
      ...(clientSecretExpiresAt && { clientSecretExpiresAt }),
    };
    expect(resolveConfig({ issuer: "https://id.example", ...options }).clientSecret?.reveal()).toBe(
      "secret-of-the-server",
    );
  });

  it.each([0.5, -1, "soon", "0", true])(
    "is invalid_response with a secret that ends at %j",
    async (client_secret_expires_at) => {
      const more = {
        ...withSecret(),
        token_endpoint_auth_method: "client_secret_post",
        client_secret_expires_at,
      };
      const error = await (await arrange(registered(more))).refusal();
      expect(error.code).toBe("invalid_response");
      expect(error.message).toContain("client_secret_expires_at");
    },
  );

  it.each<[string, object]>([
    ["a secret that is null", { client_secret: null, client_secret_expires_at: null }],
    ["members that are null", { client_uri: null, contacts: null, scope: null }],
  ])("may write %s where there is none", async (_, more) => {
    expect(await (await arrange(registered(more))).register()).toMatchObject({
      clientId: "new-client",
      discardedSecret: false,
    });
  });

  it("is refused, whatever the status, where it says why and gives no client id", async () => {
    const { refusal } = await arrange(registered({ error: "invalid_redirect_uri", client_id: undefined }));
    expect(await refusal()).toMatchObject({
      code: "authorization_failed",
      oauthError: "invalid_redirect_uri",
    });
  });

  it("may issue a secret to a public client, which is dropped and told of", async () => {
    const { register } = await arrange(registered(withSecret()));
    const client = await register();
    expect(client).toMatchObject({ clientId: "new-client", discardedSecret: true, differences: [] });
    expect(JSON.stringify(client)).not.toContain("secret-of-the-server");
    expect(JSON.stringify(client.metadata)).not.toContain("client_secret");
  });
});

function withSecret() {
  return { client_secret: "secret-of-the-server", client_secret_expires_at: 0 };
}

describe("a registration that fails", () => {
  it("is unsupported_by_server where there is no registration endpoint", async () => {
    const { refusal, sent } = await arrange(registered(), { registration_endpoint: undefined });
    expect(await refusal()).toMatchObject({ code: "unsupported_by_server", detail: "registration_endpoint" });
    expect(sent).toEqual([]);
  });

  it.each(["registration_endpoint", "token_endpoint"])(
    "is insecure_endpoint where the %s is not https, and nothing is sent there",
    async (name) => {
      const { refusal, sent } = await arrange(registered(), { [name]: "http://id.example/register" });
      expect(await refusal()).toMatchObject({ code: "insecure_endpoint", detail: name });
      expect(sent).toEqual([]);
    },
  );

  it("is insecure_endpoint where the registration would be managed over http", async () => {
    const more = { registration_client_uri: "http://id.example/register/new-client" };
    const error = await (await arrange(registered(more))).refusal();
    expect(error).toMatchObject({ code: "insecure_endpoint", detail: "registration_client_uri" });
  });

  it("is discovery_failed where the server is not found", async () => {
    const { refusal, server, sent } = await arrange();
    server.intercept = () => new Response(null, { status: 404 });
    expect(await refusal()).toMatchObject({ code: "discovery_failed", detail: "404" });
    expect(sent).toEqual([]);
  });

  it.each([
    ["invalid_redirect_uri", /redirect URIs/],
    ["invalid_client_metadata", /Change/],
    ["unapproved_software_statement", /operator/],
  ])("is authorization_failed when the server says %s, with its word and what to do", async (error, hint) => {
    const description = `no, and ${TOKEN} is no help\u001b[2J`;
    const { refusal } = await arrange(() =>
      Response.json({ error, error_description: description }, { status: 400 }),
    );
    const refused = await refusal({}, { initialAccessToken: new Secret(TOKEN) });
    expect(refused).toMatchObject({ code: "authorization_failed", oauthError: error, detail: "400" });
    expect(refused.hint).toMatch(hint);
    expect(refused.message).toContain("no, and [secret] is no help");
    expect(refused.message).not.toContain("\u001b");
  });

  it.each([
    [undefined, "wants an initial access token"],
    [new Secret(TOKEN), "does not accept this initial access token"],
  ])("is authorization_failed when it %s asks for an initial access token", async (token, message) => {
    const headers = { "www-authenticate": 'Bearer error="invalid_token"' };
    const { refusal } = await arrange(() => new Response(null, { status: 401, headers }));
    const error = await refusal({}, token === undefined ? {} : { initialAccessToken: token });
    expect(error).toMatchObject({ code: "authorization_failed", oauthError: "invalid_token", detail: "401" });
    expect(error.message).toContain(message);
    expect(error.hint).toContain("initial access token");
  });

  it.each<[string, Answer]>([
    ["HTML", () => new Response("<html>", { status: 201 })],
    ["nothing", () => new Response(null, { status: 201 })],
    ["a list", () => Response.json([], { status: 201 })],
    ["no client id", registered({ client_id: undefined })],
    ["an empty client id", registered({ client_id: "" })],
    ["a client id that is a number", registered({ client_id: 7 })],
    ["a client id with a line break", registered({ client_id: "a\nb" })],
    ["redirect URIs that are no list", registered({ redirect_uris: "http://127.0.0.1/callback" })],
    ["an address to manage it that is none", registered({ registration_client_uri: "here" })],
    ["more than a megabyte", () => new Response("x".repeat(2_000_000), { status: 201 })],
    ["a redirect", () => Response.redirect("https://evil.example/register", 307)],
    ["a page that is not found", () => new Response("<html>", { status: 404 })],
  ])("is invalid_response when the answer is %s", async (_, answer) => {
    expect(await (await arrange(answer)).refusal()).toMatchObject({
      code: "invalid_response",
      retryable: false,
    });
  });

  it.each([429, 500, 503])("is temporarily_unavailable with status %i", async (status) => {
    const { refusal } = await arrange(() => new Response(null, { status, headers: { "retry-after": "7" } }));
    expect(await refusal()).toMatchObject({
      code: "temporarily_unavailable",
      detail: `${status}`,
      retryAfterMs: 7_000,
      retryable: true,
    });
  });

  it("waits a day at the most, however many digits the server writes", async () => {
    const headers = { "retry-after": "9".repeat(400) };
    const { refusal } = await arrange(() => new Response(null, { status: 503, headers }));
    expect(await refusal()).toMatchObject({ retryAfterMs: 86_400_000 });
  });

  it("is temporarily_unavailable when the endpoint does not answer within requestTimeoutMs", async () => {
    const { refusal, sent, clock } = await arrange(() => new Promise(() => {}));
    const failed = refusal({}, { requestTimeoutMs: 5_000 });
    await until(() => sent.length > 0);
    await clock.advance(5_000);
    expect(await failed).toMatchObject({ code: "temporarily_unavailable", detail: "timeout" });
  });

  it("does not repeat the initial access token that the server repeats", async () => {
    const challenge = { "www-authenticate": `Bearer error="${TOKEN}"` };
    const { refusal } = await arrange(() => new Response(null, { status: 401, headers: challenge }));
    const error = await refusal({}, { initialAccessToken: new Secret(TOKEN) });
    expect(error).toMatchObject({ code: "authorization_failed", oauthError: "[secret]" });
  });

  it("is cancelled by the signal, whatever its reason, at once", async () => {
    const leaving = new AbortController();
    const never = defer<Response>();
    const { refusal, sent } = await arrange(() => never.promise);
    const failed = refusal({}, { signal: leaving.signal });
    await until(() => sent.length > 0);
    leaving.abort(new Error("enough"));
    expect(await failed).toMatchObject({ code: "cancelled" });
    const again = await arrange();
    expect(await again.refusal({}, { signal: AbortSignal.abort() })).toMatchObject({ code: "cancelled" });
    expect([...again.sent, ...again.server.requests]).toEqual([]);
  });
});
