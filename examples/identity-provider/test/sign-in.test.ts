import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { signInByHttp } from "../src/index.js";
import { REDIRECT_URI, startApp } from "./app.js";

describe("discovery", () => {
  test("both documents name the issuer and Wacht's paths", async () => {
    const { provider, metadata } = await startApp();
    const { issuer } = provider;
    expect(metadata).toMatchObject({
      issuer,
      authorization_endpoint: `${issuer}/oauth/authorize`,
      token_endpoint: `${issuer}/oauth/token`,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      introspection_endpoint: `${issuer}/oauth/introspect`,
      userinfo_endpoint: `${issuer}/oauth/userinfo`,
      end_session_endpoint: `${issuer}/oauth/logout`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: ["code"],
      grant_types_supported: expect.arrayContaining(["authorization_code", "refresh_token"]),
      token_endpoint_auth_methods_supported: ["none"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["S256"],
      claims_parameter_supported: false,
      authorization_response_iss_parameter_supported: true,
    });
    expect(metadata.grant_types_supported).toHaveLength(2);
    const other = await fetch(`${issuer}/.well-known/oauth-authorization-server`);
    expect(await other.json()).toEqual(metadata);
  });

  test("the JWKS holds one public RS256 key and nothing private", async () => {
    const { metadata } = await startApp();
    const { keys } = (await (await fetch(metadata.jwks_uri!)).json()) as { keys: object[] };
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({ kty: "RSA", alg: "RS256", use: "sig" });
    expect(keys[0]).not.toHaveProperty("d");
  });
});

describe("a sign-in", () => {
  test("asks for the password and consent, and gives tokens that work", async () => {
    const app = await startApp();
    const person = app.newPerson();
    const tokens = await app.signIn({ person });
    expect(person.pagesSeen).toEqual(["login", "consent"]);
    expect(tokens.raw).toMatchObject({ token_type: "bearer", expires_in: 3600 });
    expect(tokens.accessToken).not.toContain("."); // Opaque, no JWT.

    const notes = await app.callApi(tokens.accessToken);
    expect(notes.status).toBe(200);
    expect(await notes.json()).toMatchObject({ owner: "Ada Lovelace" });
  });

  test("gives an ID token with auth_time, nonce, at_hash, sid and who signed in", async () => {
    const app = await startApp();
    const begun = await app.authorizationUrl();
    const redirect = await app.newPerson().follow(begun.url);
    const { claims, accessToken } = await app.exchange(redirect, begun);
    const digest = createHash("sha256").update(accessToken).digest();
    expect(claims).toMatchObject({
      iss: app.provider.issuer,
      aud: "loopkey-demo",
      sub: "account-ada",
      name: "Ada Lovelace",
      preferred_username: "ada",
      email: "ada@example.com",
      nonce: begun.nonce,
      auth_time: expect.closeTo(Date.now() / 1000, -1),
      at_hash: digest.subarray(0, 16).toString("base64url"),
      sid: expect.any(String),
    });
  });

  test("sends iss and state with the code", async () => {
    const app = await startApp();
    const { url, state } = await app.authorizationUrl();
    const redirect = new URL(await app.newPerson().follow(url));
    expect(`${redirect.origin}${redirect.pathname}`).toBe(REDIRECT_URI);
    expect(redirect.searchParams.get("iss")).toBe(app.provider.issuer);
    expect(redirect.searchParams.get("state")).toBe(state);
  });

  test("gives a refresh token for offline_access without prompt=consent, and none without offline_access", async () => {
    const app = await startApp();
    const person = app.newPerson();
    const offline = await app.signIn({ person, parameters: { scope: "openid offline_access" } });
    expect(offline.raw.scope).toBe("openid offline_access");
    expect(offline.refreshToken).not.toBe("");
    expect((await app.signIn({ person, parameters: { scope: "openid" } })).refreshToken).toBe("");
  });

  test("tells userinfo the claims of the scopes, and refuses it without openid", async () => {
    const app = await startApp();
    const userinfo = async (accessToken: string) =>
      fetch(app.metadata.userinfo_endpoint!, { headers: { authorization: `Bearer ${accessToken}` } });
    const { accessToken } = await app.signIn({ parameters: { scope: "openid email" } });
    expect(await (await userinfo(accessToken)).json()).toEqual({
      sub: "account-ada",
      email: "ada@example.com",
      email_verified: true,
    });
    const begun = await app.authorizationUrl({ scope: "email", nonce: "" });
    const url = new URL(begun.url);
    url.searchParams.delete("nonce");
    const code = new URL(await app.newPerson().follow(url)).searchParams.get("code")!;
    const response = await fetch(app.metadata.token_endpoint!, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "authorization_code",
        client_id: app.provider.clientId,
        code,
        redirect_uri: REDIRECT_URI,
        code_verifier: begun.verifier,
      }),
    });
    const { access_token } = (await response.json()) as { access_token: string };
    const refused = await userinfo(access_token);
    expect(refused.status).toBe(403);
    expect(refused.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
  });

  test("is refused without PKCE, with plain PKCE, with another response type or a request object", async () => {
    const app = await startApp();
    const errorFor = async (change: (query: URLSearchParams) => void) => {
      const url = new URL((await app.authorizationUrl()).url);
      change(url.searchParams);
      const redirect = new URL(await app.newPerson().follow(url));
      return redirect.searchParams.get("error") ?? new URLSearchParams(redirect.hash.slice(1)).get("error");
    };
    expect(await errorFor((query) => query.delete("code_challenge"))).toBe("invalid_request");
    expect(await errorFor((query) => query.set("code_challenge_method", "plain"))).toBe("invalid_request");
    expect(await errorFor((query) => query.set("response_type", "code id_token"))).toBe(
      "unsupported_response_type",
    );
    expect(await errorFor((query) => query.set("request", "e30.e30."))).toBe("request_not_supported");
  });

  test("ends with access_denied when the person denies, or cancels before the password", async () => {
    const app = await startApp();
    for (const decision of ["deny", "cancel"] as const) {
      const { url, state } = await app.authorizationUrl();
      const redirect = new URL(await signInByHttp(url, { ...app.provider.account, decision }));
      expect(Object.fromEntries(redirect.searchParams)).toMatchObject({
        error: "access_denied",
        state,
        iss: app.provider.issuer,
      });
    }
  });

  test("shows a polite error for a wrong password, and does not say which part was wrong", async () => {
    const app = await startApp();
    const { url } = await app.authorizationUrl();
    for (const wrong of [
      { username: "ada", password: "wrong" },
      { username: "nobody", password: "loopkey" },
    ])
      await expect(signInByHttp(url, wrong)).rejects.toThrow(
        "The server answered 422: That username and password do not match. Please try again.",
      );
  });
});

