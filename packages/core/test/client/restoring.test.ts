import {
  assert,
  asyncProperty,
  constant,
  constantFrom,
  double,
  jsonValue,
  nat,
  oneof,
  string,
  tuple,
} from "fast-check";
import { describe, expect, it } from "vitest";
import {
  arrange,
  codeOf,
  createTestStore,
  defer,
  errorOf,
  HOUR,
  is,
  lockedKeyring,
  MINUTE,
  quiet,
  reached,
  refreshes,
  restarted,
  signedIn,
  statusOf,
  until,
} from "../support/world.js";

describe("a stored session", () => {
  it("is refreshed at the start, and signed in when that is done", async () => {
    const { client, states, ...world } = await restarted(await signedIn());
    const state = await reached(client, is("authenticated"));
    expect([...new Set(states.map(({ status }) => status))]).toEqual([
      "restoring",
      "refreshing",
      "authenticated",
    ]);
    expect(state).toMatchObject({ session: { subject: "ada", scope: ["openid", "offline_access"] } });
    expect(state).toMatchObject({ session: { accessTokenExpiresAt: world.clock.now() + HOUR } });
    expect(refreshes(world)).toHaveLength(1);
  });

  it("says who is signed in before the server has answered", async () => {
    const first = await signedIn();
    first.server.intercept = ({ path }) => (path === "/token" ? new Promise<Response>(() => {}) : undefined);
    const { client, clock } = await restarted(first);
    expect(await client.ready()).toMatchObject({
      status: "refreshing",
      session: { subject: "ada", claims: { iss: "https://id.example" } },
    });
    await until(() => first.server.requests.at(-1)?.path === "/token");
    first.server.intercept = undefined;
    await clock.advance(30_000);
  });

  it("with refreshOnStart false needs no request until a token is asked for", async () => {
    const first = await signedIn();
    const before = first.server.requests.length;
    const { client, server, clock } = await restarted(first, { refreshOnStart: false });
    const state = await client.ready();
    expect(state).toMatchObject({ status: "authenticated", session: { subject: "ada" } });
    expect(state).not.toHaveProperty("session.accessTokenExpiresAt");
    await clock.advance(10 * HOUR);
    expect(server.requests).toHaveLength(before);
    expect(clock.armed).toBe(0);
    expect(await client.getAccessToken()).toMatch(/^access-/);
    expect(refreshes({ server })).toHaveLength(1);
  });

  it("keeps the refresh token only, and of keepAccessToken 'store' the access token too", async () => {
    const memory = await signedIn();
    const kept = await signedIn({}, { keepAccessToken: "store" });
    const token = await kept.client.getAccessToken();
    expect(JSON.parse(memory.store.record!)).not.toHaveProperty("accessToken");
    expect(memory.store.record).not.toContain(await memory.client.getAccessToken());
    expect(JSON.parse(kept.store.record!)).toMatchObject({
      accessToken: { value: token, expiresAt: kept.clock.now() + HOUR },
    });
  });

  it.each([true, false])(
    "with its access token needs no request while that is good, refreshOnStart %s",
    async (refreshOnStart) => {
      const config = { keepAccessToken: "store", refreshOnStart } as const;
      const first = await signedIn({}, config);
      const token = await first.client.getAccessToken();
      const before = first.server.requests.length;
      const { client, server, clock } = await restarted(first, config);
      expect(await client.ready()).toMatchObject({ status: "authenticated" });
      expect(await client.getAccessToken()).toBe(token);
      expect(server.requests).toHaveLength(before);
      await clock.advance(54 * MINUTE);
      expect(refreshes({ server })).toHaveLength(0);
      await clock.advance(MINUTE);
      await reached(client, is("authenticated"));
      expect(refreshes({ server })).toHaveLength(1);
    },
  );

  it("with an access token that has expired meanwhile is refreshed", async () => {
    const first = await signedIn({}, { keepAccessToken: "store" });
    const old = await first.client.getAccessToken();
    first.clock.sleep(2 * HOUR);
    const { client, server } = await restarted(first, { keepAccessToken: "store" });
    expect(await client.getAccessToken()).not.toBe(old);
    expect(refreshes({ server })).toHaveLength(1);
  });

  it("without a refresh token is told of at the sign-in, and asks for another one when it is over", async () => {
    const config = { keepAccessToken: "store", scope: "openid" } as const;
    const first = await signedIn({}, config);
    expect(first.notices).toMatchObject([
      { code: "not_renewable", message: expect.stringContaining('"offline_access"') },
    ]);
    expect((await signedIn()).notices).toEqual([]);
    first.clock.sleep(2 * HOUR);
    const { client } = await restarted(first, config);
    expect(await client.ready()).toMatchObject({
      status: "idle",
      reason: { code: "sign_in_required", hint: expect.stringContaining('"offline_access"') },
    });
    expect(await errorOf(client.getAccessToken())).toMatchObject({
      code: "sign_in_required",
      hint: expect.stringContaining('"offline_access"'),
    });
  });

  it("whose grant the server has ended is logged out at the start, and cleared", async () => {
    const first = await signedIn();
    first.server.endSessions();
    const { client, store } = await restarted(first);
    expect(await reached(client, is("logged-out"))).toMatchObject({ reason: { code: "session_ended" } });
    await quiet();
    expect(store.record).toBeNull();
  });
});

