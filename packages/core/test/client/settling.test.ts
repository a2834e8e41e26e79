// Whatever goes wrong, and whenever it is closed: every call ends, and what is stored is what it should be.
import { describe, expect, it } from "vitest";
import { createFakeLock, type FakeServer } from "../../src/testing/index.js";
import {
  arrange,
  signedIn,
  refreshes,
  reached,
  is,
  isDegraded,
  codeOf,
  errorOf,
  statusOf,
  quiet,
  pass,
  defer,
  restarted,
  createTestStore,
  until,
  lockedKeyring,
  MINUTE,
  SECOND,
  type Deferred,
} from "../support/world.js";

describe("what was asked for settles", () => {
  it("a sign-in that waited for a refresh, beside a forced refresh", async () => {
    const { client, server } = await signedIn();
    const gate = holdBack(server, "/token");
    const first = client.getAccessToken({ forceRefresh: true });
    await reached(client, is("refreshing"));
    const second = client.getAccessToken({ forceRefresh: true });
    const again = client.signIn();
    gate.resolve();
    await first;
    await second;
    await expect(again).resolves.toMatchObject({ subject: "ada" });
  });

  it("a sign-in after a sign-out, both asked for during a refresh", async () => {
    const { client, server } = await signedIn();
    const gate = holdBack(server, "/token");
    const first = client.getAccessToken({ forceRefresh: true }).catch(() => {});
    await reached(client, is("refreshing"));
    const out = client.signOut();
    const again = client.signIn();
    gate.resolve();
    await first;
    await out;
    await expect(again).resolves.toMatchObject({ subject: "ada" });
  });

  it("a sign-out, though the app signs in again in the same breath", async () => {
    const { client, server } = await signedIn();
    const out = client.signOut({ browser: false });
    const again = client.signIn();
    expect(await out).toMatchObject({ local: "done", revocation: "done" });
    await expect(again).resolves.toMatchObject({ subject: "ada" });
    expect(server.requests.map(({ path }) => path).filter((path) => path === "/revoke")).toHaveLength(1);
  });

  it("a sign-out, though an app's listener sets off a refresh before it can begin", async () => {
    const { client, server, clock, store } = await signedIn();
    const gate = defer();
    const busy = (): Promise<Response> => gate.promise.then(() => new Response(null, { status: 503 }));
    server.intercept = ({ path }) => (path === "/token" ? busy() : undefined);
    await clock.advance(55 * MINUTE);
    await reached(client, is("refreshing"));
    const stop = client.subscribe(({ status }) => {
      if (status !== "authenticated") return;
      stop();
      server.intercept = undefined;
      client.wake();
    });
    const out = client.signOut({ browser: false });
    gate.resolve();
    expect((await out).local).toBe("done");
    expect(store.record).toBe(null);
    expect((await client.signOut()).local).toBe("skipped");
  });

  it("two sign-outs, the second asked for by a listener of the first", async () => {
    const { client } = await signedIn();
    let second: ReturnType<typeof client.signOut> | undefined;
    client.subscribe(({ status }) => {
      if (status === "logging-out") second ??= client.signOut({ browser: false });
    });
    const first = await client.signOut({ browser: false });
    expect(first.local).toBe("done");
    expect(await second).toEqual(first);
  });

  it.each([0, 1, 2, 3])("a sign-in beside a refresh that begins %s microtasks too early", async (count) => {
    const { client, server } = await signedIn();
    const gate = holdBack(server, "/token");
    const first = client.getAccessToken({ forceRefresh: true });
    await reached(client, is("refreshing"));
    const again = client.signIn();
    const forced = reached(client, is("authenticated")).then(async () => {
      for (let left = count; left > 0; left--) await Promise.resolve();
      return client.getAccessToken({ forceRefresh: true }).catch(() => {});
    });
    gate.resolve();
    await Promise.all([first, forced]);
    await expect(again).resolves.toMatchObject({ subject: "ada" });
  });

  it("a sign-in beside the first access token after a start", async () => {
    const store = createTestStore();
    const w = await signedIn({ store });
    const { client } = await restarted(w, { refreshOnStart: false });
    const a = client.getAccessToken();
    const s = client.signIn();
    await a;
    await expect(s).resolves.toMatchObject({ subject: "ada" });
  });

  it("a sign-in that waits, when a subscriber closes the client", async () => {
    const { client } = await arrange();
    client.subscribe((s) => {
      if (s.status === "idle") void client.close();
    });
    const s = client.signIn();
    s.catch(() => {});
    expect(await statusOf(s)).toBe("rejected");
  });

  it("ready, after a close while restoring", async () => {
    const store = createTestStore();
    const g = defer();
    store.gates.load = g.promise;
    const { client } = await arrange({ store });
    await client.close();
    expect(await statusOf(client.ready())).toBe("rejected");
  });

  it("a sign-in that waits for a refresh, when the client is closed", async () => {
    const { client, server } = await signedIn();
    const gate = holdBack(server, "/token");
    const first = client.getAccessToken({ forceRefresh: true }).catch(() => {});
    await reached(client, is("refreshing"));
    const out = client.signIn();
    out.catch(() => {});
    const closing = client.close();
    gate.resolve();
    await closing;
    await first;
    expect(await statusOf(out)).not.toBe("pending");
  });

  it("a sign-out that joined another, when its signal aborts", async () => {
    const { client } = await signedIn({
      person: (url, { listener, server }) => {
        if (url.includes("response_type")) void listener.visit(server.authorize(url));
      },
    });
    const a = client.signOut();
    await reached(client, (s) => s.status === "logging-out" && s.url !== undefined);
    const c = new AbortController();
    const b = client.signOut({ signal: c.signal });
    c.abort();
    const st = await statusOf(b);
    client.cancel();
    await a;
    await b.catch(() => {});
    expect(st).not.toBe("pending");
  });

  it("an access token asked for during the visit to the server is refused at once", async () => {
    const { client } = await signedIn({
      person: (url, { listener, server }) => {
        if (url.includes("response_type")) void listener.visit(server.authorize(url));
      },
    });
    const a = client.signOut();
    await reached(client, (s) => s.status === "logging-out" && s.url !== undefined);
    const t = client.getAccessToken();
    t.catch(() => {});
    const st = await statusOf(t);
    client.cancel();
    await a;
    expect(st).toBe("rejected");
  });
});