describe("a second sign-in in the same browser", () => {
  test("is silent for the scopes already allowed, and asks again for more", async () => {
    const app = await startApp();
    const person = app.newPerson();
    await app.signIn({ person, parameters: { scope: "openid email" } });
    expect(person.pagesSeen).toEqual(["login", "consent"]);
    await app.signIn({ person, parameters: { scope: "openid" } });
    expect(person.pagesSeen).toEqual(["login", "consent"]);
    await app.signIn({ person, parameters: { scope: "openid profile" } });
    expect(person.pagesSeen).toEqual(["login", "consent", "consent"]);
  });

  test("asks for the password but not for consent in another browser", async () => {
    const app = await startApp();
    await app.signIn();
    const person = app.newPerson();
    await app.signIn({ person });
    expect(person.pagesSeen).toEqual(["login"]);
  });

  test("obeys prompt and max_age", async () => {
    const app = await startApp();
    const person = app.newPerson();
    const pagesFor = async (parameters: Record<string, string>) => {
      const before = person.pagesSeen.length;
      await app.signIn({ person, parameters });
      return person.pagesSeen.slice(before);
    };
    const silent = await app.authorizationUrl({ prompt: "none" });
    const redirect = await person.follow(silent.url);
    expect(new URL(redirect).searchParams.get("error")).toBe("login_required");
    await app.signIn({ person });
    expect(await pagesFor({ prompt: "none" })).toEqual([]);
    expect(await pagesFor({ prompt: "login" })).toEqual(["login"]);
    expect(await pagesFor({ prompt: "consent" })).toEqual(["consent"]);
    expect(await pagesFor({ prompt: "select_account" })).toEqual(["login"]);
    expect(await pagesFor({ max_age: "3600" })).toEqual([]);
    expect(await pagesFor({ max_age: "0" })).toEqual(["login"]);
  });

  test("as somebody else ends the first one's session", async () => {
    const ada = { username: "ada", password: "loopkey", name: "Ada Lovelace", email: "ada@example.com" };
    const mary = { username: "mary", password: "moon", name: "Mary Somerville", email: "mary@example.com" };
    const app = await startApp({ accounts: [ada, mary] });
    const person = app.newPerson();
    const first = await app.signIn({ person });
    const second = await app.signIn({
      person,
      as: mary,
      parameters: { prompt: "login" },
    });
    expect(second.claims.sub).toBe("account-mary");
    expect((await app.callApi(first.accessToken)).status).toBe(401);
    expect((await app.callApi(second.accessToken)).status).toBe(200);
  });
});

test("servers in one process share nothing: the token of one is worth nothing at the other", async () => {
  const [one, other] = await Promise.all([startApp(), startApp()]);
  const { accessToken, idToken } = await one.signIn();
  expect((await one.callApi(accessToken)).status).toBe(200);
  expect((await other.callApi(accessToken)).status).toBe(401);
  await expect(other.newPerson().follow(other.logoutUrl({ id_token_hint: idToken }))).rejects.toThrow(
    "is not one of this server",
  );
});

test("an expired access token is refused at once", async () => {
  const app = await startApp({ accessTokenSeconds: 1 });
  const { accessToken, raw } = await app.signIn();
  expect(raw.expires_in).toBe(1);
  await expect
    .poll(async () => (await app.callApi(accessToken)).status, { timeout: 3000, interval: 100 })
    .toBe(401);
});

test("close() leaves nothing listening, waits for no client, may be called twice, and gives the port back", async () => {
  const { provider } = await startApp();
  const port = Number(new URL(provider.issuer).port);
  const slow = connect(port, "127.0.0.1").on("error", () => {});
  slow.write("GET /never-finished HTTP/1.1\r\n");
  await once(slow, "connect");
  await provider.close();
  await provider.close();
  await expect(fetch(provider.issuer)).rejects.toThrow();
  const again = await startApp({ port });
  expect(again.provider.issuer).toBe(provider.issuer);
});

test("a wrong option or redirect URI is refused before anything listens", async () => {
  await expect(startApp({ accessTokenSeconds: 0 })).rejects.toThrow("accessTokenSeconds must be");
  await expect(
    startApp({ clients: [{ clientId: "app", redirectUris: ["http://example.com/callback"] }] }),
  ).rejects.toThrow();
});
