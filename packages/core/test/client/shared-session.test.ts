// Several processes, one session: what each does with what the others have stored (design: "The stored session").
import { describe, expect, it } from "vitest";
import type { AuthConfig, AuthPorts } from "../../src/index.js";
import { createFakeLock } from "../../src/testing/index.js";
import { answerRefresh, DUE, holdTokenRequests } from "../support/refreshing.js";
import {
  arrange,
  codeOf,
  createTestStore,
  defer,
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
  SECOND,
  signedIn,
  statusOf,
  until,
  type World,
} from "../support/world.js";

/** Somebody is signed in, in the first of them. */
async function shared(config: Partial<AuthConfig> = {}) {
  const lock = createFakeLock();
  const first = await signedIn({ lock }, config);
  const { clock, server, store } = first;
  const another = (more: Partial<AuthConfig> = {}, withLock: AuthPorts["withLock"] = lock): Promise<World> =>
    arrange({ clock, server, store, lock: withLock }, { ...config, ...more });
  return { first, another, clock, server, store, lock };
}

const calm = (state: Parameters<typeof isDegraded>[0]): boolean =>
  state.status === "authenticated" && !isDegraded(state);

const busyLock: AuthPorts["withLock"] = () =>
  Promise.reject(Object.assign(new Error("Process 4711 holds the lock"), { code: "lock_timeout" }));

function recordOf(store: World["store"]): Record<string, unknown> {
  return JSON.parse(store.record!) as Record<string, unknown>;
}

describe("what another process has renewed is taken over", () => {
  it("without a request, where the access token is kept: twelve processes, one refresh", async () => {
    const { first, another, clock, server } = await shared({ keepAccessToken: "store" });
    await first.client.close();
    clock.sleep(2 * HOUR);
    const worlds = await Promise.all(Array.from({ length: 12 }, () => another()));
    const tokens = await Promise.all(worlds.map(({ client }) => client.getAccessToken()));
    expect(new Set(tokens).size).toBe(1);
    expect(refreshes({ server })).toHaveLength(1);
    expect(server.reuses).toBe(0);
    const adoptions = worlds.flatMap(({ notices }) => notices.filter(({ code }) => code === "adopted"));
    expect(adoptions).toHaveLength(11);
  });

  it("with a request of its own, where it is kept in memory: twelve processes, twelve rotations in a row", async () => {
    const { first, another, clock, server, store } = await shared();
    await first.client.close();
    clock.sleep(2 * HOUR);
    const worlds = await Promise.all(Array.from({ length: 12 }, () => another()));
    const tokens = await Promise.all(worlds.map(({ client }) => client.getAccessToken()));
    expect(new Set(tokens).size).toBe(12);
    const sent = refreshes({ server }).map(({ body }) => body.get("refresh_token"));
    expect(sent).toHaveLength(12);
    expect(new Set(sent).size).toBe(12);
    expect(server.reuses).toBe(0);
    expect(recordOf(store)).toMatchObject({ generation: 13 });
  });

  it("by a process that has an old one in memory, and both go on", async () => {
    const { first, another, server } = await shared();
    const second = await another();
    await reached(second.client, is("authenticated"));
    for (let turn = 0; turn < 3; turn++)
      for (const { client } of [first, second]) await client.getAccessToken({ forceRefresh: true });
    expect(server.reuses).toBe(0);
    expect(first.notices.map(({ code }) => code)).toEqual(["adopted", "adopted", "adopted"]);
  });

  it("a sign-in of the same person in another process too", async () => {
    const { first, another, server, store } = await shared();
    const second = await another({ refreshOnStart: false });
    await second.client.signIn();
    const { sessionId } = recordOf(store);
    await first.client.getAccessToken({ forceRefresh: true });
    expect(recordOf(store)).toMatchObject({ sessionId });
    expect(server.reuses).toBe(0);
  });

  it("an earlier record than its own is not: the token in it is spent", async () => {
    const { first, server, store } = await shared();
    const old = store.record!;
    await first.client.getAccessToken({ forceRefresh: true });
    await store.save(old);
    await first.client.getAccessToken({ forceRefresh: true });
    expect(server.reuses).toBe(0);
    expect(recordOf(store)).toMatchObject({ generation: 3 });
  });
});

