// Networks as they are: what goes wrong between us and the token endpoint, and how the session lives through it.
import { describe, expect, it } from "vitest";
import { retryDelayMs } from "../../src/session/refresh-schedule.js";
import { createFakeClock, createFakePorts, createFakeServer } from "../../src/testing/index.js";
import { AuthError, createAuthClient, type AuthState } from "../../src/index.js";
import { answerRefresh, DUE } from "../support/refreshing.js";
import {
  degradedOf,
  errorOf,
  HOUR,
  inTime,
  isDegraded,
  MINUTE,
  pass,
  quiet,
  reached,
  refreshes,
  SECOND,
  signedIn,
  type World,
  until,
} from "../support/world.js";

/** As Node's fetch says it: the system's error is a cause, and names what it was at. */
function systemError(code: string): Error {
  const syscall = code === "ECONNRESET" ? "read" : "connect";
  const cause = Object.assign(new Error(`${code} id.example`), { code, syscall });
  return new TypeError("fetch failed", { cause });
}

const html = (status: number) =>
  new Response("<h1>Sign in to the Wi-Fi</h1>", { status, headers: { "content-type": "text/html" } });

const json = (text: string) => new Response(text, { headers: { "content-type": "application/json" } });

/** A body that begins, and whose connection is cut. */
function cutOff(): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"access_token":"a","refresh_to'));
      controller.error(new TypeError("terminated", { cause: systemErrorCause("UND_ERR_SOCKET") }));
    },
  });
  return new Response(body, { headers: { "content-type": "application/json" } });
}

function systemErrorCause(code: string): Error {
  return Object.assign(new Error("other side closed"), { code });
}

/** What came of one refresh that was due. */
async function refreshDue(world: World, answer: () => Response | Promise<Response>): Promise<AuthState> {
  answerRefresh(world, answer);
  await world.clock.advance(DUE);
  const state = await reached(world.client, isDegraded);
  // Its answer was lost: once more, a second later.
  if (state.status === "refreshing") await world.clock.advance(SECOND);
  return reached(world.client, ({ status }) => status === "authenticated");
}

/** What may have reached the server, which may have answered. */
const LOST = new Set(["ECONNRESET", "500", "502", "504", "200", "UND_ERR_SOCKET", undefined]);

