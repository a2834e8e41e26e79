import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ResourceOptions } from "../src/index.js";
import { type App, later, REDIRECT_URI, startApp } from "./app.js";
import { call, post } from "./plain-client.js";

const SCOPE = "openid offline_access notes:read vault:read";
const NOTES: ResourceOptions = { path: "/api/notes" };
const VAULT: ResourceOptions = { path: "/api/vault", accessTokenFormat: "jwt" };

/** Signs in for these resources; the token request names `resource`, or nothing. */
async function signIn(app: App, asked: readonly string[], resource?: string) {
  const begun = await app.authorizationUrl({ scope: SCOPE });
  const url = new URL(begun.url);
  for (const indicator of asked) url.searchParams.append("resource", indicator);
  const person = app.newPerson();
  const redirect = new URL(await person.follow(url));
  const answer = await post(app.metadata.token_endpoint, {
    client_id: app.provider.clientId,
    grant_type: "authorization_code",
    code: redirect.searchParams.get("code") ?? "",
    redirect_uri: REDIRECT_URI,
    code_verifier: begun.verifier,
    ...(resource && { resource }),
  });
  return {
    redirect,
    person,
    answer,
    accessToken: String(answer.body["access_token"]),
    ...refreshOf(app, answer.body),
  };
}

function claimsOf(body: Record<string, unknown>): Record<string, unknown> {
  const [, payload] = String(body["id_token"]).split(".");
  return JSON.parse(Buffer.from(payload!, "base64url").toString("utf8")) as Record<string, unknown>;
}

function leftHalfHash(accessToken: string): string {
  return createHash("sha256").update(accessToken).digest().subarray(0, 16).toString("base64url");
}

function refreshOf(app: App, body: Record<string, unknown>) {
  const refresh = (resource?: string) =>
    post(app.metadata.token_endpoint, {
      client_id: app.provider.clientId,
      grant_type: "refresh_token",
      refresh_token: String(body["refresh_token"]),
      ...(resource && { resource }),
    });
  return { refresh };
}

describe.each([
  ["opaque", { path: "/api/notes" }],
  ["jwt", { path: "/api/notes", accessTokenFormat: "jwt" }],
] as const)("a token of the kind %s", (kind, resource) => {
  test("is for the API that was named, in both requests, and no other", async () => {
    const app = await startApp({ resources: [resource, VAULT] });
    const { apiUrl, vaultUrl } = app.provider;
    const { accessToken, answer } = await signIn(app, [apiUrl], apiUrl);
    expect(answer.body).toMatchObject({ scope: "notes:read" });
    expect(accessToken.split(".")).toHaveLength(kind === "jwt" ? 3 : 1);
    expect(claimsOf(answer.body)["at_hash"]).toBe(leftHalfHash(accessToken));
    expect((await call(apiUrl, accessToken)).status).toBe(200);
    expect(await call(vaultUrl, accessToken)).toMatchObject({
      status: 401,
      body: { error: "invalid_token" },
    });
    expect((await call(app.metadata.userinfo_endpoint!, accessToken)).status).toBe(
      kind === "jwt" ? 401 : 403,
    );
    expect(app.events).toContainEqual(expect.objectContaining({ type: "tokens-issued", audience: apiUrl }));
  });
});

test("a changed or expired JWT is refused", async () => {
  const app = await startApp({ resources: [VAULT], accessTokenSeconds: 60 });
  const { vaultUrl } = app.provider;
  const { accessToken } = await signIn(app, [vaultUrl], vaultUrl);
  const [header, payload, signature] = accessToken.split(".");
  const claims = JSON.parse(Buffer.from(payload!, "base64url").toString("utf8")) as object;
  const forged = Buffer.from(JSON.stringify({ ...claims, exp: 9_999_999_999 })).toString("base64url");
  expect((await call(vaultUrl, `${header}.${forged}.${signature}`)).status).toBe(401);
  expect((await call(vaultUrl, accessToken)).status).toBe(200);
  later(61);
  expect((await call(vaultUrl, accessToken)).status).toBe(401);
});

test("a token request that does not say which API gets a token for userinfo only", async () => {
  const app = await startApp({ resources: [NOTES, VAULT] });
  const { accessToken, answer } = await signIn(app, [app.provider.apiUrl]);
  expect(answer.body).toMatchObject({ scope: "openid offline_access" });
  expect((await call(app.provider.apiUrl, accessToken)).status).toBe(401);
  expect((await call(app.metadata.userinfo_endpoint!, accessToken)).status).toBe(200);
});

test("a refresh gets a token for the API it names, of those that were granted", async () => {
  const app = await startApp({ resources: [NOTES, VAULT] });
  const { apiUrl, vaultUrl } = app.provider;
  const first = await signIn(app, [apiUrl, vaultUrl], apiUrl);
  const second = await first.refresh(vaultUrl);
  expect(second.body).toMatchObject({ scope: "vault:read" });
  expect((await call(vaultUrl, String(second.body["access_token"]))).status).toBe(200);
  const third = await refreshOf(app, second.body).refresh();
  expect((await call(vaultUrl, String(third.body["access_token"]))).status).toBe(401);
});

test("an API nobody knows, or that was not granted, is no target", async () => {
  const app = await startApp({ resources: [NOTES, VAULT] });
  const { apiUrl, vaultUrl } = app.provider;
  const { redirect } = await signIn(app, ["https://elsewhere.example"]);
  expect(redirect.searchParams.get("error")).toBe("invalid_target");
  const { refresh } = await signIn(app, [apiUrl], apiUrl);
  expect(await refresh(vaultUrl)).toMatchObject({ status: 400, body: { error: "invalid_target" } });
});

test("consent is asked for once for each API", async () => {
  const app = await startApp({ resources: [NOTES, VAULT] });
  const { apiUrl, vaultUrl } = app.provider;
  const pagesOf = async (resource: string) => (await signIn(app, [resource], resource)).person.pagesSeen;
  expect(await pagesOf(apiUrl)).toEqual(["login", "consent"]);
  expect(await pagesOf(apiUrl)).toEqual(["login"]);
  expect(await pagesOf(vaultUrl)).toEqual(["login", "consent"]);
});

test("a device code is for the API it was asked for", async () => {
  const app = await startApp({ resources: [NOTES], deviceCode: {} });
  const { apiUrl, clientId } = app.provider;
  const { body } = await post(app.metadata.device_authorization_endpoint, {
    client_id: clientId,
    scope: SCOPE,
    resource: apiUrl,
  });
  await app.newPerson().follow(String(body["verification_uri_complete"]));
  const tokens = await post(app.metadata.token_endpoint, {
    client_id: clientId,
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    device_code: String(body["device_code"]),
    resource: apiUrl,
  });
  expect((await call(apiUrl, String(tokens.body["access_token"]))).status).toBe(200);
});
