// A stronger or more recent sign-in (RFC 9470): asked for by an API, kept apart from the session that stays.
import { describe, expect, it } from "vitest";
import type { AuthError } from "../../src/index.js";
import { arrange, codeOf, errorOf, is, MINUTE, reached, signedIn, type World } from "../support/world.js";

const strict = ({ server }: World): string => `${server.issuer}/api/strict`;

/** Signed in, and not strongly enough for the API. */
async function weaklySignedIn(options: Parameters<typeof signedIn>[0] = {}) {
  const world = await arrange(options);
  world.server.acr = "urn:weak";
  await world.client.signIn();
  world.server.acr = undefined;
  return world;
}

describe("an API that asks for a stronger sign-in", () => {
  it("is answered by an error that says what is needed, and signIn takes it as it is", async () => {
    const world = await weaklySignedIn();
    const error: AuthError = await errorOf(world.client.fetch(strict(world)));
    expect(error).toMatchObject({
      code: "step_up_required",
      retryable: false,
      oauthError: "insufficient_user_authentication",
      stepUp: { acrValues: ["urn:strong"], maxAge: 300 },
    });
    expect(error.message).toMatch(/urn:strong.*300 seconds/);
    await world.client.signIn(error.stepUp);
    expect((await world.client.fetch(strict(world))).status).toBe(200);
    expect(world.server.violations).toEqual([]);
  });

  it.each([
    ["nothing more", 'Bearer error="insufficient_user_authentication"', {}],
    ["a max_age of zero", 'Bearer error="insufficient_user_authentication", max_age="0"', { maxAge: 0 }],
    [
      "several kinds",
      'Bearer error="insufficient_user_authentication", acr_values="gold silver"',
      { acrValues: ["gold", "silver"] },
    ],
    ["a max_age that is no number", 'DPoP error="insufficient_user_authentication", max_age="soon"', {}],
    [
      "it beside another challenge",
      'Basic realm="x", Bearer error="insufficient_user_authentication", max_age=5',
      { maxAge: 5 },
    ],
  ])("may say %s", async (_, challenge, stepUp) => {
    const world = await signedIn();
    world.server.intercept = ({ path }) =>
      path === "/api"
        ? new Response(null, { status: 401, headers: { "www-authenticate": challenge } })
        : undefined;
    const error = await errorOf(world.client.fetch(`${world.server.issuer}/api`));
    expect(error).toMatchObject({ code: "step_up_required", stepUp });
    expect(Object.keys(error.stepUp!)).toEqual(Object.keys(stepUp));
    if (Object.keys(stepUp).length > 0) await world.client.signIn(error.stepUp);
  });

  it("a 403 that says the same is the app's to read", async () => {
    const world = await signedIn();
    const headers = { "www-authenticate": 'Bearer error="insufficient_user_authentication"' };
    world.server.intercept = ({ path }) =>
      path === "/api" ? new Response(null, { status: 403, headers }) : undefined;
    expect((await world.client.fetch(`${world.server.issuer}/api`)).status).toBe(403);
  });
});

describe("the base session", () => {
  it("stays and is served while the person signs in again, and after they gave up", async () => {
    let isAway = false;
    const world = await weaklySignedIn({
      person: (url, { listener, server }) => void (isAway || listener.visit(server.authorize(url))),
    });
    isAway = true;
    const before = await world.client.getAccessToken();
    const { record } = world.store;
    const stepUp = codeOf(world.client.signIn({ acrValues: ["urn:strong"], maxAge: 60 }));
    const waiting = await reached(world.client, (state) => "step" in state && state.step === "waiting");
    expect(waiting).toMatchObject({ status: "awaiting-callback", base: { subject: "ada" } });
    expect(await world.client.getAccessToken()).toBe(before);
    world.client.cancel();
    expect(await stepUp).toBe("cancelled");
    expect(world.client.getState()).toMatchObject({ status: "authenticated", session: { subject: "ada" } });
    expect(await world.client.getAccessToken()).toBe(before);
    expect(world.store.record).toBe(record);
  });

  it("once its token has expired, calls are told that a sign-in is going on", async () => {
    let visits = 0;
    const world = await weaklySignedIn({
      person: (url, { listener, server }) => void (visits++ === 0 && listener.visit(server.authorize(url))),
    });
    const stepUp = codeOf(world.client.signIn({ maxAge: 60, timeoutMs: 90 * MINUTE }));
    await reached(world.client, (state) => "step" in state && state.step === "waiting");
    await world.clock.advance(61 * MINUTE);
    expect(await codeOf(world.client.getAccessToken())).toBe("interaction_in_progress");
    world.client.cancel();
    expect(await stepUp).toBe("cancelled");
  });
});