describe("each of these leaves the session and the record as they are", () => {
  it.each<[string, string, string | undefined, () => Response | Promise<Response>]>([
    ["a name that is not found", "temporarily_unavailable", "ENOTFOUND", () => rejects("ENOTFOUND")],
    ["a resolver that does not answer", "temporarily_unavailable", "EAI_AGAIN", () => rejects("EAI_AGAIN")],
    ["a refused connection", "temporarily_unavailable", "ECONNREFUSED", () => rejects("ECONNREFUSED")],
    ["a connection that is reset", "temporarily_unavailable", "ECONNRESET", () => rejects("ECONNRESET")],
    ["no route", "temporarily_unavailable", "ENETUNREACH", () => rejects("ENETUNREACH")],
    [
      "a certificate that has expired",
      "temporarily_unavailable",
      "CERT_HAS_EXPIRED",
      () => rejects("CERT_HAS_EXPIRED"),
    ],
    ["status 500", "temporarily_unavailable", "500", () => new Response(null, { status: 500 })],
    ["status 502 with HTML", "temporarily_unavailable", "502", () => html(502)],
    ["status 503", "temporarily_unavailable", "503", () => new Response(null, { status: 503 })],
    ["status 504", "temporarily_unavailable", "504", () => new Response(null, { status: 504 })],
    ["status 429", "temporarily_unavailable", "429", () => new Response(null, { status: 429 })],
    ["the page of a captive portal", "invalid_response", "200", () => html(200)],
    [
      "a redirect to a captive portal",
      "invalid_response",
      "302",
      () => new Response(null, { status: 302, headers: { location: "http://portal.example/" } }),
    ],
    ["the page of a proxy that forbids", "invalid_response", "403", () => html(403)],
    ["JSON that breaks off", "invalid_response", undefined, () => json('{"access_token":"a","refre')],
    ["a body whose connection is cut", "temporarily_unavailable", "UND_ERR_SOCKET", cutOff],
  ])("%s", async (_, code, detail, answer) => {
    const world = await signedIn();
    const { client, clock, server, store } = world;
    const old = await client.getAccessToken();
    const { record } = store;
    const state = await refreshDue(world, answer);
    expect(state).toMatchObject({
      status: "authenticated",
      session: { subject: "ada" },
      degraded: { code, at: clock.now(), nextRetryAt: clock.now() + (LOST.has(detail) ? 2 : 1) * SECOND },
    });
    expect(refreshes(world)).toHaveLength(LOST.has(detail) ? 2 : 1);
    if (detail !== undefined) expect(degradedOf(state)?.detail).toBe(detail);
    for (const secret of server.secrets) expect(JSON.stringify(state)).not.toContain(secret);

    expect(await client.getAccessToken()).toBe(old);
    clock.sleep(5 * MINUTE);
    const error = await errorOf(inTime(world, client.getAccessToken()));
    expect(error).toMatchObject({ code: "temporarily_unavailable", retryable: true, detail: code });
    expect(error.hint).toEqual(expect.any(String));
    expect(store.record).toBe(record);
    expect(store.calls).not.toContain("clear");

    server.intercept = undefined;
    client.wake();
    await reached(client, (now) => now.status === "authenticated" && !isDegraded(now));
    expect(await client.getAccessToken()).not.toBe(old);
  });

  it.each<[string, () => Response | Promise<Response>]>([
    ["that never answers", () => new Promise<Response>(() => {})],
    ["that begins an answer and never ends it", () => new Response(endless())],
  ])(
    "a server %s: no second request within requestTimeoutMs, one right after it, and no third",
    async (_, answer) => {
      const world = await signedIn({}, { requestTimeoutMs: 7 * SECOND });
      answerRefresh(world, answer);
      await world.clock.advance(DUE + 7 * SECOND - 1);
      expect(isDegraded(world.client.getState())).toBe(false);
      expect(refreshes(world)).toHaveLength(1);
      await world.clock.advance(1);
      await until(() => refreshes(world).length === 2);
      expect(world.client.getState()).toMatchObject({
        status: "refreshing",
        degraded: { detail: "timeout" },
      });
      await world.clock.advance(7 * SECOND);
      const state = await reached(world.client, ({ status }) => status === "authenticated");
      expect(degradedOf(state)).toMatchObject({
        code: "temporarily_unavailable",
        detail: "timeout",
        nextRetryAt: world.clock.now() + 2 * SECOND,
      });
      expect(refreshes(world)).toHaveLength(2);
    },
  );

  function endless(): ReadableStream {
    return new ReadableStream({ start: (each) => each.enqueue(new TextEncoder().encode("{")) });
  }

  function rejects(code: string): Promise<Response> {
    return Promise.reject(systemError(code));
  }
});

describe("Retry-After", () => {
  const busy = (status: number, headers: Record<string, string>) => () =>
    new Response(null, { status, headers });

  it.each([429, 503])("of a %i in seconds is waited for", async (status) => {
    const world = await signedIn();
    const state = await refreshDue(world, busy(status, { "retry-after": "120" }));
    expect(degradedOf(state)?.nextRetryAt).toBe(world.clock.now() + 2 * MINUTE);
    await world.clock.advance(2 * MINUTE - 1);
    expect(refreshes(world)).toHaveLength(1);
    world.server.intercept = undefined;
    await world.clock.advance(1);
    await reached(world.client, (now) => !isDegraded(now));
    expect(refreshes(world)).toHaveLength(2);
  });

  it("as a date is counted from the server's own", async () => {
    const world = await signedIn();
    // The server's clock is hours off; the difference is what counts.
    const date = new Date(Date.UTC(2001, 1, 3, 4, 5, 6));
    const until = new Date(date.getTime() + 10 * MINUTE);
    const headers = { date: date.toUTCString(), "retry-after": until.toUTCString() };
    const state = await refreshDue(world, busy(503, headers));
    expect(degradedOf(state)?.nextRetryAt).toBe(world.clock.now() + 10 * MINUTE);
  });

  it.each([
    ["0", SECOND],
    ["soon", SECOND],
    ["-5", SECOND],
    ["1.5", SECOND],
    ["", SECOND],
    ["999999999999999999999", HOUR],
    ["86400", HOUR],
  ])("of %j waits %i ms: never less than the backoff, never more than an hour", async (value, wait) => {
    const world = await signedIn();
    const state = await refreshDue(world, busy(503, { "retry-after": value }));
    expect(degradedOf(state)?.nextRetryAt).toBe(world.clock.now() + wait);
  });

  it("holds for wake() too: a machine that wakes up every minute is no reason", async () => {
    const world = await signedIn();
    await refreshDue(world, busy(503, { "retry-after": "600" }));
    world.server.intercept = undefined;
    world.client.wake();
    await world.clock.advance(10 * MINUTE - 1);
    world.client.wake();
    await quiet();
    expect(refreshes(world)).toHaveLength(1);
    await world.clock.advance(1);
    await reached(world.client, (now) => !isDegraded(now));
    expect(refreshes(world)).toHaveLength(2);
  });

  it("holds for calls too: asking does not hurry it", async () => {
    const world = await signedIn();
    await refreshDue(world, busy(429, { "retry-after": "1800" }));
    await world.clock.advance(10 * MINUTE);
    for (let call = 0; call < 20; call++)
      expect(await errorOf(world.client.getAccessToken())).toMatchObject({ code: "temporarily_unavailable" });
    expect(refreshes(world)).toHaveLength(1);
  });

  it("of the discovery document holds as well", async () => {
    const world = await signedIn();
    world.server.intercept = busy(503, { "retry-after": "600" });
    world.clock.sleep(2 * HOUR);
    world.client.wake();
    const state = await reached(world.client, isDegraded);
    expect(degradedOf(state)).toMatchObject({
      code: "discovery_failed",
      nextRetryAt: world.clock.now() + 10 * MINUTE,
    });
  });
});

