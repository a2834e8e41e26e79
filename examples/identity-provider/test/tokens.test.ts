import { afterEach, expect, test, vi } from "vitest";
import type { IssuedSecret } from "../src/index.js";
import { startApp } from "./app.js";

afterEach(() => void vi.restoreAllMocks());

const invalidGrant = { error: "invalid_grant" };

test("a refresh gives a new refresh token, and an ID token of the same session", async () => {
  const app = await startApp();
  const first = await app.signIn();
  const second = await app.refresh(first.refreshToken);
  expect(second.refreshToken).not.toBe(first.refreshToken);
  expect(second.claims).toMatchObject({ sub: first.claims.sub, sid: first.claims["sid"] });
  expect(second.claims["at_hash"]).not.toBe(first.claims["at_hash"]);
  expect((await app.callApi(second.accessToken)).status).toBe(200);
});

test("a replayed refresh token revokes the whole family", async () => {
  const app = await startApp();
  const first = await app.signIn();
  const second = await app.refresh(first.refreshToken);
  await expect(app.refresh(first.refreshToken)).rejects.toMatchObject(invalidGrant);
  await expect(app.refresh(second.refreshToken)).rejects.toMatchObject(invalidGrant);
  expect((await app.callApi(first.accessToken)).status).toBe(401);
  expect((await app.callApi(second.accessToken)).status).toBe(401);
  expect(app.events).toContainEqual(
    expect.objectContaining({ type: "grant-revoked", reason: "refresh-token-replayed" }),
  );
});

test("within the grace a spent refresh token gives tokens again, after it the family is revoked", async () => {
  const app = await startApp({ refreshGraceSeconds: 1 });
  const first = await app.signIn();
  const spentBy = Date.now();
  const second = await app.refresh(first.refreshToken);
  const again = await app.refresh(first.refreshToken);
  expect(again.refreshToken).not.toBe(second.refreshToken);
  for (const { accessToken } of [second, again]) expect((await app.callApi(accessToken)).status).toBe(200);
  const third = await app.refresh(again.refreshToken);
  vi.spyOn(Date, "now").mockReturnValue(spentBy + 10_000);
  await expect(app.refresh(first.refreshToken)).rejects.toMatchObject(invalidGrant);
  await expect(app.refresh(third.refreshToken)).rejects.toMatchObject(invalidGrant);
});

test("a replayed refresh token leaves another sign-in of the same browser alone", async () => {
  const app = await startApp();
  const person = app.newPerson();
  const [one, other] = [await app.signIn({ person }), await app.signIn({ person })];
  await app.refresh(one.refreshToken);
  await expect(app.refresh(one.refreshToken)).rejects.toMatchObject(invalidGrant);
  expect((await app.callApi(other.accessToken)).status).toBe(200);
  await expect(app.refresh(other.refreshToken)).resolves.toBeDefined();
});

test("of many refreshes with one token at the same time at most one gets tokens, and they are worth nothing", async () => {
  const app = await startApp();
  const { refreshToken } = await app.signIn();
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => app.refresh(refreshToken)));
  const won = outcomes.filter((outcome) => outcome.status === "fulfilled");
  expect(won.length).toBeLessThanOrEqual(1);
  for (const outcome of outcomes)
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject(invalidGrant);
  for (const { value } of won) {
    expect((await app.callApi(value.accessToken)).status).toBe(401);
    await expect(app.refresh(value.refreshToken)).rejects.toMatchObject(invalidGrant);
  }
  expect(app.events).toContainEqual(
    expect.objectContaining({ type: "grant-revoked", reason: "refresh-token-replayed" }),
  );
});

test("the second use of a code is refused and revokes what the first one gave", async () => {
  const app = await startApp();
  const begun = await app.authorizationUrl();
  const redirect = await app.newPerson().follow(begun.url);
  const tokens = await app.exchange(redirect, begun);
  await expect(app.exchange(redirect, begun)).rejects.toMatchObject(invalidGrant);
  expect((await app.callApi(tokens.accessToken)).status).toBe(401);
  await expect(app.refresh(tokens.refreshToken)).rejects.toMatchObject(invalidGrant);
  expect(app.events).toContainEqual(
    expect.objectContaining({ type: "grant-revoked", reason: "code-replayed" }),
  );
});

test("a code is worth nothing without its verifier, and is not spent by the attempt", async () => {
  const app = await startApp();
  const begun = await app.authorizationUrl();
  const redirect = await app.newPerson().follow(begun.url);
  const stolen = { ...begun, verifier: "x".repeat(43) };
  await expect(app.exchange(redirect, stolen)).rejects.toMatchObject(invalidGrant);
  await expect(app.exchange(redirect, begun)).resolves.toBeDefined();
});

test("revoking the refresh token by client_id ends the access token too", async () => {
  const app = await startApp();
  const { accessToken, refreshToken } = await app.signIn();
  const post = async (endpoint: string, token: string) =>
    fetch(endpoint, {
      method: "POST",
      body: new URLSearchParams({ token, client_id: app.provider.clientId }),
    });
  const introspect = async (token: string) =>
    (await post(app.metadata.introspection_endpoint!, token)).json();
  expect(await introspect(accessToken)).toMatchObject({ active: true, sub: "account-ada" });
  expect((await post(app.metadata.revocation_endpoint!, refreshToken)).status).toBe(200);
  expect(await introspect(accessToken)).toEqual({ active: false });
  expect((await app.callApi(accessToken)).status).toBe(401);
  await expect(app.refresh(refreshToken)).rejects.toMatchObject(invalidGrant);
  expect(app.events).toContainEqual(
    expect.objectContaining({ type: "grant-revoked", reason: "client-revoked" }),
  );
});

test("the API names the reason when there is no token, or none it knows", async () => {
  const app = await startApp();
  for (const response of [await fetch(app.provider.apiUrl), await app.callApi("unknown")]) {
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
  }
});

test("events tell what was issued, and never carry a token or a code", async () => {
  const app = await startApp();
  const begun = await app.authorizationUrl();
  const redirect = await app.newPerson().follow(begun.url);
  const first = await app.exchange(redirect, begun);
  const second = await app.refresh(first.refreshToken);
  expect(app.events.filter(({ type }) => type === "tokens-issued")).toEqual([
    expect.objectContaining({
      grantType: "authorization_code",
      clientId: "loopkey-demo",
      subject: "account-ada",
      refreshToken: true,
    }),
    expect.objectContaining({ grantType: "refresh_token", refreshToken: true }),
  ]);
  const told = JSON.stringify(app.events);
  const secrets = [first, second].flatMap(({ accessToken, refreshToken, idToken }) => [
    accessToken,
    refreshToken,
    idToken,
  ]);
  for (const secret of [...secrets, new URL(redirect).searchParams.get("code")!])
    expect(told).not.toContain(secret);
});

test("a test is told every code and token that was handed out, in order", async () => {
  const told: IssuedSecret[] = [];
  const app = await startApp({ onSecret: (secret) => told.push(secret) });
  const begun = await app.authorizationUrl();
  const redirect = await app.newPerson().follow(begun.url);
  const first = await app.exchange(redirect, begun);
  const second = await app.refresh(first.refreshToken);
  expect(told).toEqual([
    { kind: "code", value: new URL(redirect).searchParams.get("code") },
    ...[first, second].flatMap(({ accessToken, refreshToken, idToken }) => [
      { kind: "access_token", value: accessToken },
      { kind: "refresh_token", value: refreshToken },
      { kind: "id_token", value: idToken },
    ]),
  ]);
});
