// The wall clock is set while the app runs, or was wrong when it started: what was waited for is waited for as long as ever.
import { describe, expect, it } from "vitest";
import type { AuthConfig } from "../../src/index.js";
import {
  createFakeClock,
  createFakeLock,
  createFakeServer,
  type FakeClock,
} from "../../src/testing/index.js";
import { answerRefresh } from "../support/refreshing.js";
import {
  arrange,
  codeOf,
  DAY,
  degradedOf,
  HOUR,
  isDegraded,
  MINUTE,
  pass,
  reached,
  refreshes,
  restarted,
  signedIn,
  statusOf,
  type WorldOptions,
} from "../support/world.js";

/** A machine whose clock is `ahead`, and a server that has the right time whatever the machine is set to. */
async function machine(ahead: number, config: Partial<AuthConfig> = {}, options: WorldOptions = {}) {
  const clock = createFakeClock();
  const start = clock.now() - clock.elapsed();
  const server = await createFakeServer({ clock: { ...clock, now: () => start + clock.elapsed() } });
  clock.set(clock.now() + ahead);
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const answer = await server.fetch(input, init);
    answer.headers.set("date", new Date(start + clock.elapsed()).toUTCString());
    return answer;
  };
  const world = await arrange({ ...options, clock, server: { ...server, fetch } }, config);
  return { ...world, server, setRight: () => clock.set(start + clock.elapsed()) };
}

/** Each answer a token of this many seconds. */
function tokensOf(seconds: number, { server }: Awaited<ReturnType<typeof machine>>): void {
  let isOurs = false;
  server.intercept = async ({ path, body }) => {
    if (path !== "/token" || isOurs) return undefined as never;
    isOurs = true;
    const answer = await server.fetch(`${server.issuer}/token`, { method: "POST", body });
    isOurs = false;
    return Response.json({ ...((await answer.json()) as object), expires_in: seconds });
  };
}

const SETTINGS = [
  ["two hours back", -2 * HOUR],
  ["two hours ahead", 2 * HOUR],
  ["a year ahead", 365 * DAY],
  ["a minute back", -MINUTE],
] as const;

describe.each(SETTINGS)("the clock is set %s", (_, by) => {
  const set = (clock: FakeClock): void => clock.set(clock.now() + by);

  it("the next try of a refresh that failed comes as soon as before", async () => {
    const world = await machine(0);
    await world.client.signIn();
    answerRefresh(world, () => Response.json({}, { status: 503 }));
    await world.client.getAccessToken({ forceRefresh: true }).catch(() => {});
    const tries = refreshes(world).length;
    set(world.clock);
    await world.clock.advance(1_000);
    expect(refreshes(world).length).toBe(tries + 1);
  });

  it("a token is given out as long as it lives, and not longer", async () => {
    const world = await machine(0);
    tokensOf(4, world);
    await world.client.signIn();
    const token = await world.client.getAccessToken({ minValidityMs: 0 });
    set(world.clock);
    world.clock.sleep(2_000);
    expect(await world.client.getAccessToken({ minValidityMs: 0 })).toBe(token);
    world.clock.sleep(4_000);
    expect(await world.client.getAccessToken({ minValidityMs: 0 })).not.toBe(token);
  });

  it("it is renewed when it is due", async () => {
    const world = await machine(0);
    await world.client.signIn();
    set(world.clock);
    await pass(world, 54 * MINUTE);
    expect(refreshes(world)).toHaveLength(0);
    await pass(world, 2 * MINUTE);
    expect(refreshes(world)).toHaveLength(1);
  });

  it("signIn({ timeoutMs }) neither waits on nor ends early", async () => {
    const { client, clock } = await machine(0, {}, { person: () => {} });
    const signIn = client.signIn({ timeoutMs: 60_000 });
    signIn.catch(() => {});
    await reached(client, (state) => state.status === "awaiting-callback" && state.step === "waiting");
    set(clock);
    await clock.advance(59_000);
    expect(await statusOf(signIn)).toBe("pending");
    await clock.advance(1_000);
    expect(await codeOf(signIn)).toBe("timed_out");
  });

  it("the visit of a sign-out neither waits on nor ends early", async () => {
    const { client, clock } = await machine(
      0,
      {},
      {
        person: (url, { listener, server }) => {
          if (new URL(url).searchParams.has("response_type")) void listener.visit(server.authorize(url));
        },
      },
    );
    await client.signIn();
    const signOut = client.signOut({ timeoutMs: 60_000 });
    await reached(client, (state) => state.status === "logging-out" && state.url !== undefined);
    set(clock);
    await clock.advance(59_000);
    expect(await statusOf(signOut)).toBe("pending");
    await clock.advance(1_000);
    expect(await signOut).toMatchObject({ local: "done", endSession: "failed" });
  });

  it("what an app is shown is by the clock that people see", async () => {
    const world = await machine(0);
    await world.client.signIn();
    set(world.clock);
    answerRefresh(world, () => Response.json({}, { status: 503 }));
    await world.client.getAccessToken({ forceRefresh: true }).catch(() => {});
    const state = await reached(world.client, isDegraded);
    const now = world.clock.now();
    expect(degradedOf(state)).toMatchObject({ at: now, nextRetryAt: now + 1_000 });
    expect(state).toMatchObject({ session: { accessTokenExpiresAt: now + HOUR } });
    expect(world.client.getState()).toBe(state);
  });

  it("signIn gives the end of the token by that clock, and so does its deadline", async () => {
    const { client, clock } = await machine(0);
    set(clock);
    const deadlines: number[] = [];
    client.subscribe((state) => {
      if (state.status === "awaiting-callback") deadlines.push(state.deadline);
    });
    const now = clock.now();
    expect(await client.signIn({ timeoutMs: 60_000 })).toMatchObject({ accessTokenExpiresAt: now + HOUR });
    expect(new Set(deadlines)).toEqual(new Set([now + 60_000]));
  });

  it("ID tokens are judged by the server's time all the same", async () => {
    const world = await machine(0);
    await world.client.signIn();
    set(world.clock);
    for (let turn = 0; turn < 3; turn++) await world.client.getAccessToken({ forceRefresh: true });
    expect(world.client.getState()).not.toHaveProperty("degraded");
  });
});

