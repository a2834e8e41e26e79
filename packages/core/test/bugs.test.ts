import { describe, expect, it } from "vitest";
import {
  arrange,
  signedIn,
  refreshes,
  reached,
  is,
  isDegraded,
  codeOf,
  statusOf,
  quiet,
  pass,
  defer,
  restarted,
  createTestStore,
  lockedKeyring,
  MINUTE,
  SECOND,
} from "./support/world.js";

describe("bugs", () => {
  it("B1 jwks unreachable at refresh must not cost the session", async () => {
    const world = await signedIn();
    const { client, clock, server } = world;
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
  it("B2 signIn that waited for a refresh beside a forced refresh settles", async () => {
    const { client, server } = await signedIn();
    const gate = defer<undefined>();
    server.intercept = ({ path }) => (path === "/token" ? (gate.promise as never) : undefined);
    const first = client.getAccessToken({ forceRefresh: true });
    await reached(client, is("refreshing"));
    const second = client.getAccessToken({ forceRefresh: true });
    const again = client.signIn();
    gate.resolve(undefined);
    await first;
    await second;
    await expect(again).resolves.toMatchObject({ subject: "ada" });
  });
  it("B2b signIn after signOut, both during a refresh", async () => {
    const { client, server } = await signedIn();
    const gate = defer<undefined>();
    server.intercept = ({ path }) => (path === "/token" ? (gate.promise as never) : undefined);
    const first = client.getAccessToken({ forceRefresh: true }).catch(() => {});
    await reached(client, is("refreshing"));
    const out = client.signOut();
    const again = client.signIn();
    gate.resolve(undefined);
    await first;
    await out;
    await expect(again).resolves.toMatchObject({ subject: "ada" });
  });
  it("B2c signIn while signing out, then getAccessToken", async () => {
    const store = createTestStore();
    const w = await signedIn({ store });
    const { client } = await restarted(w, { refreshOnStart: false });
    const a = client.getAccessToken();
    const s = client.signIn();
    await a;
    await expect(s).resolves.toMatchObject({ subject: "ada" });
  });
  it("B3 an empty store after an unreadable one clears the reason", async () => {
    const store = createTestStore();
    store.faults.load = lockedKeyring();
    const { client } = await arrange({ store });
    await client.ready();
    delete store.faults.load;
    client.wake();
    await quiet();
    expect(client.getState()).not.toHaveProperty("reason");
  });
  it("B3b getAccessToken", async () => {
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
  it("B4 giving up a sign-in does not forget that the store was not read", async () => {
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
  it("B5 close while revoking still deletes locally", async () => {
    const { client, server, store } = await signedIn();
    server.intercept = ({ path }) =>
      path === "/revoke"
        ? new Promise<Response>((r) => setTimeout(() => r(new Response(null)), 20))
        : undefined;
    const out = client.signOut().catch(() => {});
    await quiet();
    await client.close();
    await out;
    expect(store.record).toBeNull();
  });
  it("B6 abort while revoking opens no browser", async () => {
    const { client, server, ports } = await signedIn();
    const opened = ports.opened.length;
    const gate = defer<undefined>();
    server.intercept = ({ path }) => (path === "/revoke" ? (gate.promise as never) : undefined);
    const c = new AbortController();
    const out = client.signOut({ signal: c.signal });
    await quiet();
    c.abort();
    gate.resolve(undefined);
    await out;
    expect(ports.opened.length).toBe(opened);
  });
  it("B7 expires_in 0 does not make a storm", async () => {
    const { client, clock, server } = await signedIn({ serverOptions: { accessTokenSeconds: 0 } });
    for (let i = 0; i < 50; i++) {
      await clock.advance(0);
      await quiet();
      if (refreshes({ server }).length > 5) break;
    }
    expect(refreshes({ server }).length).toBeLessThan(3);
  });
  it("B8 weird versions in a record are record_corrupt", async () => {
    const { client } = await arrange({ store: createTestStore('{"v":{"toString":1}}') });
    expect(await client.ready()).toMatchObject({ reason: { code: "record_corrupt" } });
  });
  it("B8b the record's text is not shown", async () => {
    const { client } = await arrange({ store: createTestStore('{"v":"\\u001b[31mrefresh-secret"}') });
    expect(JSON.stringify(await client.ready())).not.toContain("refresh-secret");
  });
  it("B9 staggered 401s lead to one refresh", async () => {
    const { client, server } = await signedIn();
    const old = await client.getAccessToken();
    let i = 0;
    server.intercept = (r) => {
      if (r.path !== "/api" || r.authorization !== `Bearer ${old}`) return undefined;
      let p: Promise<unknown> = Promise.resolve();
      for (let n = 0; n < i; n++) p = p.then(() => {});
      i++;
      return p.then(
        () =>
          new Response(null, {
            status: 401,
            headers: { "www-authenticate": 'Bearer error="invalid_token"' },
          }),
      );
    };
    await Promise.all(Array.from({ length: 40 }, () => client.fetch(`${server.issuer}/api`)));
    expect(refreshes({ server }).length).toBe(1);
  });
  it("B10 close inside a subscriber when a signIn waits", async () => {
    const { client } = await arrange();
    client.subscribe((s) => {
      if (s.status === "idle") void client.close();
    });
    const s = client.signIn();
    s.catch(() => {});
    expect(await statusOf(s)).toBe("rejected");
  });
  it("B10b ready after close while restoring", async () => {
    const store = createTestStore();
    const g = defer();
    store.gates.load = g.promise;
    const { client } = await arrange({ store });
    await client.close();
    expect(await statusOf(client.ready())).toBe("rejected");
  });
  it("B10d close while signIn waits for refresh", async () => {
    const { client, server } = await signedIn();
    const gate = defer<undefined>();
    server.intercept = ({ path }) => (path === "/token" ? (gate.promise as never) : undefined);
    const first = client.getAccessToken({ forceRefresh: true }).catch(() => {});
    await reached(client, is("refreshing"));
    const out = client.signIn();
    out.catch(() => {});
    const closing = client.close();
    gate.resolve(undefined);
    await closing;
    await first;
    expect(await statusOf(out)).not.toBe("pending");
  });
  it("B11 signOut NaN timeout refused", async () => {
    const { client } = await signedIn();
    expect(await codeOf(client.signOut({ timeoutMs: Number.NaN }))).toBe("invalid_config");
  });
  it("B12 a sign-out after a corrupt record deletes it", async () => {
    const { client, store } = await arrange({ store: createTestStore('{"v":1,"refreshToken":"x"}') });
    await client.ready();
    await client.signOut();
    expect(store.record).toBeNull();
  });
  it("B13 joined signOut abort", async () => {
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
  it("B14 getAccessToken during the logout visit answers", async () => {
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
  it("B15 close while pausing saves the rotated token if it can", async () => {
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
  it("B16 idToken payload null", async () => {
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
  it("B18 a clear that timed out does not delete the session of a later sign-in", async () => {
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
  it("B18b a save that timed out does not land after the sign-in was given up", async () => {
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
  it("B19 close while the store hangs leaves no timer (it would keep the process for 90 s)", async () => {
    const store = createTestStore();
    store.gates.load = defer().promise;
    const { client, clock } = await arrange({ store });
    await client.close();
    expect(clock.armed).toBe(0);
  });
});