describe("backoff", () => {
  it("doubles up to five minutes, less a random part of up to half", () => {
    for (const [failures, longest] of [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].entries()) {
      expect(retryDelayMs(failures + 1, () => 0)).toBe(longest * SECOND);
      expect(retryDelayMs(failures + 1, () => 0.5)).toBe(longest * SECOND * 0.75);
      expect(retryDelayMs(failures + 1, () => 1)).toBe(longest * SECOND * 0.5);
    }
    expect(retryDelayMs(10_000, () => 0)).toBe(5 * MINUTE);
  });

  it("uses the random port, and machines that failed together do not come back together", async () => {
    const clock = createFakeClock();
    const server = await createFakeServer({ clock });
    const delays = new Set<number>();
    for (const part of [0, 0.25, 0.5, 0.75]) {
      const ports = { ...createFakePorts({ clock, server }), random: () => part };
      const client = createAuthClient({ issuer: server.issuer, clientId: "app" }, ports);
      await client.signIn();
      server.intercept = ({ path }) => (path === "/token" ? new Response(null, { status: 503 }) : undefined);
      await errorOf(client.getAccessToken({ forceRefresh: true }));
      delays.add(degradedOf(client.getState())!.nextRetryAt! - clock.now());
      server.intercept = undefined;
      await client.close();
    }
    expect([...delays]).toEqual([1_000, 875, 750, 625]);
  });
});

describe("an outage of six hours", () => {
  it("costs a request every five minutes, a call none, and ends by itself", async () => {
    const world = await signedIn();
    const { client, clock, server, store } = world;
    const { record } = store;
    answerRefresh(world, () => Promise.reject(systemError("ECONNREFUSED")));
    await pass(world, DUE);
    const before = refreshes(world).length;
    for (let hour = 0; hour < 6; hour++) {
      await pass(world, HOUR);
      const error = await errorOf(client.getAccessToken());
      expect(error).toBeInstanceOf(AuthError);
      expect(error).toMatchObject({ code: "temporarily_unavailable", retryable: true });
    }
    // 1 + 2 + 4 + ... + 256 s is 9 tries in 511 s; then one every 300 s.
    const tries = refreshes(world).length - before;
    expect(tries).toBe(9 + Math.floor((6 * HOUR - 511 * SECOND) / (300 * SECOND)));
    expect(client.getState()).toMatchObject({ status: "authenticated", session: { subject: "ada" } });
    expect(store.record).toBe(record);

    server.intercept = undefined;
    await pass(world, 5 * MINUTE);
    expect(client.getState()).toMatchObject({ status: "authenticated" });
    expect(isDegraded(client.getState())).toBe(false);
    expect(await client.getAccessToken()).toMatch(/^access-/);
    expect(refreshes(world)).toHaveLength(before + tries + 1);
    expect(server.reuses).toBe(0);
    expect(clock.armed).toBe(1);
  });

  it("that begins and ends with the laptop's lid: one request at wake()", async () => {
    const world = await signedIn();
    answerRefresh(world, () => Promise.reject(systemError("ENETUNREACH")));
    await pass(world, DUE + 10 * MINUTE);
    const before = refreshes(world).length;
    world.clock.sleep(6 * HOUR);
    world.server.intercept = undefined;
    world.client.wake();
    await reached(world.client, (now) => now.status === "authenticated" && !isDegraded(now));
    expect(refreshes(world)).toHaveLength(before + 1);
  });
});