describe("nothing stored", () => {
  it("is idle without a reason, a timer or a request", async () => {
    const { client, server, clock, store } = await arrange();
    const state = await client.ready();
    expect(state).toMatchObject({ status: "idle", can: ["signIn"] });
    expect(state).not.toHaveProperty("reason");
    expect(clock.armed).toBe(0);
    expect(server.requests).toEqual([]);
    client.wake();
    await quiet();
    expect(store.calls).toEqual(["load"]);
  });
});

describe("a record of another app", () => {
  it.each([
    ["of another issuer", { issuer: "https://other.example" }],
    ["of another client", { clientId: "other" }],
  ])("%s is left alone until a sign-in replaces it", async (_, change) => {
    const first = await signedIn();
    const foreign = JSON.stringify({ ...JSON.parse(first.store.record!), ...change });
    const { client, store, server } = await arrange({ store: createTestStore(foreign) });
    const state = await client.ready();
    expect(state.status).toBe("idle");
    expect(state).not.toHaveProperty("reason");
    expect(await codeOf(client.getAccessToken())).toBe("sign_in_required");
    await client.signOut();
    expect(store.record).toBe(foreign);
    expect(server.requests).toEqual([]);
    await client.signIn();
    expect(JSON.parse(store.record!)).toMatchObject({ issuer: "https://id.example", clientId: "app" });
  });

  it("an issuer given as a URL is the same one, though that has a slash at the end", async () => {
    const { client } = await restarted(await signedIn(), { issuer: new URL("https://id.example") });
    expect(await client.getAccessToken()).toMatch(/^access-/);
  });

  it("an issuer written with a slash at the end finds the session, and says what to write", async () => {
    const { client } = await restarted(await signedIn(), { issuer: "https://id.example/" });
    const error = await errorOf(client.getAccessToken());
    expect(error).toMatchObject({ code: "temporarily_unavailable", detail: "discovery_failed" });
    expect(error.hint).toContain('"https://id.example"');
    expect(client.getState().status).toBe("authenticated");
  });
});

