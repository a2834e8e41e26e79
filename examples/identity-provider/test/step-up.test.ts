import { describe, expect, test } from "vitest";
import { PASSWORD, TWO_STEPS } from "../src/index.js";
import { later, startApp } from "./app.js";
import { call } from "./plain-client.js";

const parameters = { acr_values: TWO_STEPS };

test("the default profile has no second step and no vault", async () => {
  const app = await startApp();
  const person = app.newPerson();
  const { claims, accessToken } = await app.signIn({ person, parameters });
  expect(person.pagesSeen).toEqual(["login", "consent"]);
  expect(claims["acr"]).toBeUndefined();
  expect(
    (await fetch(app.provider.vaultUrl, { headers: { authorization: `Bearer ${accessToken}` } })).status,
  ).toBe(404);
});

describe("acr_values", () => {
  test("leads to a second step, which the ID token tells of", async () => {
    const app = await startApp({ stepUp: {} });
    expect(app.metadata["acr_values_supported"]).toEqual([PASSWORD, TWO_STEPS]);
    const person = app.newPerson();
    const { claims } = await app.signIn({ person, parameters });
    expect(person.pagesSeen).toEqual(["login", "second-step", "consent"]);
    expect(claims).toMatchObject({ acr: TWO_STEPS, auth_time: expect.any(Number) });
  });

  test("asks a person who is signed in already for the second step alone, and once", async () => {
    const app = await startApp({ stepUp: {} });
    const person = app.newPerson();
    const first = await app.signIn({ person });
    expect(first.claims["acr"]).toBe(PASSWORD);
    const second = await app.signIn({ person, parameters });
    expect(second.claims["acr"]).toBe(TWO_STEPS);
    await app.signIn({ person, parameters });
    expect(person.pagesSeen).toEqual(["login", "consent", "second-step"]);
  });

  test("is a wish: the person may go on without, and the ID token says so", async () => {
    const app = await startApp({ stepUp: {} });
    const { claims } = await app.signIn({ parameters, skipSecondStep: true });
    expect(claims["acr"]).toBe(PASSWORD);
  });

  test("that nobody here knows is refused (RFC 9470 5)", async () => {
    const app = await startApp({ stepUp: {} });
    const { url } = await app.authorizationUrl({ acr_values: "urn:example:acr:retina" });
    const redirect = new URL(await app.newPerson().follow(url));
    expect(redirect.searchParams.get("error")).toBe("unmet_authentication_requirements");
  });

  test("may be refused by the person, and a wrong code is not taken", async () => {
    const app = await startApp({ stepUp: {} });
    const person = app.newPerson();
    await app.signIn({ person });
    const { url } = await app.authorizationUrl(parameters);
    const redirect = new URL(await person.follow(url, { decision: "cancel" }));
    expect(redirect.searchParams.get("error")).toBe("access_denied");
    const as = { ...app.provider.account, oneTimeCode: "000000" };
    await expect(person.follow(url, { as })).rejects.toThrow("422: That is not the code");
  });
});

test("the login page says that a second step will follow", async () => {
  const app = await startApp({ stepUp: {} });
  const { url } = await app.authorizationUrl(parameters);
  const first = await fetch(url, { redirect: "manual" });
  const cookie = first.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
  const page = await fetch(new URL(first.headers.get("location")!, url), { headers: { cookie } });
  expect(await page.text()).toContain("a second step follows");
});

describe("the vault", () => {
  test("is closed to a token of a weaker sign-in, says what it needs, and opens to one that has it", async () => {
    const app = await startApp({ stepUp: {} });
    const { vaultUrl, apiUrl } = app.provider;
    const person = app.newPerson();
    const weak = await app.signIn({ person });
    expect((await call(apiUrl, weak.accessToken)).status).toBe(200);
    const refused = await call(vaultUrl, weak.accessToken);
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toBe(
      `Bearer error="insufficient_user_authentication", acr_values="${TWO_STEPS}"`,
    );
    const strong = await app.signIn({ person, parameters });
    expect((await call(vaultUrl, strong.accessToken)).status).toBe(200);
    const refreshed = await app.refresh(strong.refreshToken);
    expect((await call(vaultUrl, refreshed.accessToken)).status).toBe(200);
    // The token tells how it was signed in, not the browser's session of now.
    expect((await call(vaultUrl, weak.accessToken)).status).toBe(401);
    expect(app.events).toContainEqual({
      type: "api-refused",
      path: "/api/vault",
      error: "insufficient_user_authentication",
      detail: "the sign-in was too weak",
    });
  });

  test("closes again when the sign-in is too long ago, until the person signs in again", async () => {
    const app = await startApp({ stepUp: { acrValues: [], maxAgeSeconds: 1 } });
    const { vaultUrl } = app.provider;
    const person = app.newPerson();
    const first = await app.signIn({ person });
    expect((await call(vaultUrl, first.accessToken)).status).toBe(200);
    later(2);
    const refused = await call(vaultUrl, first.accessToken);
    expect(refused.headers.get("www-authenticate")).toBe(
      'Bearer error="insufficient_user_authentication", max_age="1"',
    );
    const refreshed = await app.refresh(first.refreshToken);
    expect((await call(vaultUrl, refreshed.accessToken)).status).toBe(401);
    const again = await app.signIn({ person, parameters: { max_age: "1" } });
    expect(person.pagesSeen).toEqual(["login", "consent", "login"]);
    expect((await call(vaultUrl, again.accessToken)).status).toBe(200);
  });

  test("reads a JWT too", async () => {
    const resources = [{ path: "/api/vault", accessTokenFormat: "jwt" }] as const;
    const app = await startApp({ stepUp: {}, resources, deviceCode: {} });
    const { vaultUrl, clientId } = app.provider;
    for (const [acr, status] of [["", 401] as const, [TWO_STEPS, 200] as const]) {
      const ask = (endpoint: string | undefined, body: Record<string, string>) =>
        fetch(endpoint!, {
          method: "POST",
          body: new URLSearchParams({ client_id: clientId, resource: vaultUrl, ...body }),
        }).then((response) => response.json() as Promise<Record<string, string>>);
      // oxlint-disable-next-line no-await-in-loop
      const begun = await ask(app.metadata.device_authorization_endpoint, {
        scope: "openid vault:read",
        ...(acr && { acr_values: acr }),
      });
      // oxlint-disable-next-line no-await-in-loop
      await app.newPerson().follow(begun["verification_uri_complete"]!);
      // oxlint-disable-next-line no-await-in-loop
      const tokens = await ask(app.metadata.token_endpoint, {
        grant_type: "urn:ietf:params:oauth:grant-type:device_code",
        device_code: begun["device_code"]!,
      });
      // oxlint-disable-next-line no-await-in-loop
      expect((await call(vaultUrl, tokens["access_token"]!)).status).toBe(status);
    }
  });
});