describe("what another process did ends the session here", () => {
  it("signed out there: signed_out_elsewhere, at the next refresh, without a request", async () => {
    const { first, another, server, store } = await shared();
    const second = await another({ refreshOnStart: false });
    await second.client.ready();
    await second.client.signOut();
    const before = server.requests.length;
    expect(await codeOf(first.client.getAccessToken({ forceRefresh: true }))).toBe("signed_out_elsewhere");
    expect(first.client.getState()).toMatchObject({
      status: "logged-out",
      reason: { code: "signed_out_elsewhere" },
      can: ["signIn"],
    });
    expect(server.requests).toHaveLength(before);
    expect(store.record).toBeNull();
  });

  it("somebody else signed in there: account_changed, and their session is left alone", async () => {
    const { first, another, server, store } = await shared();
    const second = await another({ refreshOnStart: false });
    server.idTokenClaims = { sub: "bob" };
    await second.client.signIn();
    const { record } = store;
    const before = server.requests.length;
    expect(await codeOf(first.client.getAccessToken({ forceRefresh: true }))).toBe("account_changed");
    expect(first.client.getState()).toMatchObject({
      status: "logged-out",
      reason: { code: "account_changed" },
    });
    expect(server.requests).toHaveLength(before);
    expect(store.record).toBe(record);
  });

  it("signing out here leaves somebody else's session alone, and ends ours", async () => {
    const { first, another, server, store } = await shared();
    const second = await another({ refreshOnStart: false });
    server.idTokenClaims = { sub: "bob" };
    await second.client.signIn();
    const { record } = store;
    expect(await first.client.signOut({ browser: false })).toMatchObject({
      local: "done",
      revocation: "done",
    });
    expect(store.record).toBe(record);
    server.idTokenClaims = { sub: "bob" };
    expect(await second.client.getAccessToken({ forceRefresh: true })).toMatch(/^access-/);
  });

  it("a record of another issuer in its place is left alone", async () => {
    const { first, server, store } = await shared();
    const foreign = JSON.stringify({ ...recordOf(store), issuer: "https://other.example" });
    await store.save(foreign);
    const before = server.requests.length;
    expect(await codeOf(first.client.getAccessToken({ forceRefresh: true }))).toBe("signed_out_elsewhere");
    expect(store.record).toBe(foreign);
    expect(server.requests).toHaveLength(before);
  });

  it("a record of a newer version of the app in its place is left alone, by signing out too", async () => {
    for (const act of ["refresh", "signOut"] as const) {
      const { first, store } = await shared();
      const newer = '{"v":2,"more":"than we know"}';
      await store.save(newer);
      if (act === "signOut") await first.client.signOut({ browser: false });
      else await codeOf(first.client.getAccessToken({ forceRefresh: true }));
      expect(first.client.getState().status).toBe("logged-out");
      expect(store.record).toBe(newer);
      expect(store.calls).not.toContain("quarantine");
    }
  });
});

describe("a record that cannot be read", () => {
  it("is set aside at a refresh, reported, and replaced", async () => {
    const { first, server, store } = await shared();
    await store.save("half a rec");
    expect(await first.client.getAccessToken({ forceRefresh: true })).toMatch(/^access-/);
    expect(store.calls.filter((call) => call === "quarantine")).toHaveLength(1);
    const corrupt = first.notices.filter(({ code }) => code === "record_corrupt");
    expect(corrupt).toEqual([
      { code: "record_corrupt", detail: "not JSON", message: expect.stringContaining("set aside: aside") },
    ]);
    expect(recordOf(store)).toMatchObject({ generation: 2 });
    expect(server.reuses).toBe(0);
  });

  it("at the start is set aside under the lock, once for all who start", async () => {
    const { first, another, store } = await shared();
    await first.client.close();
    await store.save("half a rec");
    const worlds = await Promise.all(Array.from({ length: 5 }, () => another()));
    const states = await Promise.all(worlds.map(({ client }) => client.ready()));
    expect(new Set(states.map(({ status }) => status))).toEqual(new Set(["idle"]));
    expect(store.calls.filter((call) => call === "quarantine")).toHaveLength(1);
    const told = worlds.flatMap(({ notices }) => notices.filter(({ code }) => code === "record_corrupt"));
    expect(told).toHaveLength(1);
  });

  it("and cannot be set aside, for another process has the lock: nobody is said to be signed out", async () => {
    const { another, store } = await shared();
    await store.save("half a rec");
    const { client } = await another({}, busyLock);
    expect(await client.ready()).toMatchObject({ status: "idle", reason: { code: "lock_timeout" } });
    expect(await errorOf(client.getAccessToken())).toMatchObject({ code: "lock_timeout", retryable: true });
    expect(await codeOf(client.signOut())).toBe("lock_timeout");
    expect(store.record).toBe("half a rec");
  });

  it("and was replaced while this one waited for the lock is not touched", async () => {
    const { another, store, lock } = await shared();
    const good = store.record!;
    await store.save("half a rec");
    const held = defer();
    void lock(() => held.promise, { signal: new AbortController().signal });
    const second = await another({ refreshOnStart: false });
    await quiet();
    await store.save(good);
    held.resolve();
    expect(await second.client.ready()).toMatchObject({ status: "authenticated" });
    expect(store.calls).not.toContain("quarantine");
  });
});

