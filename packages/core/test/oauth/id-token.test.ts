import { afterEach, describe, expect, it, vi } from "vitest";
import { AuthError, createAuthClient, type AuthConfig } from "../../src/index.js";
import {
  createFakeClock,
  createFakePorts,
  createFakeServer,
  type FakeServer,
  type FakeServerOptions,
} from "../../src/testing/index.js";
import { base64url, createSigner, encodeParts, utf8 } from "../../src/testing/jwt.js";

/** What lies in the store and is none of ours: whatever goes wrong leaves it alone. */
const PREVIOUS = JSON.stringify({
  v: 1,
  sessionId: "s",
  generation: 1,
  issuer: "https://other.example",
  clientId: "other",
  scope: [],
  savedAt: 1,
});

afterEach(() => {
  vi.useRealTimers();
});

async function arrange(metadata: FakeServerOptions["metadata"] = {}, config: Partial<AuthConfig> = {}) {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock, metadata });
  const pages: unknown[] = [];
  const ports = createFakePorts({
    clock,
    server,
    person: (url, { listener }) => {
      void listener.visit(server.authorize(url)).then((page) => pages.push(page));
    },
  });
  await ports.store.save(PREVIOUS);
  const client = createAuthClient({ issuer: server.issuer, clientId: "app", ...config }, ports);
  return { client, server, ports, pages, clock };
}
type World = Awaited<ReturnType<typeof arrange>>;

/** The error of a sign-in that must fail, with everything that must be as if it had never been. */
async function refused({ client, ports, pages, server }: World): Promise<AuthError> {
  const error = await client.signIn().then(
    () => expect.fail("signed in"),
    (reason: unknown) => reason as AuthError,
  );
  expect(error).toBeInstanceOf(AuthError);
  expect(client.getState()).toMatchObject({
    status: "idle",
    reason: { code: error.code, message: error.message },
  });
  expect(await ports.store.load()).toBe(PREVIOUS);
  await expect(client.getAccessToken()).rejects.toMatchObject({ code: "sign_in_required" });
  expect(pages).toMatchObject([{ outcome: "failure", code: error.code }]);
  for (const secret of server.secrets) expect(`${error.message} ${error.detail}`).not.toContain(secret);
  expect(ports.listener.isListening).toBe(false);
  expect(ports.clock.armed).toBe(0);
  await client.close();
  return error;
}

