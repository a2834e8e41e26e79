// What another process does with the session is seen at the next call, and costs nothing when it did nothing.
import { describe, expect, it } from "vitest";
import type { AuthConfig, SignInOptions } from "../../src/index.js";
import {
  createFakeClock,
  createFakeLock,
  createFakeServer,
  createFakeStamp,
} from "../../src/testing/index.js";
import { API } from "../support/refreshing.js";
import {
  arrange,
  codeOf,
  createTestStore,
  defer,
  HOUR,
  is,
  MINUTE,
  lockedKeyring,
  pass,
  quiet,
  reached,
  refreshes,
  until,
} from "../support/world.js";

/** Two processes of an app on one machine. Each store counts its own calls. */
async function twoProcesses(config: Partial<AuthConfig> = {}) {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock });
  const shared = createTestStore();
  const store = () => {
    const own = createTestStore();
    return {
      ...own,
      get record() {
        return shared.record;
      },
      load: async (options?: { readonly quietly?: boolean }) => {
        quietly.push(options?.quietly === true);
        await own.load();
        return shared.record;
      },
      save: async (text: string) => {
        await own.save(text);
        await shared.save(text);
      },
      clear: async () => {
        await own.clear();
        await shared.clear();
      },
    };
  };
  const quietly: boolean[] = [];
  const parts = { clock, server, lock: createFakeLock(), stamp: createFakeStamp() };
  const a = await arrange({ ...parts, store: store() }, config);
  const b = await arrange({ ...parts, store: store() }, config);
  await Promise.all([a.client.ready(), b.client.ready()]);
  const loads = ({ store: { calls } }: typeof a) => calls.filter((call) => call === "load").length;
  return { a, b, clock, loads, quietly, server, shared };
}

describe("a sign-in elsewhere is seen", () => {
  it("by one who is idle, at the next getAccessToken", async () => {
    const { a, b } = await twoProcesses();
    await a.client.signIn();
    expect(b.client.getState().status).toBe("idle");
    expect(await b.client.getAccessToken()).toMatch(/^access/);
    expect(b.client.getState()).toMatchObject({ status: "authenticated", session: { subject: "ada" } });
  });

  it("at the next fetch", async () => {
    const { a, b } = await twoProcesses();
    await a.client.signIn();
    expect((await b.client.fetch(API)).status).toBe(200);
  });

  it("at the next wake()", async () => {
    const { a, b } = await twoProcesses();
    await a.client.signIn();
    b.client.wake();
    expect((await reached(b.client, is("authenticated"))).status).toBe("authenticated");
  });

  it("by one who has signed out", async () => {
    const { a, b } = await twoProcesses();
    await b.client.signIn();
    await b.client.signOut();
    expect(await codeOf(b.client.getAccessToken())).toBe("signed_out");
    await a.client.signIn();
    expect(await b.client.getAccessToken()).toMatch(/^access/);
  });

  it("by one who is signed in as the same person, whose old session is forgotten", async () => {
    const { a, b, server } = await twoProcesses();
    await b.client.signIn();
    const before = await b.client.getAccessToken();
    await a.client.signIn();
    expect(await b.client.getAccessToken()).not.toBe(before);
    expect(refreshes({ server })).toHaveLength(1);
    expect(server.reuses).toBe(0);
  });
});

describe("a sign-out elsewhere is seen", () => {
  it.each([
    ["getAccessToken", (client) => client.getAccessToken()],
    ["fetch", (client) => client.fetch(API)],
    ["userInfo", (client) => client.userInfo()],
  ] as readonly (readonly [
    string,
    (client: Awaited<ReturnType<typeof arrange>>["client"]) => Promise<unknown>,
  ])[])("at the next %s, while the access token is still good", async (_, call) => {
    const { a, b, server } = await twoProcesses();
    await a.client.signIn();
    await b.client.getAccessToken();
    await a.client.signOut();
    const asked = server.requests.length;
    expect(await codeOf(call(b.client))).toBe("signed_out_elsewhere");
    expect(server.requests.length).toBe(asked);
    expect(b.client.getState()).toMatchObject({
      status: "logged-out",
      reason: { code: "signed_out_elsewhere" },
    });
  });

  it("at the next wake()", async () => {
    const { a, b } = await twoProcesses();
    await a.client.signIn();
    await b.client.getAccessToken();
    await a.client.signOut();
    b.client.wake();
    expect(await reached(b.client, is("logged-out"))).toMatchObject({
      reason: { code: "signed_out_elsewhere" },
    });
  });

  it("also the end that the server has put to the session, which another process has found out", async () => {
    const { a, b, server } = await twoProcesses();
    await a.client.signIn();
    await b.client.getAccessToken();
    server.endSessions();
    expect(await codeOf(a.client.getAccessToken({ forceRefresh: true }))).toBe("session_ended");
    expect(await codeOf(b.client.getAccessToken())).toBe("signed_out_elsewhere");
  });
});