describe("invalid_grant on a token that is not the stored one any more", () => {
  /** Another process that does not keep to the lock: what it stored is there when the verdict comes. */
  async function refusedMeanwhile(change: (record: Record<string, unknown>) => string | null) {
    const world = await shared();
    const { first, server, store } = world;
    const stored = recordOf(store);
    let refused = 0;
    server.intercept = async ({ path, body }) => {
      if (path !== "/token" || refused > 0) return undefined as never;
      refused++;
      const answer = await server.fetch(`${server.issuer}/token`, { method: "POST", body });
      const tokens = (await answer.json()) as Record<string, unknown>;
      const next = change({ ...stored, generation: 2, refreshToken: tokens["refresh_token"] });
      if (next === null) await store.clear();
      else await store.save(next);
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    };
    const outcome = await first.client
      .getAccessToken({ forceRefresh: true })
      .catch((error: unknown) => error);
    await quiet();
    return { ...world, outcome };
  }

  it("goes on with the one that is stored", async () => {
    const { outcome, first, server, store } = await refusedMeanwhile((record) => JSON.stringify(record));
    expect(outcome).toMatch(/^access-/);
    expect(first.client.getState()).toMatchObject({ status: "authenticated" });
    expect(first.client.getState()).not.toHaveProperty("reason");
    expect(recordOf(store)).toMatchObject({ generation: 3 });
    expect(server.reuses).toBe(0);
  });

  it("is signed_out_elsewhere when nothing is stored any more", async () => {
    const { outcome } = await refusedMeanwhile(() => null);
    expect(outcome).toMatchObject({ code: "signed_out_elsewhere" });
  });

  it("is account_changed when it is somebody else's by now, and that stays", async () => {
    const { outcome, store } = await refusedMeanwhile((record) =>
      JSON.stringify({ ...record, sessionId: "another", subject: "bob" }),
    );
    expect(outcome).toMatchObject({ code: "account_changed" });
    expect(recordOf(store)).toMatchObject({ subject: "bob" });
  });

  it("on the stored one ends it: cleared, not tried again by this process nor by another", async () => {
    const { first, another, server, store } = await shared();
    const second = await another();
    await reached(second.client, is("authenticated"));
    server.endSessions();
    expect(await codeOf(first.client.getAccessToken({ forceRefresh: true }))).toBe("session_ended");
    await quiet();
    expect(store.record).toBeNull();
    const asked = refreshes({ server }).length;
    expect(await codeOf(second.client.getAccessToken({ forceRefresh: true }))).toBe("signed_out_elsewhere");
    await pass(first, 2 * HOUR);
    expect(refreshes({ server })).toHaveLength(asked);
  });
});

