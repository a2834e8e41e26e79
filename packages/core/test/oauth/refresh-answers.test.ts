import { describe, expect, it } from "vitest";
import type { AuthState } from "../../src/index.js";
import { DUE, expiryOf, answerRefresh, alterRefresh } from "../support/refreshing.js";
import {
  codeOf,
  defer,
  degradedOf,
  errorOf,
  HOUR,
  is,
  isDegraded,
  lockedKeyring,
  MINUTE,
  pass,
  reached,
  refreshes,
  restarted,
  signedIn,
  statusOf,
  until,
  type World,
} from "../support/world.js";

describe("a refreshed token is saved before anyone sees it", () => {
  it("no call resolves with it and no state shows it until then", async () => {
    const world = await signedIn();
    const before = expiryOf(world.client.getState());
    const old = await world.client.getAccessToken();
    const saving = defer();
    world.store.gates.save = saving.promise;
    await world.clock.advance(DUE);
    const asked = world.client.getAccessToken();
    await until(() => world.store.calls.filter((call) => call === "save").length === 2);
    expect(await statusOf(asked)).toBe("pending");
    expect(refreshes(world)).toHaveLength(1);
    expect(world.client.getState().status).toBe("refreshing");
    expect(expiryOf(world.client.getState())).toBe(before);
    expect(world.store.record).not.toContain(refreshTokens(world).at(-1));
    saving.resolve();
    expect(await asked).not.toBe(old);
    expect(world.store.record).toContain(refreshTokens(world).at(-1));
    const seen = world.states.flatMap((state) => expiryOf(state) ?? []);
    expect(new Set(seen).size).toBe(2);
  });

  it("while the save fails the old one is served as long as it is valid, and it is tried until it is saved", async () => {
    const world = await signedIn();
    const { client, clock, store } = world;
    const before = expiryOf(client.getState());
    const old = await client.getAccessToken();
    store.faults.save = lockedKeyring();
    await clock.advance(DUE);
    const state = await reached(client, isDegraded);
    expect(state).toMatchObject({
      status: "refreshing",
      session: { accessTokenExpiresAt: before },
      degraded: { code: "store_unavailable", detail: "locked", hint: "Unlock the keyring." },
    });
    expect(await client.getAccessToken()).toBe(old);
    const saves = store.calls.filter((call) => call === "save").length;
    await pass(world, 4 * MINUTE);
    expect(await client.getAccessToken()).toBe(old);
    expect(store.calls.filter((call) => call === "save").length).toBeGreaterThan(saves + 5);
    await pass(world, 2 * MINUTE);
    const error = await errorOf(client.getAccessToken());
    expect(error).toMatchObject({
      code: "temporarily_unavailable",
      retryable: true,
      detail: "store_unavailable",
    });
    expect(refreshes(world), "the spent token is not sent again").toHaveLength(1);

    delete store.faults.save;
    await pass(world, 5 * MINUTE);
    expect(client.getState()).toMatchObject({ status: "authenticated" });
    expect(isDegraded(client.getState())).toBe(false);
    expect(await client.getAccessToken()).not.toBe(old);
    expect(refreshes(world)).toHaveLength(1);
    expect(store.record).toContain(refreshTokens(world).at(-1));
    expect(world.server.reuses).toBe(0);
  });

  it("wake() tries the save again at once", async () => {
    const { client, clock, store } = await signedIn();
    store.faults.save = lockedKeyring();
    await clock.advance(DUE);
    await reached(client, isDegraded);
    delete store.faults.save;
    client.wake();
    await reached(client, is("authenticated"));
    expect(isDegraded(client.getState())).toBe(false);
  });

  it("signIn meanwhile is refused with the reason, and the session stays", async () => {
    const { client, clock, store } = await signedIn();
    store.faults.save = lockedKeyring();
    await clock.advance(DUE);
    await reached(client, isDegraded);
    expect(await codeOf(client.signIn())).toBe("store_unavailable");
    delete store.faults.save;
    client.wake();
    await reached(client, is("authenticated"));
  });

  function refreshTokens({ server }: World): readonly string[] {
    return server.secrets.filter((secret) => secret.startsWith("refresh-"));
  }
});