describe("a record that cannot be read", () => {
  it.each([
    ["not JSON", "half a rec"],
    ["not an object", '"text"'],
    ["null", "null"],
    ["a list", "[]"],
    ["nothing", ""],
    ["of a later version", '{"v":2}'],
    ["without most members", '{"v":1,"issuer":"https://id.example","clientId":"app"}'],
  ])("%s: idle with record_corrupt, and a sign-in replaces it", async (_, text) => {
    const { client } = await arrange({ store: createTestStore(text) });
    const state = await client.ready();
    expect(state).toMatchObject({
      status: "idle",
      reason: { code: "record_corrupt", hint: expect.any(String) },
      can: ["signIn"],
    });
    expect(await codeOf(client.getAccessToken())).toBe("record_corrupt");
    await client.signIn();
    expect(client.getState().status).toBe("authenticated");
  });

  it.each<[string, unknown]>([
    ["sessionId", 1],
    ["generation", 1.5],
    ["issuer", undefined],
    ["clientId", null],
    ["subject", 7],
    ["refreshToken", { value: "x" }],
    ["idToken", "no JWT"],
    ["scope", "openid"],
    ["scope", [1]],
    ["savedAt", "yesterday"],
    ["accessToken", null],
    ["accessToken", { value: "x", expiresAt: "soon" }],
  ])("%s as %j is named in the detail, and a value never", async (name, value) => {
    const first = await signedIn();
    const record = JSON.stringify({ ...JSON.parse(first.store.record!), [name]: value });
    const { client } = await arrange({ store: createTestStore(record) });
    expect(await client.ready()).toMatchObject({
      status: "idle",
      reason: { code: "record_corrupt", detail: name },
    });
  });

  it("whatever was changed in it: it is fine, foreign or corrupt, and nothing of it shows", async () => {
    const first = await signedIn({}, { keepAccessToken: "store" });
    const record = JSON.parse(first.store.record!) as Record<string, unknown>;
    await first.client.close();
    const member = constantFrom(...Object.keys(record).filter((name) => name !== "v"), "more");
    const value = oneof(jsonValue(), constant(undefined), double(), string());
    const change = tuple(member, value).map(([name, to]) => JSON.stringify({ ...record, [name]: to }));
    const cut = nat(first.store.record!.length - 1).map((end) => first.store.record!.slice(0, end));
    await assert(
      asyncProperty(oneof(change, cut), async (text) => {
        const { client, store } = await arrange(
          { store: createTestStore(text), server: first.server, clock: first.clock },
          { refreshOnStart: false },
        );
        const state = await client.ready();
        const reason = state.status === "idle" ? state.reason?.code : undefined;
        expect(["idle", "authenticated"]).toContain(state.status);
        expect([undefined, "record_corrupt", "sign_in_required"]).toContain(reason);
        for (const secret of first.server.secrets) expect(JSON.stringify(state)).not.toContain(secret);
        if (reason === undefined) expect(store.record).toBe(text);
        await client.close();
      }),
      { numRuns: 300 },
    );
  });
});

describe("a store that cannot be read", () => {
  it("is idle with the reason, its detail and its hint, and nothing is cleared", async () => {
    const store = createTestStore();
    store.faults.load = lockedKeyring();
    const { client, server, clock } = await arrange({ store });
    expect(await client.ready()).toMatchObject({
      status: "idle",
      reason: {
        code: "store_unavailable",
        message: "The keyring is locked",
        detail: "locked",
        hint: "Unlock the keyring.",
      },
      can: ["signIn"],
    });
    expect(await errorOf(client.getAccessToken())).toMatchObject({
      code: "store_unavailable",
      detail: "locked",
      hint: "Unlock the keyring.",
    });
    expect(await codeOf(client.signOut())).toBe("store_unavailable");
    expect(store.calls).not.toContain("clear");
    expect(server.requests).toEqual([]);
    expect(clock.armed).toBe(0);
  });

  it("that throws at once, or something that is no Error, is the same", async () => {
    const store = createTestStore();
    store.load = () => {
      // oxlint-disable-next-line typescript/only-throw-error
      throw "no";
    };
    const { client } = await arrange({ store });
    expect(await client.ready()).toMatchObject({ status: "idle", reason: { code: "store_unavailable" } });
  });

  it("at a sign-in only, fails that, and leaves no doubt that nobody is signed in", async () => {
    const { client, store } = await arrange();
    await client.ready();
    store.faults.probe = lockedKeyring();
    expect(await codeOf(client.signIn())).toBe("store_unavailable");
    expect(await codeOf(client.getAccessToken())).toBe("sign_in_required");
  });

  it("is read again by wake()", async () => {
    const first = await signedIn();
    first.store.faults.load = lockedKeyring();
    const { client, store } = await restarted(first);
    expect((await client.ready()).status).toBe("idle");
    client.wake();
    await quiet();
    expect(client.getState()).toMatchObject({ status: "idle", reason: { code: "store_unavailable" } });
    delete store.faults.load;
    client.wake();
    expect(client.getState().status).toBe("restoring");
    expect(await reached(client, is("authenticated"))).toMatchObject({ session: { subject: "ada" } });
  });

  it("is read again by getAccessToken, once for callers at the same time", async () => {
    const first = await signedIn();
    first.store.faults.load = lockedKeyring();
    const { client, store, server } = await restarted(first);
    await client.ready();
    delete store.faults.load;
    const loads = store.calls.filter((call) => call === "load").length;
    const tokens = await Promise.all([client.getAccessToken(), client.getAccessToken()]);
    expect(tokens[0]).toBe(tokens[1]);
    // Once to restore, once under the lock before the refresh.
    expect(store.calls.filter((call) => call === "load")).toHaveLength(loads + 2);
    expect(refreshes({ server })).toHaveLength(1);
  });
});

