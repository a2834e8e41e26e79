import { describe, expect, test } from "vitest";
import { startApp } from "./app.js";

const clients = [
  {
    clientId: "app",
    redirectUris: ["http://127.0.0.1/callback", "http://[::1]/callback", "http://127.0.0.1:8080/fixed?a=1"],
    postLogoutRedirectUris: ["http://127.0.0.1/logged-out"],
  },
  { clientId: "web", redirectUris: ["https://app.example.com/callback"] },
];

const matches = [
  ["app", "http://127.0.0.1/callback", "the exact string"],
  ["app", "http://127.0.0.1:51234/callback", "any port on 127.0.0.1"],
  ["app", "http://[::1]:51234/callback", "any port on ::1"],
  ["app", "http://127.0.0.1:9090/fixed?a=1", "another port than the registered one"],
  ["web", "https://app.example.com/callback", "the exact string on a host that is not loopback"],
] as const;

const mismatches = [
  ["app", "http://localhost:51234/callback", "a loopback host that was not registered"],
  ["app", "http://127.0.0.2:51234/callback", "another loopback address"],
  ["app", "https://127.0.0.1:51234/callback", "another scheme"],
  ["app", "http://127.0.0.1:51234/callback/", "another path"],
  ["app", "http://127.0.0.1:51234/callback?x=1", "a query that was not registered"],
  ["app", "http://127.0.0.1:8080/fixed?a=2", "another query"],
  ["app", "http://127.0.0.1:51234@example.com/callback", "a host behind what looks like a port"],
  ["app", "http://me@127.0.0.1:51234/callback", "a user name"],
  ["app", "https://app.example.com/callback", "another client's"],
  ["web", "https://app.example.com:8443/callback", "another port on a host that is not loopback"],
] as const;

describe("redirect_uri", () => {
  test.each(matches)("for %s may be %s: %s", async (clientId, redirectUri) => {
    const app = await startApp({ clients });
    const { url } = await app.authorizationUrl({ client_id: clientId, redirect_uri: redirectUri });
    const redirect = await app.newPerson().follow(url);
    const [address, query] = redirect.split(/[?&](?=code=)/);
    expect(address).toBe(redirectUri);
    expect(query).toContain("code=");
  });

  test.each(mismatches)("for %s may not be %s: %s", async (clientId, redirectUri) => {
    const app = await startApp({ clients });
    const { url } = await app.authorizationUrl({ client_id: clientId, redirect_uri: redirectUri });
    const response = await fetch(url, { redirect: "manual" });
    expect(response.status).toBe(400);
    expect(response.headers.get("location")).toBeNull();
    const page = await response.text();
    expect(page).toContain("invalid_redirect_uri");
    // And what that means, for who has not heard of it.
    expect(page).toContain("at an address that is not registered for it here");
  });

  test("of the default client are /callback on the three loopback hosts", async () => {
    const app = await startApp();
    const person = app.newPerson();
    for (const host of ["127.0.0.1", "[::1]", "localhost"]) {
      const { url } = await app.authorizationUrl({ redirect_uri: `http://${host}:40000/callback` });
      expect(await person.follow(url)).toContain(`http://${host}:40000/callback?code=`);
    }
  });
});

describe("post_logout_redirect_uri", () => {
  test("matches like redirect_uri, and another one ends nothing", async () => {
    const app = await startApp({ clients });
    const { idToken, accessToken } = await app.signIn();
    const follow = (uri: string) =>
      app
        .newPerson()
        .follow(app.logoutUrl({ id_token_hint: idToken, post_logout_redirect_uri: uri, state: "s" }));
    await expect(follow("http://localhost:5000/logged-out")).rejects.toThrow("400");
    await expect(follow("http://127.0.0.1:5000/other")).rejects.toThrow("400");
    expect((await app.callApi(accessToken)).status).toBe(200);
    expect(await follow("http://127.0.0.1:5000/logged-out")).toBe("http://127.0.0.1:5000/logged-out?state=s");
    expect((await app.callApi(accessToken)).status).toBe(401);
  });
});
