import { describe, expect, it } from "vitest";
import { API, DUE, expiryOf, holdTokenRequests, answerRefresh, alterRefresh } from "../support/refreshing.js";
import {
  arrange,
  codeOf,
  DAY,
  defer,
  HOUR,
  is,
  MINUTE,
  quiet,
  reached,
  refreshes,
  restarted,
  SECOND,
  signedIn,
  statusOf,
  type World,
  until,
} from "../support/world.js";

describe("an access token is renewed", () => {
  it("by a timer, a tenth of its life before the end and five minutes at the most", async () => {
    const world = await signedIn();
    const old = await world.client.getAccessToken();
    await world.clock.advance(DUE - 1);
    expect(refreshes(world)).toHaveLength(0);
    await world.clock.advance(1);
    await reached(world.client, is("authenticated"));
    expect(refreshes(world)).toHaveLength(1);
    expect(await world.client.getAccessToken()).not.toBe(old);
    expect(refreshes(world)).toHaveLength(1);
    expect(world.clock.armed).toBe(1);
  });

  it("of ten minutes after nine, of thirty days five minutes before their end", async () => {
    for (const [life, due] of [
      [10 * MINUTE, 9 * MINUTE],
      [30 * DAY, 30 * DAY - 5 * MINUTE],
    ] as const) {
      const world = await signedIn({ serverOptions: { accessTokenSeconds: life / SECOND } });
      // Not thirty days of looking at the clock.
      world.clock.sleep(due - MINUTE);
      await world.clock.advance(MINUTE - 1);
      expect(refreshes(world)).toHaveLength(0);
      await world.clock.advance(1);
      await reached(world.client, is("authenticated"));
      expect(refreshes(world)).toHaveLength(1);
    }
  });

  it("when it is asked for and due, where no timer has run", async () => {
    const world = await signedIn();
    const old = await world.client.getAccessToken();
    world.clock.sleep(DUE);
    expect(await world.client.getAccessToken()).not.toBe(old);
    expect(refreshes(world)).toHaveLength(1);
  });

  it("at wake() after a night's sleep, once, and not at a wake() when it is not due", async () => {
    const world = await signedIn();
    world.client.wake();
    await quiet();
    expect(refreshes(world)).toHaveLength(0);
    world.clock.sleep(8 * HOUR);
    world.client.wake();
    world.client.wake();
    expect(world.client.getState().status).toBe("refreshing");
    await reached(world.client, is("authenticated"));
    expect(refreshes(world)).toHaveLength(1);
    expect(expiryOf(world.client.getState())).toBe(world.clock.now() + HOUR);
  });

  it("soon after a sleep without wake() too: the timer looks at the wall clock", async () => {
    const world = await signedIn();
    await world.clock.advance(5 * MINUTE);
    world.clock.sleep(8 * HOUR);
    await world.clock.advance(30 * SECOND);
    await reached(world.client, is("authenticated"));
    expect(refreshes(world)).toHaveLength(1);
  });

  it("by forceRefresh, whatever the one in memory is", async () => {
    const world = await signedIn();
    const old = await world.client.getAccessToken();
    const forced = await world.client.getAccessToken({ forceRefresh: true });
    expect(forced).not.toBe(old);
    expect(await world.client.getAccessToken()).toBe(forced);
    expect(refreshes(world)).toHaveLength(1);
  });

  it("when it is valid for less than minValidityMs, and the new one is given even if that is short too", async () => {
    const world = await signedIn();
    const old = await world.client.getAccessToken({ minValidityMs: 59 * MINUTE });
    expect(refreshes(world)).toHaveLength(0);
    const fresh = await world.client.getAccessToken({ minValidityMs: 2 * HOUR });
    expect(fresh).not.toBe(old);
    expect(refreshes(world)).toHaveLength(1);
  });

  it("never, where the server does not say that it expires", async () => {
    const world = await arrange();
    world.server.intercept = undefined;
    alterRefresh(world, (answer) => delete answer["expires_in"]);
    await world.client.signIn();
    const token = await world.client.getAccessToken();
    expect(world.clock.armed).toBe(0);
    await world.clock.advance(30 * DAY);
    world.client.wake();
    expect(await world.client.getAccessToken({ minValidityMs: DAY })).toBe(token);
    expect(refreshes(world)).toHaveLength(0);
  });
});