describe("what an answer leaves out stays as it was", () => {
  it("no refresh token: the old one is kept and used again", async () => {
    const world = await signedIn();
    answerRefresh(world, () => Response.json({ access_token: "a", token_type: "Bearer", expires_in: 3600 }));
    await world.client.getAccessToken({ forceRefresh: true });
    expect(await world.client.getAccessToken({ forceRefresh: true })).toBe("a");
    const used = refreshes(world).map(({ body }) => body.get("refresh_token"));
    expect(used[1]).toBe(used[0]);
    expect(world.store.record).toContain(used[0]);
  });

  it("no ID token and no scope: claims, subject and scope are kept", async () => {
    const world = await signedIn();
    const before = world.client.getState() as Extract<AuthState, { session: unknown }>;
    answerRefresh(world, () => Response.json({ access_token: "a", token_type: "Bearer", expires_in: 7200 }));
    await world.client.getAccessToken({ forceRefresh: true });
    const { session } = world.client.getState() as typeof before;
    expect(session).toEqual({ ...before.session, accessTokenExpiresAt: world.clock.now() + 2 * HOUR });
  });

  it("another scope is taken over", async () => {
    const world = await signedIn();
    alterRefresh(world, (answer) => (answer["scope"] = "openid"));
    await world.client.getAccessToken({ forceRefresh: true });
    expect(world.client.getState()).toMatchObject({ session: { scope: ["openid"] } });
  });
});

it.each([
  ["no nonce", { nonce: undefined }],
  ["the nonce of the sign-in", {}],
])("a refreshed ID token with %s is taken", async (_, claims) => {
  const world = await signedIn();
  world.server.idTokenClaims = claims;
  for (let refresh = 0; refresh < 2; refresh++)
    // oxlint-disable-next-line no-await-in-loop
    expect(await world.client.getAccessToken({ forceRefresh: true })).toMatch(/^access-/);
  expect(degradedOf(world.client.getState())).toBeUndefined();
});

describe("an answer with an ID token that does not hold is refused, and the session kept", () => {
  it.each<[string, string, (world: World) => void]>([
    ["of another person", "id_token_invalid", ({ server }) => (server.idTokenClaims = { sub: "eve" })],
    ["of another issuer", "id_token_invalid", ({ server }) => (server.idTokenClaims = { iss: "https://x" })],
    ["of another sign-in", "id_token_invalid", ({ server }) => (server.idTokenClaims = { nonce: "x" })],
    ["for another client", "id_token_invalid", ({ server }) => (server.idTokenClaims = { aud: "other" })],
    [
      "with a signature that does not match",
      "id_token_invalid",
      (world) =>
        alterRefresh(world, (answer) => {
          const [header, payload] = String(answer["id_token"]).split(".");
          answer["id_token"] = `${header}.${payload}.${"A".repeat(86)}`;
        }),
    ],
  ])("%s", async (_, code, arrangeFault) => {
    const world = await signedIn();
    const token = await world.client.getAccessToken();
    const { record } = world.store;
    arrangeFault(world);
    expect(await codeOf(world.client.getAccessToken({ forceRefresh: true }))).toBe("temporarily_unavailable");
    expect(degradedOf(world.client.getState())?.code).toBe(code);
    expect(world.client.getState()).toMatchObject({ status: "authenticated", session: { subject: "ada" } });
    expect(await world.client.getAccessToken()).toBe(token);
    // Only its refresh token is kept: the one before is spent, and must not be sent again.
    const [before, after] = [record, world.store.record].map(
      (text) => JSON.parse(text!) as Record<string, unknown>,
    );
    expect(after).toMatchObject({ generation: 2, subject: "ada", idToken: before!["idToken"] });
    expect(after!["refreshToken"]).not.toBe(before!["refreshToken"]);
    expect(world.server.reuses).toBe(0);
  });
});

describe("after an answer for another person", () => {
  const withoutIdToken = () =>
    Response.json({ access_token: "access-of-eve", token_type: "Bearer", expires_in: 3600 });

  async function answeredForEve(): Promise<World> {
    const world = await signedIn();
    world.server.idTokenClaims = { sub: "eve" };
    await codeOf(world.client.getAccessToken({ forceRefresh: true }));
    return world;
  }

  it.each<[string, (world: World) => World | Promise<World>]>([
    ["this process", (world) => world],
    ["another one", (world) => restarted(world, { refreshOnStart: false })],
  ])("one without an ID token does not make ada's session eve's, in %s", async (_, next) => {
    const world = await next(await answeredForEve());
    answerRefresh(world, withoutIdToken);
    for (let refresh = 0; refresh < 2; refresh++)
      // oxlint-disable-next-line no-await-in-loop
      expect(await errorOf(world.client.getAccessToken({ forceRefresh: true }))).toMatchObject({
        code: "temporarily_unavailable",
        detail: "id_token_invalid",
      });
    expect(world.client.getState()).toMatchObject({ status: "authenticated", session: { subject: "ada" } });
  });

  it("one with an ID token of the same person is taken, and the one after it needs none", async () => {
    const world = await answeredForEve();
    world.server.idTokenClaims = {};
    expect(await world.client.getAccessToken({ forceRefresh: true })).toMatch(/^access-/);
    answerRefresh(world, () => Response.json({ access_token: "a", token_type: "Bearer", expires_in: 3600 }));
    expect(await world.client.getAccessToken({ forceRefresh: true })).toBe("a");
    expect(world.server.reuses).toBe(0);
  });
});