describe("while a sign-in waits for the person", () => {
  /** One who is signed in, or not, and has begun a sign-in that nobody finishes. */
  async function waiting(options: { readonly isSignedIn: boolean; readonly signIn?: SignInOptions }) {
    const processes = await twoProcesses();
    const { a, b } = processes;
    if (options.isSignedIn) {
      await a.client.signIn();
      await b.client.getAccessToken();
    }
    const signIn = b.client.signIn({ ...options.signIn, openBrowser: false });
    signIn.catch(() => {});
    await reached(b.client, (state) => state.status === "awaiting-callback" && state.step === "waiting");
    return { ...processes, signIn };
  }

  it("a sign-out elsewhere takes the session away that it was on top of; the sign-in goes on", async () => {
    const { a, b, signIn } = await waiting({ isSignedIn: true });
    expect(await b.client.getAccessToken()).toMatch(/^access/);
    await a.client.signOut();
    expect(await codeOf(b.client.getAccessToken())).toBe("interaction_in_progress");
    expect(b.client.getState()).toMatchObject({ status: "awaiting-callback", step: "waiting" });
    expect(b.client.getState()).not.toHaveProperty("base");
    const { url } = b.client.getState() as { readonly url: string };
    await b.ports.listener.visit(b.server.authorize(url));
    expect(await signIn).toMatchObject({ subject: "ada" });
  });

  it("at the next wake() too, and giving up leads to idle then", async () => {
    const { a, b, signIn } = await waiting({ isSignedIn: true });
    await a.client.signOut();
    b.client.wake();
    await reached(b.client, (state) => !("base" in state));
    b.client.cancel();
    expect(await codeOf(signIn)).toBe("cancelled");
    expect(b.client.getState()).toMatchObject({ status: "idle", reason: { code: "cancelled" } });
  });

  it.each([
    ["a sign-out", "signed_out_elsewhere"],
    ["another account", "account_changed"],
  ])("%s elsewhere ends a step-up: there is nothing to strengthen any more", async (what, code) => {
    const { a, b, server, signIn } = await waiting({ isSignedIn: true, signIn: { maxAge: 0 } });
    server.idTokenClaims = { sub: "bob" };
    await (what === "a sign-out" ? a.client.signOut() : a.client.signIn());
    expect(await codeOf(b.client.getAccessToken())).toBe(code);
    expect(await codeOf(signIn)).toBe(code);
    expect(b.client.getState()).toMatchObject({ status: "logged-out", reason: { code } });
    expect(b.ports.listener.isListening).toBe(false);
  });

  it("a sign-in elsewhere is what it is on top of", async () => {
    const { a, b, signIn } = await waiting({ isSignedIn: false });
    expect(await codeOf(b.client.getAccessToken())).toBe("interaction_in_progress");
    await a.client.signIn();
    expect(await codeOf(b.client.getAccessToken())).toBe("interaction_in_progress");
    expect(b.client.getState()).toMatchObject({ status: "awaiting-callback", base: { subject: "ada" } });
    b.client.cancel();
    expect(await codeOf(signIn)).toBe("cancelled");
    expect(await b.client.getAccessToken()).toMatch(/^access/);
  });

  it("a look that is given up with the sign-in is made again at the next call", async () => {
    const { a, b, signIn } = await waiting({ isSignedIn: true });
    await a.client.signOut();
    let load = (): void => {};
    b.store.gates.load = new Promise<void>((resolve) => (load = resolve));
    b.client.wake();
    b.client.cancel();
    expect(await codeOf(signIn)).toBe("cancelled");
    load();
    expect(await codeOf(b.client.getAccessToken())).toBe("signed_out_elsewhere");
  });

  it("a look that another takes the place of says nothing: who asked waits for the later one", async () => {
    const { a, b } = await waiting({ isSignedIn: true });
    await a.client.signIn();
    let load = (): void => {};
    b.store.gates.load = new Promise<void>((resolve) => (load = resolve));
    b.client.wake();
    await quiet();
    await a.client.signOut();
    const call = codeOf(b.client.getAccessToken());
    await quiet();
    load();
    expect(await call).toBe("interaction_in_progress");
    expect(b.client.getState()).not.toHaveProperty("base");
  });

  it("a store that does not answer takes nothing away", async () => {
    const { a, b } = await waiting({ isSignedIn: true });
    const token = await b.client.getAccessToken();
    await a.client.signOut();
    b.store.faults.load = lockedKeyring();
    expect(await b.client.getAccessToken()).toBe(token);
    expect(b.client.getState()).toHaveProperty("base");
  });
});