describe("while it is restoring", () => {
  async function held(person?: () => void) {
    const store = createTestStore();
    const gate = defer();
    store.gates.load = gate.promise;
    const world = await arrange({ store, ...(person ? { person } : {}) });
    return { ...world, gate };
  }

  it("the state says so, and there is nothing to call", async () => {
    const { client, gate } = await held();
    expect(client.getState()).toMatchObject({ status: "restoring", can: [] });
    expect(await statusOf(client.ready())).toBe("pending");
    gate.resolve();
    expect((await client.ready()).status).toBe("idle");
  });

  it("signIn waits, then begins", async () => {
    const { client, gate, ports } = await held();
    const done = client.signIn();
    expect(await statusOf(done)).toBe("pending");
    expect(ports.opened).toEqual([]);
    gate.resolve();
    expect(await done).toMatchObject({ subject: "ada" });
    expect(ports.opened).toHaveLength(1);
  });

  it("two calls of signIn become one sign-in", async () => {
    const { client, gate, ports } = await held();
    const calls = [client.signIn(), client.signIn()];
    gate.resolve();
    const [a, b] = await Promise.all(calls);
    expect(a).toBe(b);
    expect(ports.opened).toHaveLength(1);
  });

  it.each(["cancel()", "its signal"] as const)("signIn is cancelled by %s, and never begins", async (by) => {
    const { client, gate, ports, store } = await held();
    const leaving = new AbortController();
    const done = codeOf(client.signIn({ signal: leaving.signal }));
    await quiet();
    if (by === "cancel()") client.cancel();
    else leaving.abort();
    expect(await done).toBe("cancelled");
    gate.resolve();
    await quiet();
    expect(client.getState().status).toBe("idle");
    expect(ports.opened).toEqual([]);
    expect(store.calls).toEqual(["load"]);
    // A later one is not cancelled with it.
    await client.signIn();
  });

  it("getAccessToken and signOut wait for what is found", async () => {
    const first = await signedIn();
    const gate = defer();
    first.store.gates.load = gate.promise;
    const { client, server } = await restarted(first);
    const asked = client.getAccessToken();
    const out = asked.then(() => client.signOut());
    expect(await statusOf(asked)).toBe("pending");
    gate.resolve();
    expect(await asked).toMatch(/^access-/);
    expect(await out).toMatchObject({ local: "done", revocation: "done" });
    expect(server.reuses).toBe(0);
  });

  it("close() rejects what waits", async () => {
    const { client, gate } = await held();
    const calls = [client.signIn(), client.getAccessToken(), client.ready(), client.signOut()].map(codeOf);
    await quiet();
    await client.close();
    // signOut cancels the sign-in that waits.
    expect(await Promise.all(calls)).toEqual(["cancelled", "closed", "closed", "closed"]);
    gate.resolve();
    await quiet();
  });
});
