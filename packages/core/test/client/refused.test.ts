// A refresh token that is refused in other words than invalid_grant: it stays, and nobody sends it again unasked.
import { describe, expect, it } from "vitest";
import { createFakeStamp } from "../../src/testing/index.js";
import { API, DUE, answerRefresh } from "../support/refreshing.js";
import {
  arrange,
  codeOf,
  DAY,
  degradedOf,
  errorOf,
  HOUR,
  isDegraded,
  quiet,
  reached,
  refreshes,
  restarted,
  signedIn,
  type World,
} from "../support/world.js";

const refusal =
  (body: unknown, status = 400) =>
  (): Response =>
    Response.json(body, { status });

async function refusedSession(body: unknown = { error: "bad_refresh_token" }): Promise<World> {
  const world = await signedIn();
  answerRefresh(world, refusal(body));
  await world.clock.advance(DUE);
  await reached(world.client, isDegraded);
  return world;
}

const recordOf = ({ store }: World) => JSON.parse(store.record ?? "null") as Record<string, unknown> | null;

describe("refused in other words", () => {
  it.each<[string, unknown, number]>([
    ["GitHub's way, with status 200", { error: "bad_refresh_token" }, 200],
    ["with status 400", { error: "token_revoked", error_description: "gone" }, 400],
    ["with status 401", { error: "invalid_token" }, 401],
    ["with status 403", { error: "Forbidden" }, 403],
    [
      "the reason phrase as an error",
      { error: "Bad Request", status: 400, message: "Invalid refresh token" },
      400,
    ],
    ["a sign-in is asked for", { error: "interaction_required" }, 400],
    ["access is denied", { error: "access_denied" }, 400],
    ["a code of its own that has text behind it", { error: "invalid_grant: Token is expired" }, 400],
    [
      "under the name error_code",
      { code: 400, error_code: "refresh_token_not_found", msg: "Not Found" },
      400,
    ],
    ["as an invalid request", { error: "invalid_request", error_description: "Not found" }, 400],
    ["as an invalid request, with status 401", { error: "invalid_request" }, 401],
    ["as an invalid request, with status 200", { error: "invalid_request" }, 200],
    ["a success with nothing in it", { error: "expired", access_token: "", refresh_token: null }, 200],
  ])("%s: the record stays and is marked, and nobody asks again", async (_, body, status) => {
    const world = await signedIn();
    const { client, clock } = world;
    const before = recordOf(world);
    const old = await client.getAccessToken();
    answerRefresh(world, refusal(body, status));
    await clock.advance(DUE);
    const degraded = degradedOf(await reached(client, isDegraded));
    const { error, error_code = error } = body as { error: string; error_code?: string };
    expect(degraded).toMatchObject({ code: "sign_in_required", at: clock.now() });
    expect(degraded).not.toHaveProperty("nextRetryAt");
    expect(recordOf(world)).toMatchObject({
      refreshToken: before?.["refreshToken"],
      refused: { generation: before?.["generation"], error: error_code },
    });
    expect(await client.getAccessToken(), "it is good until it ends").toBe(old);
    await clock.advance(2 * DAY);
    expect(await errorOf(client.getAccessToken())).toMatchObject({
      code: "sign_in_required",
      oauthError: error_code,
    });
    client.wake();
    await clock.advance(DAY);
    await quiet();
    expect(refreshes(world)).toHaveLength(1);
    expect(clock.armed).toBe(0);
    expect(client.getState().status).toBe("authenticated");
  });

  it.each<[string, unknown, number]>([
    ["408", { error: "bad_refresh_token" }, 408],
    ["425", { error: "bad_refresh_token" }, 425],
    ["429", { error: "bad_refresh_token" }, 429],
    ["503", { error: "bad_refresh_token" }, 503],
    ["the client's set-up", { error: "invalid_client" }, 401],
    ["the client's secret, in words of their own", { error: "incorrect_client_credentials" }, 200],
    ["the scope", { error: "invalid_scope" }, 400],
    ["a proof", { error: "use_dpop_nonce" }, 400],
    ["a request that is too large", { error: "invalid_request" }, 413],
    ["a request in another form than is taken", { error: "invalid_request" }, 415],
    ["a request to another place", { error: "invalid_request" }, 404],
    ["the client's secret, in other words", { ok: false, error: "bad_client_secret" }, 200],
    ["a client that is gone", { error: "deleted_client" }, 401],
    ["a server that is busy, where all is 200", { ok: false, error: "ratelimited" }, 200],
    ["a fault of the server, where all is 200", { ok: false, error: "internal_error" }, 200],
    ["an error_code with status 200", { error_code: "refresh_token_not_found" }, 200],
    ["an error_code that is a number", { error_code: 40_001, message: "no" }, 400],
    ["an error_code that is a sentence", { error_code: "Bad gateway" }, 400],
    ["invalid_grant under another name", { error_code: "invalid_grant" }, 400],
    ["what becomes invalid_grant only when it is printed", { error_code: "\u0000invalid_grant" }, 400],
    ["a server that is busy", { error: "temporarily_unavailable" }, 400],
    ["a gateway's object", { error: { code: 5, message: "no upstream" } }, 200],
    ["a gateway's number", { error: 7 }, 400],
    ["no error at all", { message: "no" }, 403],
  ])("not for %s: it is tried again", async (_, body, status) => {
    const world = await signedIn();
    answerRefresh(world, refusal(body, status));
    await world.clock.advance(DUE);
    const state = await reached(world.client, isDegraded);
    expect(degradedOf(state)?.nextRetryAt).toBeGreaterThan(world.clock.now());
    expect(recordOf(world)).not.toHaveProperty("refused");
    expect(recordOf(world)).not.toBeNull();
  });

  it.each([200, 400, 401, 403])("invalid_grant with status %i still ends it, and alone", async (status) => {
    const world = await signedIn();
    answerRefresh(world, refusal({ error: "invalid_grant" }, status));
    expect(await codeOf(world.client.getAccessToken({ forceRefresh: true }))).toBe("session_ended");
    expect(world.store.record).toBeNull();
  });

  it.each(["invalid_grant\n", " invalid_grant ", "\u202einvalid_grant", "invalid_grant\u0000"])(
    "%j is not invalid_grant: the record stays",
    async (error) => {
      const world = await signedIn();
      answerRefresh(world, refusal({ error }, 400));
      expect(await errorOf(world.client.getAccessToken({ forceRefresh: true }))).toMatchObject({
        code: "sign_in_required",
        oauthError: '"invalid_grant"',
      });
      expect(world.store.record).not.toBeNull();
    },
  );

  it("the server's own words reach whoever has set it up wrongly, here and after a restart, without what was sent", async () => {
    const world = await signedIn();
    const token = recordOf(world)?.["refreshToken"] as string;
    const error_description = `The parameter "audience" is not known (\u001b[31m${token}).`;
    answerRefresh(world, refusal({ error: "invalid_request", error_description }));
    await world.clock.advance(DUE);
    await reached(world.client, isDegraded);
    await world.clock.advance(HOUR);
    const here = await errorOf(world.client.getAccessToken());
    const there = await errorOf((await restarted(world)).client.getAccessToken());
    for (const each of [here, there]) {
      expect(each.message).toMatch(
        /\(invalid_request\): The parameter "audience" is not known \( \[31m.*\)\.$/,
      );
      expect(each.hint).toContain("tokenParams");
      expect(each.message).not.toContain(token);
    }
    expect(JSON.stringify(recordOf(world)?.["refused"])).not.toContain(token);
  });

  it("a description that is no text is none", async () => {
    const world = await refusedSession({ error: "invalid_request", error_description: { why: "no" } });
    expect(degradedOf(world.client.getState())?.message).toMatch(/\(invalid_request\)\.$/);
  });

  it("once the set-up is mended it takes one wish for a fresh token", async () => {
    const world = await refusedSession({ error: "invalid_request" });
    world.server.intercept = undefined;
    const mended = await restarted(world);
    expect(await mended.client.getAccessToken({ forceRefresh: true })).toMatch(/^access-/);
    await mended.clock.advance(DUE);
    await quiet();
    expect(isDegraded(mended.client.getState())).toBe(false);
    expect(refreshes(world)).toHaveLength(3);
  });

  it("forceRefresh tries once more, each time it is asked", async () => {
    const world = await refusedSession();
    const { client, server } = world;
    expect(await codeOf(client.getAccessToken({ forceRefresh: true }))).toBe("sign_in_required");
    expect(refreshes(world)).toHaveLength(2);
    server.intercept = undefined;
    expect(await client.getAccessToken({ forceRefresh: true })).toMatch(/^access-/);
    expect(isDegraded(client.getState())).toBe(false);
    expect(recordOf(world)).toMatchObject({ generation: 2, refused: { generation: 1 } });
    expect(server.reuses).toBe(0);
  });

  it("an API that refuses the token is no such wish", async () => {
    const world = await refusedSession();
    const { server } = world;
    const refresh = server.intercept!;
    server.intercept = (request) =>
      request.path === "/api" ? new Response(null, { status: 401 }) : refresh(request);
    expect((await world.client.fetch(API)).status).toBe(401);
    expect(refreshes(world)).toHaveLength(1);
  });

  it("the next process does not send it either; it may be forced to", async () => {
    const first = await refusedSession();
    first.server.intercept = undefined;
    const world = await restarted(first);
    const state = await world.client.ready();
    expect(state).toMatchObject({ status: "authenticated", degraded: { code: "sign_in_required" } });
    expect(await errorOf(world.client.getAccessToken())).toMatchObject({
      code: "sign_in_required",
      oauthError: "bad_refresh_token",
    });
    expect(refreshes(world)).toHaveLength(1);
    expect(await world.client.getAccessToken({ forceRefresh: true })).toMatch(/^access-/);
    expect(await (await restarted(world)).client.getAccessToken()).toMatch(/^access-/);
  });

  it("a process beside it sees the mark under the lock, before it sends", async () => {
    const first = await signedIn();
    const { clock, server, store } = first;
    const second = await arrange({ clock, server, store }, { refreshOnStart: false });
    await second.client.ready();
    answerRefresh(first, refusal({ error: "bad_refresh_token" }));
    expect(await codeOf(first.client.getAccessToken({ forceRefresh: true }))).toBe("sign_in_required");
    expect(await codeOf(second.client.getAccessToken())).toBe("sign_in_required");
    expect(refreshes(first)).toHaveLength(1);
  });

  it("where one process gets it going again, those beside it go on", async () => {
    const stamp = createFakeStamp();
    const first = await signedIn({ stamp });
    const { clock, server, store } = first;
    const second = await arrange({ clock, server, store, stamp }, { refreshOnStart: false });
    await second.client.ready();
    answerRefresh(first, refusal({ error: "bad_refresh_token" }));
    await codeOf(first.client.getAccessToken({ forceRefresh: true }));
    await codeOf(second.client.getAccessToken());
    server.intercept = undefined;
    await first.client.getAccessToken({ forceRefresh: true });
    expect(await second.client.getAccessToken()).toMatch(/^access-/);
    expect(server.reuses).toBe(0);
  });

  it.each([
    ["login_required", {}, { prompt: "login" }],
    ["consent_required", {}, { prompt: "consent" }],
    [
      "interaction_required",
      { claims: '{"access_token":{"acrs":{"value":"c1"}}}' },
      { authorizationParams: { claims: '{"access_token":{"acrs":{"value":"c1"}}}' } },
    ],
    ["interaction_required", { claims: "no JSON\u001b[2J" }, undefined],
    ["interaction_required", { claims: `{"a":"${"x".repeat(5_000)}"}` }, undefined],
  ])("%s with %j says what a sign-in must ask for, here and after a restart", async (error, more, stepUp) => {
    const world = await refusedSession({ error, ...more });
    await world.clock.advance(HOUR);
    const here = await errorOf(world.client.getAccessToken());
    const there = await errorOf((await restarted(world)).client.getAccessToken());
    for (const each of [here, there]) {
      expect(each).toMatchObject({ code: "sign_in_required", oauthError: error });
      expect(each.stepUp).toEqual(stepUp);
      expect(each.hint).toMatch(/^Sign in again/);
    }
  });

  it("a mark that cannot be saved holds here, and the session is not lost", async () => {
    const world = await signedIn();
    world.store.faults.save = new Error("full");
    answerRefresh(world, refusal({ error: "bad_refresh_token" }));
    expect(await codeOf(world.client.getAccessToken({ forceRefresh: true }))).toBe("sign_in_required");
    await world.clock.advance(2 * DAY);
    expect(await codeOf(world.client.getAccessToken())).toBe("sign_in_required");
    expect(refreshes(world)).toHaveLength(1);
    expect(recordOf(world)).not.toBeNull();
  });

  it("a sign-in replaces it", async () => {
    const world = await refusedSession();
    world.server.intercept = undefined;
    await world.client.signIn();
    expect(isDegraded(world.client.getState())).toBe(false);
    expect(await world.client.getAccessToken({ forceRefresh: true })).toMatch(/^access-/);
    expect(recordOf(world)).not.toHaveProperty("refused");
  });
});
