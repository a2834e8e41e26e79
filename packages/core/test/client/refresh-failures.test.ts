import { describe, expect, it, vi } from "vitest";
import { API, DUE, answerRefresh } from "../support/refreshing.js";
import {
  codeOf,
  DAY,
  degradedOf,
  errorOf,
  HOUR,
  is,
  isDegraded,
  lockedKeyring,
  MINUTE,
  pass,
  quiet,
  reached,
  refreshes,
  restarted,
  SECOND,
  signedIn,
  until,
} from "../support/world.js";

describe("invalid_grant", () => {
  it("ends the session for good: reason, store cleared, no request ever again", async () => {
    const world = await signedIn();
    world.server.endSessions();
    await world.clock.advance(DUE);
    const state = await reached(world.client, is("logged-out"));
    expect(state).toMatchObject({ reason: { code: "session_ended", hint: "Sign in again." } });
    await quiet();
    expect(world.store.record).toBeNull();
    expect(world.clock.armed).toBe(0);
    const before = world.server.requests.length;
    world.client.wake();
    await world.clock.advance(2 * DAY);
    expect(await codeOf(world.client.getAccessToken())).toBe("session_ended");
    expect(await codeOf(world.client.getAccessToken({ forceRefresh: true }))).toBe("session_ended");
    expect(await codeOf(world.client.fetch(API))).toBe("session_ended");
    expect(world.server.requests).toHaveLength(before);
    expect(refreshes(world)).toHaveLength(1);
    expect(world.client.getState()).toMatchObject({ status: "logged-out", can: ["signIn"] });
  });

  it("ends it for every caller that waits, and a new sign-in begins anew", async () => {
    const world = await signedIn();
    world.server.endSessions();
    const callers = Array.from({ length: 5 }, () =>
      codeOf(world.client.getAccessToken({ forceRefresh: true })),
    );
    expect(new Set(await Promise.all(callers))).toEqual(new Set(["session_ended"]));
    await world.client.signIn();
    expect(await world.client.getAccessToken()).toMatch(/^access-/);
  });

  it("ends it even if the store cannot be cleared, and nothing is held in memory", async () => {
    const world = await signedIn();
    world.server.endSessions();
    world.store.faults.clear = lockedKeyring();
    expect(await codeOf(world.client.getAccessToken({ forceRefresh: true }))).toBe("session_ended");
    expect(world.client.getState().status).toBe("logged-out");
  });
});