describe("what comes of it is checked (OpenID Connect Core 3.1.3.7)", () => {
  it.each<[string, (world: World) => void, string]>([
    ["another acr", ({ server }) => void (server.acr = "urn:weak"), "acr"],
    ["no acr", ({ server }) => void (server.idTokenClaims = { acr: undefined }), "acr"],
    ["an acr that is a list", ({ server }) => void (server.idTokenClaims = { acr: ["urn:strong"] }), "acr"],
    [
      "an auth_time too long ago",
      ({ server, clock }) => void (server.signedInAt = clock.now() - 2 * MINUTE),
      "auth_time",
    ],
    [
      "an auth_time in milliseconds, which would always be recent",
      ({ server, clock }) =>
        void (server.idTokenClaims = { acr: "urn:strong", auth_time: clock.now() - 60 * MINUTE }),
      "auth_time",
    ],
    ["no auth_time", ({ server }) => void (server.idTokenClaims = { auth_time: undefined }), "auth_time"],
  ])("%s is refused, and the base session stays", async (_, change, detail) => {
    const world = await weaklySignedIn();
    const { record } = world.store;
    change(world);
    const error = await errorOf(world.client.signIn({ acrValues: ["urn:strong"], maxAge: 60 }));
    expect(error).toMatchObject({ code: "id_token_invalid", detail });
    expect(world.client.getState()).toMatchObject({ status: "authenticated" });
    expect(world.store.record).toBe(record);
  });

  it("auth_time is allowed the tolerance of the clocks, and no more", async () => {
    const world = await arrange();
    world.server.signedInAt = world.clock.now() - 89_000;
    expect((await world.client.signIn({ maxAge: 60 })).subject).toBe("ada");
    world.server.signedInAt = world.clock.now() - 92_000;
    expect(await codeOf(world.client.signIn({ maxAge: 60 }))).toBe("id_token_invalid");
    world.server.signedInAt = world.clock.now() + 29_000;
    expect((await world.client.signIn({ maxAge: 60 })).subject).toBe("ada");
    world.server.signedInAt = world.clock.now() + 32_000;
    expect(await codeOf(world.client.signIn({ maxAge: 60 }))).toBe("id_token_invalid");
  });

  it("somebody else's stronger sign-in does not stand for the person who is signed in", async () => {
    const world = await weaklySignedIn();
    const { record } = world.store;
    world.server.idTokenClaims = { sub: "bob" };
    expect(await codeOf(world.client.signIn({ maxAge: 60 }))).toBe("account_changed");
    expect(world.client.getState()).toMatchObject({ status: "authenticated", session: { subject: "ada" } });
    expect(world.store.record).toBe(record);
  });

  it("a session without a subject may be stepped up", async () => {
    const world = await signedIn({}, { scope: "offline_access" });
    expect((await world.client.signIn({ scope: "openid", maxAge: 60 })).subject).toBe("ada");
  });

  it("without a step-up another person may sign in", async () => {
    const world = await signedIn();
    world.server.idTokenClaims = { sub: "bob" };
    expect((await world.client.signIn()).subject).toBe("bob");
    expect(is("authenticated")(world.client.getState())).toBe(true);
  });
});