describe("while something is under way that ends by itself, a call waits for it", () => {
  it("the exchange of the code, which then was in vain", async () => {
    const { a, b, server } = await twoProcesses();
    await a.client.signIn();
    await b.client.getAccessToken();
    const answer = defer<Response>();
    server.intercept = ({ path }) => (path === "/token" ? answer.promise : undefined);
    const signIn = codeOf(b.client.signIn());
    await reached(b.client, is("exchanging"));
    await a.client.signOut();
    const call = codeOf(b.client.getAccessToken());
    await quiet();
    answer.resolve(new Response(null, { status: 500 }));
    expect(await signIn).toBe("temporarily_unavailable");
    expect(await call).toBe("signed_out_elsewhere");
  });

  it("the visit of the browser after a sign-out", async () => {
    // The first visit is a sign-in, and comes back at once; the second is the one that goes on.
    const { a, b } = await twoProcesses();
    await b.client.signIn();
    await a.client.getAccessToken();
    b.ports.listener.visit = () => new Promise<never>(() => {});
    const signOut = b.client.signOut({ timeoutMs: MINUTE });
    await reached(b.client, (state) => state.status === "logging-out" && state.url !== undefined);
    await a.client.signIn();
    const call = b.client.getAccessToken();
    await quiet();
    expect(b.client.getState().status).toBe("logging-out");
    await b.clock.advance(MINUTE);
    expect(await signOut).toMatchObject({ local: "done", endSession: "failed" });
    expect(await call).toMatch(/^access/);
  });

  it("the lock that another process holds for a sign-out: the token of before is not given out", async () => {
    const { a, b, clock } = await twoProcesses();
    await a.client.signIn();
    await b.client.getAccessToken();
    let release = (): void => {};
    const held = a.ports.withLock(() => new Promise<void>((resolve) => (release = resolve)), {
      signal: new AbortController().signal,
    });
    clock.sleep(56 * MINUTE);
    b.client.wake();
    await reached(b.client, is("refreshing"));
    expect(await b.client.getAccessToken()).toMatch(/^access/);
    await b.store.clear();
    a.ports.stamp!.renew();
    const call = codeOf(b.client.getAccessToken());
    await quiet();
    release();
    await held;
    expect(await call).toBe("signed_out_elsewhere");
  });
});

it("a session that ended elsewhere because an answer was lost is answer_lost here too", async () => {
  const { a, b, server } = await twoProcesses();
  await a.client.signIn();
  await b.client.getAccessToken();
  server.fault = "refresh-lost-502";
  const call = codeOf(a.client.getAccessToken({ forceRefresh: true }));
  await until(() => refreshes({ server }).length === 2);
  await reached(a.client, (state) => "degraded" in state);
  await a.clock.advance(1_000);
  expect(await call).toBe("answer_lost");
  expect(await codeOf(b.client.getAccessToken())).toBe("answer_lost");
});

it("another account elsewhere is account_changed, and theirs is left alone", async () => {
  const { a, b, server, shared } = await twoProcesses();
  await a.client.signIn();
  await b.client.getAccessToken();
  server.idTokenClaims = { sub: "bob" };
  await a.client.signIn();
  const record = shared.record;
  expect(await codeOf(b.client.getAccessToken())).toBe("account_changed");
  expect(b.client.getState()).toMatchObject({ status: "logged-out", reason: { code: "account_changed" } });
  expect(shared.record).toBe(record);
});

it("the same sub of another issuer is another account", async () => {
  const { a, b, shared } = await twoProcesses();
  await a.client.signIn();
  await b.client.getAccessToken();
  const record = JSON.parse(shared.record!) as object;
  await shared.save(JSON.stringify({ ...record, sessionId: "other", idTokenIssuer: "https://id.example/2" }));
  expect(await codeOf(b.client.getAccessToken({ forceRefresh: true }))).toBe("account_changed");
});