describe("a sign-out", () => {
  it("closing while tokens are revoked still deletes the stored session", async () => {
    const { client, server, store } = await signedIn();
    server.intercept = ({ path }) =>
      path === "/revoke"
        ? new Promise<Response>((resolve) => setTimeout(() => resolve(new Response(null)), 20))
        : undefined;
    const out = client.signOut().catch(() => {});
    await quiet();
    await client.close();
    await out;
    expect(store.record).toBeNull();
  });

  it("a sign-out aborted while it revokes opens no browser", async () => {
    const { client, server, ports } = await signedIn();
    const opened = ports.opened.length;
    const gate = holdBack(server, "/revoke");
    const c = new AbortController();
    const out = client.signOut({ signal: c.signal });
    await quiet();
    c.abort();
    gate.resolve();
    await out;
    expect(ports.opened.length).toBe(opened);
  });

  it("a fetch whose signal aborts while it waits for a token, with the signal's reason, and the refresh goes on", async () => {
    const { client, server } = await signedIn();
    const gate = holdBack(server, "/token");
    const refreshed = client.getAccessToken({ forceRefresh: true });
    await until(() => refreshes({ server }).length === 1);
    const leaving = new AbortController();
    const api = `${server.issuer}/api`;
    const calls = [
      client.fetch(api, { signal: leaving.signal }),
      client.fetch(new Request(api, { signal: leaving.signal })),
    ].map((call) => call.catch((error: unknown) => error));
    await quiet();
    leaving.abort(new DOMException("Enough", "TimeoutError"));
    for (const call of calls) expect(await call).toMatchObject({ name: "TimeoutError" });
    expect(server.requests.filter(({ path }) => path === "/api")).toEqual([]);
    gate.resolve();
    expect(await refreshed).toMatch(/^access-/);
  });

  it("a sign-out with a time-out that is not a number is refused", async () => {
    const { client } = await signedIn();
    expect(await errorOf(client.signOut({ timeoutMs: Number.NaN }))).toMatchObject({
      code: "invalid_config",
      detail: "timeoutMs",
    });
  });

  it("a sign-out after a corrupt record leaves nothing stored", async () => {
    const { client, store } = await arrange({ store: createTestStore('{"v":1,"refreshToken":"x"}') });
    await client.ready();
    await client.signOut();
    expect(store.record).toBeNull();
  });

  it("a clear that timed out does not delete the session of a later sign-in", async () => {
    const { client, clock, store } = await signedIn();
    const gate = defer();
    store.gates.clear = gate.promise;
    const out = client.signOut({ browser: false });
    await quiet();
    await clock.advance(91 * SECOND);
    await out;
    // The lock is kept until the call has settled: the save of the next sign-in comes after it.
    const again = client.signIn();
    await quiet();
    gate.resolve();
    await again;
    expect(store.record).not.toBeNull();
  });
});

