import { beforeEach, describe, expect, test } from "vitest";
import { type App, REDIRECT_URI, startApp } from "./app.js";
import { call, createProofKey, post, type ProofKey } from "./plain-client.js";

let key: ProofKey;
beforeEach(async () => {
  key = await createProofKey();
});

/** A sign-in up to the code; `exchange` sends it with these headers. */
async function begin(app: App) {
  const begun = await app.authorizationUrl();
  const code = new URL(await app.newPerson().follow(begun.url)).searchParams.get("code")!;
  return (headers: Record<string, string> = {}) =>
    post(
      app.metadata.token_endpoint,
      {
        client_id: app.provider.clientId,
        grant_type: "authorization_code",
        code,
        redirect_uri: REDIRECT_URI,
        code_verifier: begun.verifier,
      },
      headers,
    );
}

async function signIn(app: App) {
  const exchange = await begin(app);
  const { status, body } = await exchange(await tokenProof(app));
  expect(status).toBe(200);
  return { accessToken: body["access_token"] as string, refreshToken: body["refresh_token"] as string, body };
}

function tokenProof({ metadata }: App, claims: Record<string, unknown> = {}, proofKey = key) {
  return proofKey.proof(metadata.token_endpoint!, { method: "POST", claims });
}

test("the default profile knows no proofs", async () => {
  const app = await startApp();
  expect(app.metadata.dpop_signing_alg_values_supported).toBeUndefined();
  const { accessToken } = await app.signIn();
  const headers = await key.proof(app.provider.apiUrl, { accessToken });
  const answer = await call(app.provider.apiUrl, accessToken, { scheme: "DPoP", headers });
  expect(answer.status).toBe(401);
  expect(answer.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
});

describe("the token endpoint", () => {
  test("binds tokens to the key of the proof", async () => {
    const app = await startApp({ dpop: {} });
    expect(app.metadata.dpop_signing_alg_values_supported).toContain("ES256");
    const { body } = await signIn(app);
    expect(body["token_type"]).toBe("DPoP");
    expect(app.events).toContainEqual(expect.objectContaining({ type: "tokens-issued", tokenType: "DPoP" }));
  });

  test("refreshes only with the same key", async () => {
    const app = await startApp({ dpop: {} });
    const { refreshToken } = await signIn(app);
    const refresh = (headers: Record<string, string>) =>
      post(
        app.metadata.token_endpoint,
        { client_id: "loopkey-demo", grant_type: "refresh_token", refresh_token: refreshToken },
        headers,
      );
    const other = await createProofKey();
    for (const headers of [{}, await tokenProof(app, {}, other)])
      expect(await refresh(headers)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    expect(await refresh(await tokenProof(app))).toMatchObject({
      status: 200,
      body: { token_type: "DPoP" },
    });
  });

  test("gives a client that must be bound nothing else", async () => {
    const app = await startApp({
      dpop: {},
      clients: [{ clientId: "loopkey-demo", redirectUris: [REDIRECT_URI], dpopBoundAccessTokens: true }],
    });
    const exchange = await begin(app);
    expect(await exchange()).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    expect(await exchange(await tokenProof(app))).toMatchObject({ status: 200 });
  });

  test("demands its nonce where told to, and says which", async () => {
    const app = await startApp({ dpop: { requireNonce: true } });
    const exchange = await begin(app);
    const first = await exchange(await tokenProof(app));
    expect(first).toMatchObject({ status: 400, body: { error: "use_dpop_nonce" } });
    const nonce = first.headers.get("dpop-nonce")!;
    expect(await exchange(await tokenProof(app, { nonce: "made up" }))).toMatchObject({
      body: { error: "use_dpop_nonce" },
    });
    expect((await exchange(await tokenProof(app, { nonce }))).status).toBe(200);
  });
});

describe("the API", () => {
  test("takes a bound token with a proof, once", async () => {
    const app = await startApp({ dpop: {} });
    const { accessToken } = await signIn(app);
    const headers = await key.proof(app.provider.apiUrl, { accessToken });
    const first = await call(app.provider.apiUrl, accessToken, { scheme: "DPoP", headers });
    expect(first).toMatchObject({ status: 200, body: { owner: "Ada Lovelace" } });
    expect(first.headers.get("dpop-nonce")).toBeNull();
    const replayed = await call(app.provider.apiUrl, accessToken, { scheme: "DPoP", headers });
    expect(replayed).toMatchObject({ status: 401, body: { error: "invalid_dpop_proof" } });
  });

  test("refuses a bound token as bearer, with or without its proof", async () => {
    const app = await startApp({ dpop: {} });
    const { accessToken } = await signIn(app);
    for (const headers of [{}, await key.proof(app.provider.apiUrl, { accessToken })]) {
      const answer = await call(app.provider.apiUrl, accessToken, { headers });
      expect(answer).toMatchObject({ status: 401, body: { error: "invalid_token" } });
      expect(answer.headers.get("www-authenticate")).toMatch(/^DPoP error="invalid_token", algs="ES256 /);
    }
  });

  test.each([
    ["no kind", async () => ({})],
    ["what is no JWT", async () => ({ DPoP: "proof" })],
    ["another method", (url: string, accessToken: string) => key.proof(url, { accessToken, method: "POST" })],
    ["another URL", (url: string, accessToken: string) => key.proof(`${url}/x`, { accessToken })],
    ["another token", (url: string) => key.proof(url, { accessToken: "another" })],
    ["no token", (url: string) => key.proof(url)],
    ["long ago", (url: string, accessToken: string) => key.proof(url, { accessToken, claims: { iat: 1 } })],
    [
      "no id",
      (url: string, accessToken: string) => key.proof(url, { accessToken, claims: { jti: undefined } }),
    ],
  ])("refuses a proof of %s", async (_, makeProof) => {
    const app = await startApp({ dpop: {} });
    const { accessToken } = await signIn(app);
    const headers = await makeProof(app.provider.apiUrl, accessToken);
    expect(await call(app.provider.apiUrl, accessToken, { scheme: "DPoP", headers })).toMatchObject({
      status: 401,
      body: { error: "invalid_dpop_proof" },
    });
  });

  test("refuses a good proof of another key, and any proof for a token that is not bound", async () => {
    const app = await startApp({ dpop: {} });
    const { accessToken } = await signIn(app);
    const { accessToken: plain } = await app.signIn();
    const other = await createProofKey();
    for (const [token, proofKey] of [[accessToken, other] as const, [plain, key] as const]) {
      const headers = await proofKey.proof(app.provider.apiUrl, { accessToken: token });
      const answer = await call(app.provider.apiUrl, token, { scheme: "DPoP", headers });
      expect(answer).toMatchObject({ status: 401, body: { error: "invalid_token" } });
    }
    expect((await call(app.provider.apiUrl, plain)).status).toBe(200);
  });

  test("demands its own nonce where told to, and brings the next one with each answer", async () => {
    const app = await startApp({ dpop: { requireApiNonce: true } });
    const { accessToken } = await signIn(app);
    const ask = async (claims: Record<string, unknown>) => {
      const headers = await key.proof(app.provider.apiUrl, { accessToken, claims });
      return call(app.provider.apiUrl, accessToken, { scheme: "DPoP", headers });
    };
    const first = await ask({});
    expect(first).toMatchObject({ status: 401, body: { error: "use_dpop_nonce" } });
    expect(first.headers.get("www-authenticate")).toContain('DPoP error="use_dpop_nonce"');
    const second = await ask({ nonce: first.headers.get("dpop-nonce") });
    expect(second.status).toBe(200);
    expect(second.headers.get("dpop-nonce")).not.toBe(first.headers.get("dpop-nonce"));
    expect((await ask({ nonce: second.headers.get("dpop-nonce") })).status).toBe(200);
    expect((await ask({ nonce: "made up" })).status).toBe(401);
    expect(app.events).toContainEqual({
      type: "api-refused",
      path: "/api/notes",
      error: "use_dpop_nonce",
      detail: "it has no nonce",
    });
  });
});

test("userinfo wants the proof too", async () => {
  const app = await startApp({ dpop: {} });
  const { accessToken } = await signIn(app);
  const url = app.metadata.userinfo_endpoint!;
  expect((await call(url, accessToken)).status).toBe(401);
  const headers = await key.proof(url, { accessToken });
  expect((await call(url, accessToken, { scheme: "DPoP", headers })).status).toBe(200);
});