describe("when nothing was done elsewhere the store is not read", () => {
  it("by a thousand calls of one who is signed in, and of one who is not", async () => {
    const { a, b, loads } = await twoProcesses();
    const whileOut = loads(b);
    for (let call = 0; call < 1_000; call++)
      expect(await codeOf(b.client.getAccessToken())).toBe("sign_in_required");
    expect(loads(b)).toBe(whileOut);
    await a.client.signIn();
    await b.client.getAccessToken();
    const before = loads(b);
    for (let call = 0; call < 1_000; call++) await b.client.getAccessToken();
    b.client.wake();
    await quiet();
    expect(loads(b)).toBe(before);
  });

  it("for what it did itself: its own sign-in and sign-out are no news", async () => {
    const { a, loads } = await twoProcesses();
    await a.client.signIn();
    const signedIn = loads(a);
    await a.client.getAccessToken();
    expect(loads(a)).toBe(signedIn);
    await a.client.signOut();
    const signedOut = loads(a);
    expect(await codeOf(a.client.getAccessToken())).toBe("signed_out");
    expect(loads(a)).toBe(signedOut);
  });

  it("for a refresh elsewhere: it is adopted when this one is due", async () => {
    const { a, b, loads } = await twoProcesses();
    await a.client.signIn();
    await b.client.getAccessToken();
    const before = loads(b);
    await a.client.getAccessToken({ forceRefresh: true });
    await b.client.getAccessToken();
    expect(loads(b)).toBe(before);
  });

  it("and once for what was, however many ask", async () => {
    const { a, b, loads } = await twoProcesses({ refreshOnStart: false });
    await a.client.signIn();
    const before = loads(b);
    await Promise.all(Array.from({ length: 50 }, () => b.client.getAccessToken()));
    // Once to see it, once under the lock of the refresh.
    expect(loads(b)).toBe(before + 2);
  });
});

describe("the look itself", () => {
  it("asks nobody and writes nothing: it is a load that says so, and no probe", async () => {
    const { a, b, quietly } = await twoProcesses();
    await a.client.signIn();
    await b.client.getAccessToken();
    await a.client.signOut();
    b.store.calls.length = 0;
    quietly.length = 0;
    await codeOf(b.client.getAccessToken());
    expect(b.store.calls).toEqual(["load"]);
    expect(quietly).toEqual([true]);
  });

  it("that a locked store refuses takes no session away, and is not made again at each call", async () => {
    const { a, b, loads } = await twoProcesses();
    await a.client.signIn();
    const token = await b.client.getAccessToken();
    await a.client.signIn();
    b.store.faults.load = lockedKeyring();
    const before = loads(b);
    expect(await b.client.getAccessToken()).toBe(token);
    expect(await b.client.getAccessToken()).toBe(token);
    expect(loads(b)).toBe(before + 1);
  });

  it("is the only one of its call, also where it fails: nobody is prompted for what was done elsewhere", async () => {
    const { a, b, quietly } = await twoProcesses();
    await a.client.signIn();
    quietly.length = 0;
    b.store.calls.length = 0;
    b.store.faults.load = lockedKeyring();
    expect(await codeOf(b.client.getAccessToken())).toBe("store_unavailable");
    expect(b.store.calls).toEqual(["load"]);
    expect(quietly).toEqual([true]);
    delete b.store.faults.load;
    expect(await b.client.getAccessToken()).toMatch(/^access/);
  });

  it("shows no change of state to the app of one who stays signed in", async () => {
    const { a, b } = await twoProcesses({ keepAccessToken: "store" });
    await a.client.signIn();
    await b.client.getAccessToken();
    await a.client.signIn();
    const before = b.states.length;
    await b.client.getAccessToken();
    expect(new Set(b.states.slice(before).map(({ status }) => status))).toEqual(new Set(["authenticated"]));
    expect(b.client.getState().can).toEqual(["signIn", "signOut"]);
  });

  it("does not miss that the token was due meanwhile", async () => {
    const { a, b } = await twoProcesses();
    await a.client.signIn();
    await b.client.getAccessToken();
    const { clock } = b;
    await a.client.close();
    clock.sleep(HOUR);
    await b.ports.withLock(async () => b.ports.stamp!.renew(), { signal: new AbortController().signal });
    b.client.wake();
    await pass(b, 1_000);
    expect(b.client.getState()).toMatchObject({ status: "authenticated" });
    expect(await b.client.getAccessToken()).toMatch(/^access/);
    expect(b.client.getState()).not.toHaveProperty("degraded");
  });
});

it("a save that was given up, comes to pass after all, and is undone, is news as well", async () => {
  const { a, shared } = await twoProcesses();
  const seen = a.ports.stamp!.read();
  let finish = (): void => {};
  a.store.gates.save = new Promise<void>((resolve) => (finish = resolve));
  const signIn = codeOf(a.client.signIn());
  await until(() => a.store.calls.includes("save"));
  await a.clock.advance(91_000);
  expect(await signIn).toBe("store_unavailable");
  finish();
  await until(() => a.store.calls.includes("clear"));
  await quiet();
  expect(shared.record).toBeNull();
  expect(a.ports.stamp!.read()).not.toBe(seen);
});