/** Lets the server answer the token request, and changes the ID token in the answer. */
function replaceIdToken(server: FakeServer, change: (idToken: string) => unknown): void {
  const answer = async (body: URLSearchParams): Promise<Response> => {
    const real = server.intercept;
    server.intercept = undefined;
    const response = await server.fetch(`${server.issuer}/token`, { method: "POST", body });
    server.intercept = real;
    const json = (await response.json()) as { id_token: string };
    return Response.json({ ...json, id_token: await change(json.id_token) });
  };
  server.intercept = ({ path, body }) => (path === "/token" ? answer(body) : undefined);
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const read = (jwt: string, index: 0 | 1): Record<string, unknown> =>
  JSON.parse(Buffer.from(jwt.split(".")[index]!, "base64url").toString()) as Record<string, unknown>;
const jwksRequests = (server: FakeServer): number =>
  server.requests.filter(({ path }) => path === "/jwks").length;

/** What may be behind it, where that is not the server. */
const HINTS: Readonly<Record<string, RegExp>> = {
  aud: /Check that the client id/,
  exp: /this machine's clock/,
  iat: /this machine's clock/,
  nbf: /this machine's clock/,
};

describe("an ID token with an altered claim is refused as id_token_invalid, and nothing is kept", () => {
  const seconds = (offset: number) => (now: number) => now + offset;
  it.each<[string, Record<string, unknown>, string | RegExp]>([
    ["another issuer", { iss: "https://evil.example" }, "iss"],
    ["an issuer that differs by a slash", { iss: "https://id.example/" }, "iss"],
    ["no issuer", { iss: undefined }, /iss/],
    ["another audience", { aud: "other" }, "aud"],
    ["a list of other audiences", { aud: ["other", "another"] }, "aud"],
    ["an empty list of audiences", { aud: [] }, "aud"],
    ["no audience", { aud: undefined }, /aud/],
    ["an audience that is no string", { aud: 7 }, /aud/],
    ["several audiences and no azp", { aud: ["app", "other"] }, "aud"],
    ["several audiences and another azp", { aud: ["app", "other"], azp: "other" }, "azp"],
    ["a time of expiry that has passed", { exp: seconds(-31) }, "exp"],
    ["a time of expiry in text", { exp: "2099" }, /exp/],
    ["no time of expiry", { exp: undefined }, /exp/],
    ["no time of issue", { iat: undefined }, /iat/],
    ["a time of issue in text", { iat: "now" }, /iat/],
    ["a time before which it does not hold", { nbf: seconds(60) }, "nbf"],
    ["another nonce", { nonce: "another" }, "nonce"],
    ["an empty nonce", { nonce: "" }, "nonce"],
    ["no nonce", { nonce: undefined }, /nonce/],
    ["no subject", { sub: undefined }, /sub/],
    ["a subject that is a number", { sub: 7 }, /sub/],
    ["a subject that is null", { sub: null }, /sub/],
  ])("%s", async (_, claims, detail) => {
    const world = await arrange();
    const now = Math.floor(world.clock.now() / 1000);
    world.server.idTokenClaims = Object.fromEntries(
      Object.entries(claims).map(([name, value]) => [
        name,
        typeof value === "function" ? (value as (now: number) => number)(now) : value,
      ]),
    );
    const error = await refused(world);
    expect(error).toMatchObject({ code: "id_token_invalid", retryable: false });
    if (typeof detail === "string") expect(error.detail).toBe(detail);
    else expect(error.detail).toMatch(detail);
    expect(error.hint).toMatch(HINTS[error.detail ?? ""] ?? /operator of the server/);
  });

  it.each<[string, (now: number) => Record<string, unknown>]>([
    ["the only audience in a list", () => ({ aud: ["app"] })],
    ["several audiences with the right azp", () => ({ aud: ["other", "app"], azp: "app" })],
    ["an expiry within the clock tolerance", (now) => ({ exp: now - 20 })],
  ])("while %s is taken", async (_, claims) => {
    const { client, server, clock } = await arrange();
    server.idTokenClaims = claims(Math.floor(clock.now() / 1000));
    expect((await client.signIn()).subject).toBe("ada");
    await client.close();
  });

  it("the clock tolerance is the configured one", async () => {
    const world = await arrange({}, { clockToleranceSeconds: 0 });
    world.server.idTokenClaims = { exp: Math.floor(world.clock.now() / 1000) - 20 };
    expect((await refused(world)).detail).toBe("exp");
  });
});

describe("an ID token whose signature does not hold is refused as id_token_invalid", () => {
  it("signed by another key under the same kid", async () => {
    const world = await arrange();
    const other = await createSigner();
    let kid: unknown;
    replaceIdToken(world.server, (idToken) => {
      kid = read(idToken, 0)["kid"];
      return idToken;
    });
    const answerToken = world.server.intercept!;
    world.server.intercept = (request) =>
      request.path === "/jwks"
        ? Response.json({ keys: [{ ...other.publicJwk, kid }] })
        : answerToken(request);
    expect(await refused(world)).toMatchObject({ code: "id_token_invalid" });
    expect(jwksRequests(world.server)).toBe(1);
  });

  it("changed after it was signed", async () => {
    const world = await arrange();
    replaceIdToken(world.server, (idToken) => {
      const [header, , signature] = idToken.split(".");
      return `${header}.${part({ ...read(idToken, 1), sub: "eve" })}.${signature}`;
    });
    expect(await refused(world)).toMatchObject({ code: "id_token_invalid" });
  });

  it.each([
    ["as the server says", ["ES256"]],
    ["even where the server says it uses none", ["ES256", "none"]],
  ])("alg none without a signature, %s", async (_, algorithms) => {
    const world = await arrange({ id_token_signing_alg_values_supported: algorithms });
    replaceIdToken(world.server, (idToken) => `${part({ alg: "none" })}.${idToken.split(".")[1]}.`);
    expect(await refused(world)).toMatchObject({ code: "id_token_invalid" });
  });

  it.each([
    ["as the server says", ["ES256"]],
    ["even where the server says it uses HS256", ["ES256", "HS256"]],
  ])("alg HS256 keyed with what everyone knows, %s", async (_, algorithms) => {
    const world = await arrange({ id_token_signing_alg_values_supported: algorithms });
    replaceIdToken(world.server, async (idToken) => {
      const key = await crypto.subtle.importKey(
        "raw",
        Buffer.from("app"),
        { name: "HMAC", hash: "SHA-256" },
        false,
        ["sign"],
      );
      const input = `${part({ ...read(idToken, 0), alg: "HS256" })}.${idToken.split(".")[1]}`;
      const signature = await crypto.subtle.sign("HMAC", key, Buffer.from(input));
      return `${input}.${Buffer.from(signature).toString("base64url")}`;
    });
    expect(await refused(world)).toMatchObject({ code: "id_token_invalid" });
  });

  it("by a kid the server does not publish", async () => {
    const world = await arrange();
    const stranger = await createSigner();
    replaceIdToken(world.server, (idToken) => stranger.sign(read(idToken, 1)));
    expect(await refused(world)).toMatchObject({ code: "id_token_invalid" });
  });

  it("when the server publishes no key at all", async () => {
    const world = await arrange();
    world.server.intercept = ({ path }) => (path === "/jwks" ? Response.json({ keys: [] }) : undefined);
    expect(await refused(world)).toMatchObject({ code: "id_token_invalid" });
  });

  it.each([
    ["two parts", "a.b"],
    ["no JSON", "a.b.c"],
  ])("when it is no signed JWT: %s", async (_, idToken) => {
    const world = await arrange();
    replaceIdToken(world.server, () => idToken);
    expect(await refused(world)).toMatchObject({ code: "id_token_invalid" });
  });

  it.each([
    ["missing though openid was asked for", undefined],
    ["a number", 7],
    ["empty", ""],
    ["encrypted, which was not asked for", "a.b.c.d.e"],
  ])("while one that is %s breaks the protocol: invalid_response", async (_, idToken) => {
    const world = await arrange();
    replaceIdToken(world.server, () => idToken);
    expect(await refused(world)).toMatchObject({ code: "invalid_response", retryable: false });
  });
});

const ofTheKeys = {
  code: "invalid_response",
  message: expect.stringContaining("The server's key set (jwks_uri)") as string,
};

describe("the server's keys", () => {
  it("that are not named are missed before a browser opens", async () => {
    const { client, ports, server } = await arrange({ jwks_uri: undefined });
    await expect(client.signIn()).rejects.toMatchObject({
      code: "unsupported_by_server",
      detail: "jwks_uri",
    });
    expect(ports.opened).toEqual([]);
    expect(server.secrets).toEqual([]);
    await client.close();
  });

  it("are not needed without openid", async () => {
    const { client } = await arrange({ jwks_uri: undefined }, { scope: "api" });
    expect(await client.signIn()).toMatchObject({ scope: ["api"] });
    await client.close();
  });

  it.each<[string, () => Response, object]>([
    [
      "a busy server",
      () => new Response(null, { status: 503 }),
      { code: "temporarily_unavailable", retryable: true },
    ],
    ["a missing page", () => new Response("not found", { status: 404 }), ofTheKeys],
    ["a web page", () => new Response("<html>"), ofTheKeys],
    ["no list", () => Response.json({ keys: "none" }), ofTheKeys],
    [
      "too much",
      () => new Response("x".repeat(2_000_000)),
      { code: "invalid_response", detail: "body too large" },
    ],
  ])("that come as %s end the sign-in", async (_, answer, expected) => {
    const world = await arrange();
    world.server.intercept = ({ path }) => (path === "/jwks" ? answer() : undefined);
    expect(await refused(world)).toMatchObject(expected);
  });

  it("are asked for once for several sign-ins", async () => {
    const { client, server } = await arrange();
    await client.signIn();
    await client.signIn();
    expect(jwksRequests(server)).toBe(1);
    await client.close();
  });

  // oauth4webapi looks for a new key by itself once those it has are a minute old.
  it.each([0, 61])(
    "are asked for again, once, when a token names a kid that is not among them (%i s old)",
    async (secondsLater) => {
      vi.useFakeTimers({ toFake: ["Date"] });
      const { client, server } = await arrange();
      await client.signIn();
      const rotated = await createSigner();
      replaceIdToken(server, (idToken) => rotated.sign(read(idToken, 1)));
      const answerToken = server.intercept!;
      server.intercept = (request) =>
        request.path === "/jwks" ? Response.json({ keys: [rotated.publicJwk] }) : answerToken(request);
      expect((await client.signIn()).subject).toBe("ada");
      expect(jwksRequests(server)).toBe(2);
      const stranger = await createSigner();
      replaceIdToken(server, (idToken) => stranger.sign(read(idToken, 1)));
      vi.setSystemTime(Date.now() + secondsLater * 1_000);
      await expect(client.signIn()).rejects.toMatchObject({ code: "id_token_invalid" });
      expect(jwksRequests(server)).toBe(3);
      await client.close();
    },
  );
});

it.each(["Ed25519", "EdDSA"])(
  "at_hash of a token signed with %s is half of SHA-512 (RFC 8032 5.1)",
  async (alg) => {
    const { client, server, clock } = await arrange({ id_token_signing_alg_values_supported: undefined });
    const keys = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
    if (!("privateKey" in keys)) throw new Error("no pair");
    const jwk = { ...(await crypto.subtle.exportKey("jwk", keys.publicKey)), use: "sig", alg };
    const access_token = "an access token";
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", utf8(access_token)));
    server.intercept = async ({ path }) => {
      if (path === "/jwks") return Response.json({ keys: [jwk] });
      if (path !== "/token") return undefined as never;
      const iat = Math.floor(clock.now() / 1000);
      const nonce = server.authorizations.at(-1)!.get("nonce");
      const common = { iss: server.issuer, sub: "ada", aud: "app", iat, exp: iat + 60, nonce };
      const input = encodeParts({ alg }, { ...common, at_hash: base64url(digest.slice(0, 32)) });
      const signature = await crypto.subtle.sign("Ed25519", keys.privateKey, utf8(input));
      const id_token = `${input}.${base64url(new Uint8Array(signature))}`;
      return Response.json({ access_token, token_type: "Bearer", expires_in: 60, id_token });
    };
    expect((await client.signIn()).subject).toBe("ada");
  },
);