describe("a store that fails", () => {
  it("a store that was unreadable and is empty leaves no reason behind", async () => {
    const store = createTestStore();
    store.faults.load = lockedKeyring();
    const { client } = await arrange({ store });
    await client.ready();
    delete store.faults.load;
    client.wake();
    await quiet();
    expect(client.getState()).not.toHaveProperty("reason");
  });

  it("an access token from a store that was unreadable and is empty asks for a sign-in", async () => {
    const store = createTestStore();
    store.faults.load = lockedKeyring();
    const { client } = await arrange({ store });
    await client.ready();
    delete store.faults.load;
    expect(await codeOf(client.getAccessToken())).toBe("sign_in_required");
    expect(await client.signOut()).toEqual({
      local: "skipped",
      revocation: "skipped",
      endSession: "skipped",
    });
  });

  it("giving up a sign-in does not forget that the store was not read", async () => {
    const first = await signedIn();
    await first.client.close();
    const store = first.store;
    store.faults.load = lockedKeyring();
    const { client } = await arrange({ store, server: first.server, clock: first.clock, person: () => {} });
    await client.ready();
    const done = codeOf(client.signIn());
    await reached(client, (s) => s.status === "awaiting-callback" && s.step === "waiting");
    client.cancel();
    await done;
    delete store.faults.load;
    expect(await client.getAccessToken()).toMatch(/^access-/);
  });

  it("closing between two tries to save saves the rotated token if it can", async () => {
    const w = await signedIn();
    const { client, store } = w;
    store.faults.save = lockedKeyring();
    await client.getAccessToken({ forceRefresh: true }).catch(() => {});
    await reached(client, isDegraded);
    delete store.faults.save;
    const next = await restarted(w);
    await reached(next.client, is("authenticated", "logged-out", "idle"));
    expect(next.client.getState().status).toBe("authenticated");
  });

  it("a save that timed out is undone when the sign-in was given up", async () => {
    const { client, clock, store } = await arrange();
    const gate = defer();
    store.gates.save = gate.promise;
    const done = codeOf(client.signIn());
    while (store.calls.at(-1) !== "save") await quiet();
    await clock.advance(91 * SECOND);
    expect(await done).toBe("store_unavailable");
    gate.resolve();
    await quiet();
    expect(store.record).toBeNull();
  });

  it("closing while the store hangs leaves no timer, which would keep the process", async () => {
    const store = createTestStore();
    store.gates.load = defer().promise;
    const { client, clock } = await arrange({ store });
    await client.close();
    expect(clock.armed).toBe(0);
  });
});

describe("a damaged record", () => {
  it("a record whose version is an object is corrupt", async () => {
    const { client } = await arrange({ store: createTestStore('{"v":{"toString":1}}') });
    expect(await client.ready()).toMatchObject({ reason: { code: "record_corrupt" } });
  });

  it("the text of a corrupt record is not shown", async () => {
    const { client } = await arrange({ store: createTestStore('{"v":"\\u001b[31mrefresh-secret"}') });
    expect(JSON.stringify(await client.ready())).not.toContain("refresh-secret");
  });

  it("a record whose ID token says nothing is corrupt", async () => {
    const w = await signedIn();
    const rec = JSON.parse(w.store.record!);
    rec.idToken = `a.${btoa("null")}.b`;
    await w.client.close();
    const { client } = await arrange(
      { store: createTestStore(JSON.stringify(rec)), server: w.server, clock: w.clock },
      { refreshOnStart: false },
    );
    expect(await client.ready()).toMatchObject({ reason: { code: "record_corrupt" } });
  });
});