describe("a failure that passes keeps the session", () => {
  const unreached = (): Promise<Response> =>
    Promise.reject(
      new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ENOTFOUND" }) }),
    );
  const failures: readonly (readonly [string, string, () => Response | Promise<Response>])[] = [
    ["no network", "temporarily_unavailable", unreached],
    ["status 501", "temporarily_unavailable", () => new Response("oops", { status: 501 })],
    [
      "status 503",
      "temporarily_unavailable",
      () => Response.json({ error: "invalid_grant" }, { status: 503 }),
    ],
    ["status 429", "temporarily_unavailable", () => Response.json({ error: "slow_down" }, { status: 429 })],
    ["HTML with status 403", "invalid_response", () => html("<h1>Captive portal</h1>")],
    ["an empty answer", "invalid_response", () => json("{}")],
    ["another token type", "invalid_response", () => json('{"access_token":"a","token_type":"mac"}')],
    [
      "a refused client",
      "authorization_failed",
      () => Response.json({ error: "invalid_client" }, { status: 401 }),
    ],
    [
      "a refused client with a challenge",
      "authorization_failed",
      () =>
        Response.json({ error: "invalid_client" }, { status: 401, headers: { "www-authenticate": "Basic" } }),
    ],
  ];

  it.each(failures)("%s", async (_, code, answer) => {
    const world = await signedIn();
    const { client, clock, store, server } = world;
    const old = await client.getAccessToken();
    const { record } = store;
    answerRefresh(world, answer);
    await clock.advance(DUE);
    const state = await reached(client, isDegraded);
    expect(state.status).toBe("authenticated");
    expect(degradedOf(state)).toMatchObject({ code, at: clock.now(), nextRetryAt: clock.now() + SECOND });
    expect(world.notices.at(-1)).toMatchObject({ code: "refresh_failed", detail: code });
    expect(await client.getAccessToken()).toBe(old);
    expect(refreshes(world), "asking does not hurry it").toHaveLength(1);

    await pass(world, 6 * MINUTE);
    const error = await errorOf(client.getAccessToken());
    expect(error).toMatchObject({ code: "temporarily_unavailable", retryable: true, detail: code });
    expect(store.record).toBe(record);

    server.intercept = undefined;
    await pass(world, 5 * MINUTE);
    expect(client.getState().status).toBe("authenticated");
    expect(isDegraded(client.getState())).toBe(false);
    expect(await client.getAccessToken()).not.toBe(old);
    expect(server.reuses).toBe(0);
  });

  it("a refreshed token that cannot be saved keeps a process that would end for half a minute, and no longer", async () => {
    const world = await signedIn();
    const { clock, store } = world;
    const armed = vi.spyOn(clock, "setTimeout");
    // The next try: no request has a timer now, and a timer looks at the clock every 30 s at the least.
    const stays = (): boolean => armed.mock.lastCall![2].keepAlive;
    store.faults.save = lockedKeyring();
    await clock.advance(DUE);
    await reached(world.client, isDegraded);
    const seen = [stays()];
    for (const seconds of [1, 2, 4, 8, 16]) {
      // oxlint-disable-next-line no-await-in-loop
      await pass(world, seconds * SECOND);
      seen.push(stays());
    }
    expect(seen).toEqual([true, true, true, true, true, false]);
    expect(clock.armed).toBe(1);
    delete store.faults.save;
    await pass(world, 32 * SECOND);
    expect(isDegraded(world.client.getState())).toBe(false);
    expect(stays(), "the time until the next refresh").toBe(false);
  });

  it("a server that refuses without a word: the hint says what may be behind it", async () => {
    const world = await signedIn();
    answerRefresh(world, () => new Response(null, { status: 400 }));
    await world.clock.advance(DUE);
    const state = await reached(world.client, isDegraded);
    const hint = expect.stringContaining("sign in again") as string;
    expect(degradedOf(state)).toMatchObject({ code: "invalid_response", hint });
    await pass(world, 6 * MINUTE);
    expect(await errorOf(world.client.getAccessToken())).toMatchObject({
      code: "temporarily_unavailable",
      hint,
    });
  });

  it("a server that does not answer within requestTimeoutMs", async () => {
    const world = await signedIn({}, { requestTimeoutMs: 10 * SECOND });
    answerRefresh(world, () => new Promise<Response>(() => {}));
    await world.clock.advance(DUE);
    expect(world.client.getState().status).toBe("refreshing");
    await world.clock.advance(10 * SECOND);
    await until(() => refreshes(world).length === 2);
    await world.clock.advance(10 * SECOND);
    const state = await reached(world.client, ({ status }) => status === "authenticated");
    expect(degradedOf(state)).toMatchObject({ code: "temporarily_unavailable" });
    expect(world.clock.armed).toBe(1);
  });

  it("a discovery document that cannot be had any more", async () => {
    const world = await signedIn();
    world.server.intercept = () => new Response(null, { status: 503 });
    world.clock.sleep(2 * HOUR);
    world.client.wake();
    const state = await reached(world.client, isDegraded);
    expect(degradedOf(state)?.code).toBe("discovery_failed");
    expect(state.status).toBe("authenticated");
    world.server.intercept = undefined;
    await world.clock.advance(SECOND);
    await reached(world.client, (now) => !isDegraded(now) && now.status === "authenticated");
  });

  it("the next try comes after 1, 2, 4 seconds and so on, five minutes at the most; a success begins anew", async () => {
    const world = await signedIn();
    const { client, clock, server } = world;
    answerRefresh(world, () => new Response(null, { status: 503 }));
    await clock.advance(DUE);
    const delays: number[] = [];
    for (let turn = 0; turn < 12; turn++) {
      const now = clock.now();
      const state = await reached(client, (each) => (degradedOf(each)?.nextRetryAt ?? 0) > now);
      delays.push((degradedOf(state)!.nextRetryAt! - now) / SECOND);
      expect(refreshes(world)).toHaveLength(turn + 1);
      await clock.advance(delays.at(-1)! * SECOND - 1);
      expect(refreshes(world)).toHaveLength(turn + 1);
      await clock.advance(1);
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);

    server.intercept = undefined;
    await client.getAccessToken({ forceRefresh: true });
    answerRefresh(world, () => new Response(null, { status: 503 }));
    expect(await codeOf(client.getAccessToken({ forceRefresh: true }))).toBe("temporarily_unavailable");
    expect(degradedOf(client.getState())?.nextRetryAt).toBe(clock.now() + SECOND);
  });

  it("wake() does not wait for the next try", async () => {
    const world = await signedIn();
    answerRefresh(world, () => new Response(null, { status: 503 }));
    await pass(world, DUE + 4 * MINUTE);
    world.server.intercept = undefined;
    world.client.wake();
    await reached(world.client, (state) => state.status === "authenticated" && !isDegraded(state));
  });

  it("the old token is not good enough for a caller that asks for more, nor for forceRefresh", async () => {
    const world = await signedIn();
    answerRefresh(world, () => new Response(null, { status: 503 }));
    expect(await codeOf(world.client.getAccessToken({ forceRefresh: true }))).toBe("temporarily_unavailable");
    expect(await codeOf(world.client.getAccessToken({ minValidityMs: 2 * HOUR }))).toBe(
      "temporarily_unavailable",
    );
    expect(await world.client.getAccessToken({ minValidityMs: 30 * MINUTE })).toMatch(/^access-/);
  });

  it("at the start: the session is there, degraded, and recovers by itself", async () => {
    const first = await signedIn();
    answerRefresh(first, unreached);
    const { client, clock, server } = await restarted(first);
    await reached(client, isDegraded);
    expect(await codeOf(client.getAccessToken())).toBe("temporarily_unavailable");
    server.intercept = undefined;
    await clock.advance(SECOND);
    await reached(client, (state) => state.status === "authenticated" && !isDegraded(state));
    expect(await client.getAccessToken()).toMatch(/^access-/);
  });

  function html(text: string): Response {
    return new Response(text, { status: 403, headers: { "content-type": "text/html" } });
  }
  function json(text: string): Response {
    return new Response(text, { headers: { "content-type": "application/json" } });
  }
});