describe("a machine that started two hours ahead, and is set right", () => {
  it("tries again within minutes, not in two hours", async () => {
    const world = await machine(2 * HOUR);
    await world.client.signIn();
    answerRefresh(world, () => Response.json({}, { status: 503 }));
    await world.client.getAccessToken({ forceRefresh: true }).catch(() => {});
    world.setRight();
    world.server.intercept = undefined;
    await pass(world, 5 * MINUTE);
    expect(world.client.getState()).toMatchObject({ status: "authenticated" });
    expect(isDegraded(world.client.getState())).toBe(false);
  });

  it("does not give out the token that it kept while it was ahead", async () => {
    const world = await machine(2 * HOUR, { keepAccessToken: "store" });
    tokensOf(4, world);
    await world.client.signIn();
    const token = await world.client.getAccessToken({ minValidityMs: 0 });
    world.setRight();
    world.clock.sleep(6_000);
    const { client } = await restarted(world, { keepAccessToken: "store" });
    expect(await client.getAccessToken({ minValidityMs: 0 })).not.toBe(token);
  });

  it("knows how long a token lives that a process with the right time has kept", async () => {
    const lock = createFakeLock();
    const world = await machine(2 * HOUR, { keepAccessToken: "store" }, { lock });
    await world.client.signIn();
    world.setRight();
    const { clock, store, server } = world;
    const other = await arrange({ clock, store, server, lock }, { keepAccessToken: "store" });
    const token = await other.client.getAccessToken({ forceRefresh: true });
    const asked = refreshes(world).length;
    expect(await world.client.getAccessToken({ forceRefresh: true })).toBe(token);
    expect(refreshes(world)).toHaveLength(asked);
    expect(world.client.getState()).toMatchObject({
      session: { accessTokenExpiresAt: clock.now() + HOUR },
    });
  });

  it("keeps a token with the time that is right when it is saved", async () => {
    const world = await machine(2 * HOUR, { keepAccessToken: "store" });
    await world.client.signIn();
    world.setRight();
    await world.client.getAccessToken({ forceRefresh: true });
    const now = world.clock.now();
    expect(JSON.parse(world.store.record!)).toMatchObject({
      savedAt: now,
      accessToken: { expiresAt: now + HOUR },
    });
  });
});

describe("a runtime without a time that counts by itself", () => {
  it("goes by the wall clock, as far as that goes", async () => {
    const clock = createFakeClock();
    const wallOnly = Object.fromEntries(Object.entries(clock).filter(([name]) => name !== "elapsed"));
    const world = await signedIn({ clock: wallOnly as unknown as FakeClock });
    expect(world.client.getState()).toMatchObject({
      session: { accessTokenExpiresAt: clock.now() + HOUR },
    });
    clock.set(clock.now() + 2 * HOUR);
    expect(await world.client.getAccessToken()).toMatch(/^access/);
    expect(refreshes(world)).toHaveLength(1);
  });
});

it("two clocks that drift apart by less than a second change nothing that an app is shown", async () => {
  const { client, clock, states } = await signedIn();
  const before = states.length;
  for (let turn = 0; turn < 5; turn++) {
    clock.set(clock.now() + 150);
    client.cancel();
  }
  expect(states.length).toBe(before);
});