describe("a refresh", () => {
  it("keys that cannot be fetched at a refresh do not cost the session", async () => {
    const world = await signedIn();
    const { client, server } = world;
    await pass(world, 100 * MINUTE); // discovery is stale at the next refresh
    server.intercept = ({ path }) => (path === "/jwks" ? new Response(null, { status: 503 }) : undefined);
    await pass(world, 15 * MINUTE);
    server.intercept = undefined;
    await pass(world, 30 * MINUTE);
    expect({ status: client.getState().status, reuses: server.reuses }).toEqual({
      status: "authenticated",
      reuses: 0,
    });
  });

  it("access tokens that expire at once do not lead to a storm of refreshes", async () => {
    const { clock, server } = await signedIn({ serverOptions: { accessTokenSeconds: 0 } });
    for (let i = 0; i < 50; i++) {
      await clock.advance(0);
      await quiet();
      if (refreshes({ server }).length > 5) break;
    }
    expect(refreshes({ server }).length).toBeLessThan(3);
  });

  it("many refused calls, one after the other, lead to one refresh", async () => {
    const { client, server } = await signedIn();
    const old = await client.getAccessToken();
    let refused = 0;
    server.intercept = async ({ path, authorization }) => {
      if (path !== "/api" || authorization !== `Bearer ${old}`) return undefined as never;
      for (let turns = refused++; turns > 0; turns--) await Promise.resolve();
      const headers = { "www-authenticate": 'Bearer error="invalid_token"' };
      return new Response(null, { status: 401, headers });
    };
    await Promise.all(Array.from({ length: 40 }, () => client.fetch(`${server.issuer}/api`)));
    expect(refreshes({ server })).toHaveLength(1);
  });
});

/** Requests to the path are answered only once the gate is open. */
function holdBack(server: FakeServer, path: string): Deferred<void> {
  const gate = defer();
  // Nothing in place of the answer: the server gives its own.
  const held = (): Promise<never> => gate.promise as Promise<never>;
  server.intercept = (request) => (request.path === path ? held() : undefined);
  return gate;
}

it("a session whose deletion failed does not come back, though the store could not be read at start", async () => {
  const store = createTestStore();
  store.faults.load = lockedKeyring();
  let answers = true;
  const { client, server } = await arrange({
    store,
    person: (url, { listener, server: id }) => {
      if (answers && url.includes("response_type")) void listener.visit(id.authorize(url));
    },
  });
  await client.ready();
  delete store.faults.load;
  await client.signIn();
  store.faults.clear = lockedKeyring();
  server.intercept = ({ path }) => (path === "/revoke" ? new Response(null, { status: 503 }) : undefined);
  expect(await client.signOut({ browser: false })).toMatchObject({ local: "failed", revocation: "failed" });
  answers = false;
  const again = codeOf(client.signIn());
  await reached(client, (state) => state.status === "awaiting-callback" && state.step === "waiting");
  client.cancel();
  expect(await again).toBe("cancelled");
  client.wake();
  await quiet();
  expect(client.getState().status).toBe("idle");
});

describe("a store call that was given up and lands later", () => {
  it("brings back what another process had stored, not what this one remembers", async () => {
    const lock = createFakeLock();
    const a = await signedIn({ lock });
    const b = await arrange({ lock, clock: a.clock, server: a.server, store: a.store });
    await reached(b.client, is("authenticated"));
    const stored = a.store.record;
    const gate = defer();
    a.store.gates.save = gate.promise;
    const saves = () => a.store.calls.filter((call) => call === "save").length;
    const before = saves();
    const done = codeOf(a.client.signIn());
    await until(() => saves() > before);
    await a.clock.advance(91 * SECOND);
    expect(await done).toBe("store_unavailable");
    gate.resolve();
    await quiet();
    expect(a.store.record).toBe(stored);
    expect(a.server.reuses).toBe(0);
  });

  it("does not set a newer session aside", async () => {
    const store = createTestStore("{ half");
    const gate = defer();
    store.gates.quarantine = gate.promise;
    const { client, clock } = await arrange({ store });
    await until(() => store.calls.includes("quarantine"));
    await clock.advance(91 * SECOND);
    await client.ready();
    const done = client.signIn();
    await quiet();
    gate.resolve();
    await done;
    await quiet();
    expect(store.record).not.toBeNull();
  });
});

it("a sign-out that does not get the lock deletes nothing blindly, and says so", async () => {
  const a = await signedIn();
  const lock = () => Promise.reject(Object.assign(new Error("held"), { code: "lock_timeout" }));
  const world = { clock: a.clock, server: a.server, store: a.store };
  const c = await arrange({ ...world, lock }, { refreshOnStart: false });
  await c.client.ready();
  a.server.idTokenClaims = { sub: "bob" };
  await a.client.signIn();
  const bobs = a.store.record;
  expect(await c.client.signOut({ browser: false })).toMatchObject({ local: "failed", revocation: "done" });
  expect(c.client.getState().status).toBe("logged-out");
  expect(a.store.record).toBe(bobs);
});