describe("the lock", () => {
  it("that another process holds too long: degraded, and the old token is served while it is good", async () => {
    const { first, another, clock, server } = await shared({ keepAccessToken: "store" });
    const old = await first.client.getAccessToken();
    const second = await another({}, busyLock);
    await second.client.ready();
    await clock.advance(DUE);
    await reached(first.client, calm);
    expect(degradedOf(second.client.getState())).toMatchObject({
      code: "lock_timeout",
      message: "Process 4711 holds the lock",
      nextRetryAt: clock.now() + SECOND,
    });
    expect(await second.client.getAccessToken()).toBe(old);
    await pass(second, 6 * MINUTE);
    expect(await codeOf(second.client.getAccessToken())).toBe("temporarily_unavailable");
    expect(server.reuses).toBe(0);
  });

  it("is waited for while another process refreshes, and that costs no second request", async () => {
    const { first, another, clock, server } = await shared({ keepAccessToken: "store" });
    const second = await another();
    await second.client.ready();
    const gate = holdTokenRequests(first);
    clock.sleep(2 * HOUR);
    const calls = [first, second].map(({ client }) => client.getAccessToken());
    await quiet();
    expect([first, second].map(({ client }) => client.getState().status)).toEqual([
      "refreshing",
      "refreshing",
    ]);
    gate.resolve();
    const [a, b] = await Promise.all(calls);
    expect(a).toBe(b);
    expect(refreshes({ server })).toHaveLength(1);
  });

  it("stays as long as a store call that timed out is not settled", async () => {
    const { first, clock, store, lock } = await shared({ postLogoutRedirectUris: [] });
    const gate = defer();
    store.gates.clear = gate.promise;
    const out = first.client.signOut();
    await until(() => store.calls.includes("clear"));
    const other = lock(async () => "mine", { signal: new AbortController().signal });
    await clock.advance(91 * SECOND);
    expect(await out).toMatchObject({ local: "failed" });
    expect(await statusOf(other)).toBe("pending");
    gate.resolve();
    expect(await other).toBe("mine");
  });

  it("stays while a rotated token waits to be saved, and is free once it is", async () => {
    const { first, another, clock, server, store, lock } = await shared();
    const second = await another();
    await reached(second.client, is("authenticated"));
    store.faults.save = lockedKeyring();
    const asked = codeOf(first.client.getAccessToken({ forceRefresh: true }));
    await reached(first.client, isDegraded);
    expect(await asked).toBe("temporarily_unavailable");
    const other = lock(async () => recordOf(store)["generation"], { signal: new AbortController().signal });
    for (let minute = 0; minute < 10; minute++) {
      await clock.advance(MINUTE);
      expect(await statusOf(other)).toBe("pending");
    }
    delete store.faults.save;
    await pass(first, 5 * MINUTE);
    expect(await other).toBe(3);
    await second.client.getAccessToken({ forceRefresh: true });
    expect(server.reuses).toBe(0);
  });
});