describe("a 401 with invalid_token", () => {
  it("leads to one refresh and one more try", async () => {
    const world = await signedIn();
    const old = await world.client.getAccessToken();
    world.server.endSessions();
    world.server.intercept = undefined;
    answerRefresh(world, () => Response.json({ access_token: "x", token_type: "Bearer", expires_in: 60 }));
    const response = await world.client.fetch(API);
    expect(response.status).toBe(401);
    expect(refreshes(world)).toHaveLength(1);
    const tries = world.server.requests.filter(({ path }) => path === "/api");
    expect(tries.map(({ authorization }) => authorization)).toEqual([`Bearer ${old}`, "Bearer x"]);
  });

  it("leads userInfo to the same", async () => {
    const world = await signedIn();
    refuseOnce(world, "/userinfo", await world.client.getAccessToken());
    expect(await world.client.userInfo()).toMatchObject({ sub: "ada" });
    expect(refreshes(world)).toHaveLength(1);
  });

  it("twenty times at once leads to one refresh", async () => {
    const world = await signedIn();
    refuseOnce(world, "/api", await world.client.getAccessToken());
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.client.fetch(API)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(refreshes(world)).toHaveLength(1);
    expect(world.server.requests.filter(({ path }) => path === "/api")).toHaveLength(40);
  });

  it("that comes after the token was renewed is tried with the new one, without a refresh", async () => {
    const world = await signedIn();
    const old = await world.client.getAccessToken();
    const gate = defer();
    world.server.intercept = ({ path, authorization }) =>
      path === "/api" && authorization === `Bearer ${old}` ? gate.promise.then(() => refusal()) : undefined;
    const slow = world.client.fetch(API);
    await world.client.getAccessToken({ forceRefresh: true });
    gate.resolve();
    expect((await slow).status).toBe(200);
    expect(refreshes(world)).toHaveLength(1);
  });

  it("for another reason is the app's to read", async () => {
    const world = await signedIn();
    const headers = { "www-authenticate": 'Bearer error="invalid_request"' };
    world.server.intercept = ({ path }) =>
      path === "/api" ? new Response(null, { status: 401, headers }) : undefined;
    expect((await world.client.fetch(API)).status).toBe(401);
    expect(refreshes(world)).toHaveLength(0);
  });

  function refusal(): Response {
    return new Response(null, {
      status: 401,
      headers: { "www-authenticate": 'Bearer error="invalid_token"' },
    });
  }

  function refuseOnce({ server }: World, at: string, token: string): void {
    server.intercept = ({ path, authorization }) =>
      path === at && authorization === `Bearer ${token}` ? refusal() : undefined;
  }
});

describe("one refresh at a time", () => {
  it("fifty callers share one request and get the same token", async () => {
    const world = await signedIn();
    world.clock.sleep(2 * HOUR);
    const tokens = await Promise.all(Array.from({ length: 50 }, () => world.client.getAccessToken()));
    expect(new Set(tokens).size).toBe(1);
    expect(refreshes(world)).toHaveLength(1);
  });

  it("callers, the timer and wake() share it too", async () => {
    const world = await signedIn();
    const gate = holdTokenRequests(world);
    await world.clock.advance(DUE);
    world.client.wake();
    const callers = [world.client.getAccessToken(), world.client.getAccessToken({ minValidityMs: HOUR / 2 })];
    gate.resolve();
    const [a, b] = await Promise.all(callers);
    expect(a).toBe(b);
    expect(refreshes(world)).toHaveLength(1);
  });

  it("an aborted caller leaves it to the others", async () => {
    const world = await signedIn();
    world.clock.sleep(2 * HOUR);
    const gate = holdTokenRequests(world);
    const leaving = new AbortController();
    const left = codeOf(world.client.getAccessToken({ signal: leaving.signal }));
    const stays = world.client.getAccessToken();
    await reached(world.client, is("refreshing"));
    leaving.abort();
    expect(await left).toBe("cancelled");
    gate.resolve();
    expect(await stays).toMatch(/^access-/);
    expect(refreshes(world)).toHaveLength(1);
  });

  it("the rotated token is the next one to be used, over ten rotations and a restart", async () => {
    let world = await signedIn();
    for (let turn = 0; turn < 10; turn++) await world.client.getAccessToken({ forceRefresh: true });
    world = await restarted(world);
    expect(await world.client.getAccessToken()).toMatch(/^access-/);
    const used = refreshes(world).map(({ body }) => body.get("refresh_token"));
    expect(used).toHaveLength(11);
    expect(new Set(used).size).toBe(11);
    expect(world.server.reuses).toBe(0);
  });

  it("close() waits for it, and the token it brings is saved", async () => {
    const world = await signedIn();
    const gate = holdTokenRequests(world);
    const asked = codeOf(
      world.client.getAccessToken({ forceRefresh: true }).then(() => Promise.reject(Error())),
    );
    await until(() => refreshes(world).length === 1);
    const closing = world.client.close();
    expect(await statusOf(closing)).toBe("pending");
    gate.resolve();
    await closing;
    void asked.catch(() => {});
    const next = await restarted(world);
    expect(await next.client.getAccessToken()).toMatch(/^access-/);
    expect(next.server.reuses).toBe(0);
  });
});