describe("commands wait their turn", () => {
  it("a sign-out while another process refreshes: it revokes and deletes what that one has saved", async () => {
    const { first, another, server, store } = await shared();
    const second = await another({ refreshOnStart: false });
    await second.client.ready();
    const gate = holdTokenRequests(first);
    const refreshing = first.client.getAccessToken({ forceRefresh: true });
    await until(() => refreshes({ server }).length > 0);
    const out = second.client.signOut({ browser: false });
    expect(await statusOf(out)).toBe("pending");
    expect(server.requests.some(({ path }) => path === "/revoke")).toBe(false);
    gate.resolve();
    expect(await refreshing).toMatch(/^access-/);
    expect(await out).toMatchObject({ local: "done", revocation: "done" });
    expect(store.record).toBeNull();
    const revoked = server.requests.find(({ path }) => path === "/revoke")!.body.get("token");
    expect(refreshes({ server }).map(({ body }) => body.get("refresh_token"))).not.toContain(revoked);
    expect(await codeOf(first.client.getAccessToken({ forceRefresh: true }))).toBe("signed_out_elsewhere");
    expect(store.record).toBeNull();
  });

  it("a sign-out while this process refreshes: afterwards nothing is stored", async () => {
    const { first, server, store } = await shared();
    const gate = holdTokenRequests(first);
    const refreshing = first.client.getAccessToken({ forceRefresh: true });
    await until(() => refreshes({ server }).length > 0);
    const out = first.client.signOut({ browser: false });
    expect(await statusOf(out)).toBe("pending");
    gate.resolve();
    expect(await out).toMatchObject({ local: "done", revocation: "done" });
    await quiet();
    expect(store.record).toBeNull();
    expect(first.client.getState().status).toBe("logged-out");
    await refreshing.catch(() => {});
  });

  it("a sign-in while this process refreshes begins when that is done", async () => {
    const { first, server, store } = await shared();
    const before = recordOf(store)["sessionId"];
    const gate = holdTokenRequests(first);
    const refreshing = first.client.getAccessToken({ forceRefresh: true });
    await until(() => refreshes({ server }).length > 0);
    const again = first.client.signIn();
    await quiet();
    expect(first.ports.opened).toHaveLength(1);
    gate.resolve();
    await Promise.all([again, refreshing]);
    expect(first.ports.opened).toHaveLength(2);
    expect(recordOf(store)["sessionId"]).not.toBe(before);
    expect(server.reuses).toBe(0);
  });

  it("a sign-in is saved only when another process's refresh is, and replaces it", async () => {
    const { first, another, server, store } = await shared();
    const second = await another();
    await second.client.getAccessToken();
    const gate = defer();
    store.gates.save = gate.promise;
    const refreshing = first.client.getAccessToken({ forceRefresh: true });
    await until(() => store.calls.filter((call) => call === "save").length === 3);
    const again = second.client.signIn();
    expect(await statusOf(again)).toBe("pending");
    gate.resolve();
    await Promise.all([refreshing, again]);
    expect(recordOf(store)).toMatchObject({ generation: 1 });
    expect(await first.client.getAccessToken({ forceRefresh: true })).toMatch(/^access-/);
    expect(server.reuses).toBe(0);
  });

  it("close() while this process refreshes: what was rotated is saved first", async () => {
    const { first, another, server, store } = await shared();
    const gate = holdTokenRequests(first);
    const refreshing = first.client.getAccessToken({ forceRefresh: true }).catch(() => {});
    await until(() => refreshes({ server }).length > 0);
    const closing = first.client.close();
    expect(await statusOf(closing)).toBe("pending");
    gate.resolve();
    await Promise.all([closing, refreshing]);
    expect(recordOf(store)).toMatchObject({ generation: 2 });
    const second = await another();
    expect(await second.client.getAccessToken()).toMatch(/^access-/);
    expect(server.reuses).toBe(0);
  });

  it("close() with a limit gives a refresh up when it is over, and the lock with it; a second call may bring it", async () => {
    const { first, clock, server, lock } = await shared();
    holdTokenRequests(first);
    const asked = codeOf(first.client.getAccessToken({ forceRefresh: true }));
    await until(() => refreshes({ server }).length > 0);
    const closing = first.client.close();
    expect(await codeOf(first.client.close({ timeoutMs: -1 }))).toBe("invalid_config");
    const hurried = first.client.close({ timeoutMs: 4 * SECOND });
    await clock.advance(3.9 * SECOND);
    expect(await statusOf(closing)).toBe("pending");
    await clock.advance(0.2 * SECOND);
    await Promise.all([closing, hurried]);
    expect(await asked).toBe("closed");
    expect(await lock(async () => "free", { signal: new AbortController().signal })).toBe("free");
  });

  it("close() with a limit is over as soon as what was rotated is saved", async () => {
    const { first, clock, server, store } = await shared();
    const gate = holdTokenRequests(first);
    void first.client.getAccessToken({ forceRefresh: true }).catch(() => {});
    await until(() => refreshes({ server }).length > 0);
    const before = clock.now();
    const closing = first.client.close({ timeoutMs: 4 * SECOND });
    gate.resolve();
    await closing;
    expect(clock.now()).toBe(before);
    expect(recordOf(store)).toMatchObject({ generation: 2 });
  });

  it("close() while another process holds the lock does not wait for it", async () => {
    const { first, lock } = await shared();
    const held = defer();
    void lock(() => held.promise, { signal: new AbortController().signal });
    const asked = codeOf(first.client.getAccessToken({ forceRefresh: true }));
    await quiet();
    await first.client.close();
    expect(await asked).toBe("closed");
    held.resolve();
  });

  it("a failure that passes in one process leaves the others and the record alone", async () => {
    const { first, another, server, store } = await shared();
    const { record } = store;
    answerRefresh(first, () => new Response(null, { status: 503 }));
    expect(await codeOf(first.client.getAccessToken({ forceRefresh: true }))).toBe("temporarily_unavailable");
    expect(store.record).toBe(record);
    server.intercept = undefined;
    const second = await another();
    expect(await second.client.getAccessToken()).toMatch(/^access-/);
    expect(await first.client.getAccessToken({ forceRefresh: true })).toMatch(/^access-/);
    expect(server.reuses).toBe(0);
  });
});

it("a store that several processes share and none can read signs nobody out", async () => {
  const store = createTestStore();
  const lock = createFakeLock();
  const first = await signedIn({ store, lock });
  const { record } = store;
  store.faults.load = lockedKeyring();
  expect(await codeOf(first.client.getAccessToken({ forceRefresh: true }))).toBe("temporarily_unavailable");
  expect(degradedOf(first.client.getState())).toMatchObject({ code: "store_unavailable", detail: "locked" });
  expect(store.record).toBe(record);
  expect(refreshes(first)).toHaveLength(0);
});
