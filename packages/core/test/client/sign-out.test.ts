import { describe, expect, it } from "vitest";
import { createFakeListener } from "../../src/testing/index.js";
import {
  arrange,
  codeOf,
  errorOf,
  defer,
  is,
  isDegraded,
  lockedKeyring,
  MINUTE,
  quiet,
  reached,
  refreshes,
  restarted,
  SECOND,
  signedIn,
  statusOf,
  until,
  type World,
  type WorldOptions,
} from "../support/world.js";

const isVisiting = (state: { status: string; url?: string }) =>
  state.status === "logging-out" && state.url !== undefined;
const LOGOUT_PATH = "/logged-out";

/** A person who signs in, and leaves the sign-out page alone. */
const staysAway: WorldOptions = {
  person: (url, { listener, server }) => {
    if (new URL(url).searchParams.has("response_type")) void listener.visit(server.authorize(url));
  },
};

/** Where the one-time address sends the browser. */
async function sentOn(world: { ports: Pick<World["ports"], "listener"> }, url: string): Promise<string> {
  const answer = await world.ports.listener.visit(url);
  if (typeof answer !== "string") throw new Error("The browser was not sent on");
  return answer;
}

/** Follows the one-time address to the server, and says where the server would send the browser. */
async function startOf({ client, ports, server }: World): Promise<{ back: URL }> {
  const { url } = (await reached(client, isVisiting)) as { url: string };
  return { back: new URL(server.endSession(await sentOn({ ports }, url))) };
}

function expectNobody({ client, clock, ports }: World): void {
  expect(client.getState()).toMatchObject({
    status: "logged-out",
    reason: { code: "signed_out" },
    can: ["signIn"],
  });
  expect(clock.armed).toBe(0);
  expect(ports.listener.isListening).toBe(false);
}

describe("signing out", () => {
  it("revokes, deletes and visits, in this order", async () => {
    const world = await signedIn();
    const { client, server, store, ports } = world;
    const refreshToken = server.secrets.find((secret) => secret.startsWith("refresh-"));
    const order: string[] = [];
    server.intercept = ({ path }) => {
      order.push(path);
      return undefined;
    };
    const clear = store.clear.bind(store);
    Object.assign(store, { clear: async () => (order.push("clear"), clear()) });
    const opened = ports.opened.length;
    client.subscribe((state) => isVisiting(state) && order.push("visit"));
    expect(await client.signOut()).toEqual({ local: "done", revocation: "done", endSession: "done" });
    expect(order.filter((step, index) => order.indexOf(step) === index)).toEqual([
      "/revoke",
      "clear",
      "visit",
    ]);
    const sent = server.requests.find(({ path }) => path === "/revoke")!.body;
    expect(Object.fromEntries(sent)).toEqual({
      token: refreshToken,
      token_type_hint: "refresh_token",
      client_id: "app",
    });
    expect(ports.opened).toHaveLength(opened + 1);
    expect(store.record).toBeNull();
    expectNobody(world);
  });

  it("sends the browser on from a one-time address: no secret reaches the launcher or the state", async () => {
    const world = await signedIn(staysAway);
    const { client, ports, server } = world;
    const done = client.signOut();
    const { url } = (await reached(client, isVisiting)) as { url: string };
    expect(ports.opened.at(-1)).toBe(url);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:50000\/start-[\w-]{43}$/);
    const target = new URL(await sentOn(world, url));
    expect(target.origin + target.pathname).toBe("https://id.example/logout");
    expect(Object.fromEntries(target.searchParams)).toEqual({
      client_id: "app",
      post_logout_redirect_uri: `http://127.0.0.1:50000${LOGOUT_PATH}`,
      state: expect.stringMatching(/^[\w-]{43}$/),
      id_token_hint: server.secrets.findLast((secret) => secret.startsWith("eyJ")),
    });
    expect(await ports.listener.visit(url), "a second time").toBe(404);
    for (const shown of [...ports.opened, ...world.states.map((state) => JSON.stringify(state))])
      for (const secret of server.secrets) expect(shown).not.toContain(secret);
    await ports.listener.visit(server.endSession(target.href));
    expect((await done).endSession).toBe("done");
  });

  it("a return with another state is turned away and told of; the wait goes on", async () => {
    const world = await signedIn(staysAway);
    const { client, ports } = world;
    const done = client.signOut();
    const { back } = await startOf(world);
    expect(await ports.listener.visit(`${back.origin}${LOGOUT_PATH}?state=wrong`)).toBe(400);
    expect(
      await ports.listener.visit(`${back.origin}/callback?state=${back.searchParams.get("state")}`),
    ).toBe(404);
    expect(world.notices.map(({ detail }) => detail)).toEqual(["wrong_state", "wrong_path"]);
    expect(client.getState().status).toBe("logging-out");
    expect(await ports.listener.visit(back.href)).toMatchObject({ outcome: "success" });
    expect((await done).endSession).toBe("done");
  });

  it("a return without a state is taken once the browser was sent on, and not before", async () => {
    const world = await signedIn(staysAway);
    const { client, ports } = world;
    const done = client.signOut();
    const { url } = (await reached(client, isVisiting)) as { url: string };
    const bare = new URL(LOGOUT_PATH, url).href;
    expect(await ports.listener.visit(bare)).toBe(400);
    await sentOn(world, url);
    expect(await ports.listener.visit(`${bare}?state=`), "an empty one is another").toBe(400);
    expect(await ports.listener.visit(bare)).toMatchObject({ outcome: "success" });
    expect((await done).endSession).toBe("done");
  });

  it.each(["?error=access_denied&state=", "?error=server_error"])(
    "a return with %s is no success: signed out here, and not at the server",
    async (query) => {
      const world = await signedIn(staysAway);
      const done = world.client.signOut();
      const { back } = await startOf(world);
      const state = query.endsWith("=") ? back.searchParams.get("state") : "";
      const page = await world.ports.listener.visit(`${back.origin}${LOGOUT_PATH}${query}${state}`);
      expect(page).toMatchObject({ outcome: "failure", title: "You are signed out of the app" });
      expect(await done).toEqual({ local: "done", revocation: "done", endSession: "failed" });
      expectNobody(world);
    },
  );

  it("an address of the app's own has the server's names, and nothing more", async () => {
    const metadata = { end_session_endpoint: undefined };
    const world = await signedIn(
      { ...staysAway, serverOptions: { metadata } },
      {
        endSessionUrl:
          "https://id.example/bye?tenant=7&client_id={client_id}&logout_uri={post_logout_redirect_uri}&hint={id_token_hint}",
      },
    );
    const done = world.client.signOut();
    const { url } = (await reached(world.client, isVisiting)) as { url: string };
    const target = new URL(await sentOn(world, url));
    expect(target.origin + target.pathname).toBe("https://id.example/bye");
    expect(Object.fromEntries(target.searchParams)).toEqual({
      tenant: "7",
      client_id: "app",
      logout_uri: `http://127.0.0.1:50000${LOGOUT_PATH}`,
      hint: expect.stringMatching(/^eyJ/),
    });
    await world.ports.listener.visit(new URL(LOGOUT_PATH, url).href);
    expect((await done).endSession).toBe("done");
  });

  it.each([
    ["http://id.example/bye", "insecure_endpoint"],
    ["/bye", "invalid_config"],
    ["https://id.example/bye?x={refresh_token}", "invalid_config"],
    ["https://id.example/bye?x=a{state}", "invalid_config"],
    ["https://{client_id}.example/bye", "invalid_config"],
    ["https://id.example/{state}", "invalid_config"],
    ["https://ada:pw@id.example/bye", "invalid_config"],
  ])("the address %s is refused", async (endSessionUrl, code) => {
    expect(await codeOf(arrange({}, { endSessionUrl }))).toBe(code);
  });

  it.each<[string, () => Response, string]>([
    ["a refusal with status 200", () => Response.json({ ok: false, error: "invalid_auth" }), "failed"],
    ["a gateway's error with status 200", () => Response.json({ error: { code: 5 } }), "failed"],
    ["a token that is gone", () => Response.json({ error: "invalid_token" }, { status: 400 }), "done"],
    ["a success without a body (204)", () => new Response(null, { status: 204 }), "done"],
    ["a success that is called accepted", () => Response.json({}, { status: 202 }), "done"],
    ["a redirect", () => Response.redirect("https://evil.example/revoke", 307), "failed"],
    [
      "a refusal with status 201",
      () => Response.json({ error: "invalid_client" }, { status: 201 }),
      "failed",
    ],
    ["a word that is no JSON", () => new Response("ok"), "done"],
    ["a success with a body", () => Response.json({ ok: true, error: null }), "done"],
  ])("what the revocation endpoint says counts: %s", async (_, answer, revocation) => {
    const { client, server } = await signedIn();
    server.intercept = ({ path }) => (path === "/revoke" ? answer() : undefined);
    expect(await client.signOut({ browser: false })).toMatchObject({ revocation, local: "done" });
  });

  it("in a process that holds no access token works too", async () => {
    const world = await restarted(await signedIn(), { refreshOnStart: false });
    expect(await world.client.signOut()).toEqual({ local: "done", revocation: "done", endSession: "done" });
    expect(refreshes(world)).toHaveLength(0);
  });

  it("without a refresh token revokes the access token", async () => {
    const { client, server } = await signedIn({}, { scope: "openid" });
    const token = await client.getAccessToken();
    await client.signOut();
    const sent = server.requests.find(({ path }) => path === "/revoke")!.body;
    expect(Object.fromEntries(sent)).toMatchObject({ token, token_type_hint: "access_token" });
  });
});

describe("the result, item by item", () => {
  type Fault = "none" | "unsupported" | "failed";
  const faults: readonly Fault[] = ["none", "unsupported", "failed"];
  const expected = { none: "done", unsupported: "unsupported", failed: "failed" } as const;
  const combinations = faults.flatMap((revocation) =>
    faults.flatMap((endSession) =>
      (["none", "failed"] as const).flatMap((local) =>
        [true, false].map((browser) => ({ revocation, endSession, local, browser })),
      ),
    ),
  );

  it.each(combinations)(
    "revocation $revocation, end session $endSession, store $local, browser $browser",
    async ({ revocation, endSession, local, browser }) => {
      const world = await signedIn({
        person: async (url, { listener, server }) => {
          const isSignIn = new URL(url).searchParams.has("response_type");
          if (!isSignIn && endSession === "failed") throw new Error("there is no display");
          const back = isSignIn
            ? server.authorize(url)
            : server.endSession(await sentOn({ ports: { listener } }, url));
          void listener.visit(back);
        },
        serverOptions: {
          metadata: {
            ...(revocation === "unsupported" ? { revocation_endpoint: undefined } : {}),
            ...(endSession === "unsupported" ? { end_session_endpoint: undefined } : {}),
          },
        },
      });
      const { client, server, store, ports } = world;
      const opened = ports.opened.length;
      if (local === "failed") store.faults.clear = lockedKeyring();
      if (revocation === "failed")
        server.intercept = ({ path }) =>
          path === "/revoke" ? new Response("no", { status: 500 }) : undefined;
      expect(await client.signOut({ browser })).toEqual({
        local: expected[local],
        revocation: expected[revocation],
        endSession: browser ? expected[endSession] : "skipped",
      });
      if (!browser) expect(ports.opened).toHaveLength(opened);
      expect(store.record === null).toBe(local === "none");
      expect(await codeOf(client.getAccessToken())).toBe("signed_out");
      expectNobody(world);
    },
  );

  it("postLogoutRedirectUris [] do not visit the server", async () => {
    const { client, ports } = await signedIn({}, { postLogoutRedirectUris: [] });
    expect(await client.signOut()).toMatchObject({ local: "done", endSession: "skipped" });
    expect(ports.opened).toHaveLength(1);
  });

  it("a visit that nobody finishes ends in time, sixty seconds or what is asked for", async () => {
    for (const [options, life] of [
      [{}, MINUTE],
      [{ timeoutMs: 5 * SECOND }, 5 * SECOND],
    ] as const) {
      const world = await signedIn(staysAway);
      const done = world.client.signOut(options);
      await reached(world.client, isVisiting);
      expect(world.store.record, "deleted before").toBeNull();
      await world.clock.advance(life - 1);
      expect(world.client.getState().status).toBe("logging-out");
      await world.clock.advance(1);
      expect(await done).toEqual({ local: "done", revocation: "done", endSession: "failed" });
      expect(world.notices).toMatchObject([
        { code: "visit_timed_out", message: expect.stringContaining("registered") },
      ]);
      expectNobody(world);
    }
  });

  it.each(["its signal", "cancel()"] as const)(
    "a visit is ended by %s, what was done stays done",
    async (by) => {
      const world = await signedIn(staysAway);
      const leaving = new AbortController();
      const done = world.client.signOut({ signal: leaving.signal });
      await reached(world.client, isVisiting);
      if (by === "cancel()") world.client.cancel();
      else leaving.abort();
      expect(await done).toEqual({ local: "done", revocation: "done", endSession: "failed" });
      expectNobody(world);
    },
  );

  it("a signal that was aborted before: signed out, without a visit", async () => {
    const world = await signedIn();
    expect(await world.client.signOut({ signal: AbortSignal.abort() })).toMatchObject({
      local: "done",
      endSession: "skipped",
    });
    expectNobody(world);
  });

  it("no port for the return: endSession failed, the rest done", async () => {
    const listener = createFakeListener({ takenPorts: [4711] });
    const world = await signedIn({ listener }, { postLogoutRedirectUris: ["http://127.0.0.1:4711/out"] });
    expect(await world.client.signOut()).toEqual({ local: "done", revocation: "done", endSession: "failed" });
    expectNobody(world);
  });

  it("a server that is gone altogether: the local session is deleted", async () => {
    const world = await signedIn();
    world.clock.sleep(2 * 60 * MINUTE);
    world.server.intercept = () => Promise.reject(new TypeError("fetch failed"));
    expect(await world.client.signOut()).toEqual({
      local: "done",
      revocation: "failed",
      endSession: "failed",
    });
    expect(world.store.record).toBeNull();
    expectNobody(world);
  });

  it("a server that does not answer is waited for once, and no browser is sent to it", async () => {
    const config = { requestTimeoutMs: 20 * SECOND, refreshOnStart: false };
    const { client, clock, ports, server, store } = await restarted(await signedIn(), config);
    await client.ready();
    const opened = ports.opened.length;
    server.intercept = () => new Promise<never>(() => {});
    const result = client.signOut();
    await quiet();
    await clock.advance(20 * SECOND);
    expect(await result).toEqual({ local: "done", revocation: "failed", endSession: "failed" });
    expect([store.record, ports.opened.length]).toEqual([null, opened]);
  });

  it("a server that is not known is no failed visit where none was wanted", async () => {
    const { client, server } = await restarted(await signedIn(), { refreshOnStart: false });
    await client.ready();
    server.intercept = () => new Response(null, { status: 503 });
    expect(await client.signOut({ browser: false })).toEqual({
      local: "done",
      revocation: "failed",
      endSession: "skipped",
    });
  });

  it("a revocation that is not answered ends with the request's own time", async () => {
    const world = await signedIn({}, { requestTimeoutMs: 10 * SECOND });
    world.server.intercept = ({ path }) => (path === "/revoke" ? new Promise<Response>(() => {}) : undefined);
    const done = world.client.signOut();
    await quiet();
    expect(world.client.getState().status).toBe("logging-out");
    await world.clock.advance(10 * SECOND);
    expect(await done).toMatchObject({ revocation: "failed", local: "done", endSession: "done" });
  });

  it("nobody signed in: everything is skipped and nothing is touched", async () => {
    const { client, store, server } = await arrange();
    const skipped = { local: "skipped", revocation: "skipped", endSession: "skipped" };
    expect(await client.signOut()).toEqual(skipped);
    expect(store.calls).toEqual(["load"]);
    expect(server.requests).toEqual([]);
    await client.signIn();
    await client.signOut();
    expect(await client.signOut(), "and a second time").toEqual(skipped);
  });

  it("an option that does not exist is refused, and nobody is signed out", async () => {
    const { client } = await signedIn();
    expect(await errorOf(client.signOut({ browsers: false } as never))).toMatchObject({
      code: "invalid_config",
      detail: "browsers",
    });
    expect(client.getState().status).toBe("authenticated");
  });
});

describe("signing out meets what is going on", () => {
  it("a second call joins the first", async () => {
    const { client, ports, server } = await signedIn();
    const opened = ports.opened.length;
    const [a, b] = await Promise.all([client.signOut(), client.signOut()]);
    expect(a).toBe(b);
    expect(ports.opened).toHaveLength(opened + 1);
    expect(server.requests.filter(({ path }) => path === "/revoke")).toHaveLength(1);
  });

  it("a second call does not end the visit of the first", async () => {
    const world = await signedIn(staysAway);
    const first = world.client.signOut();
    const { back } = await startOf(world);
    const second = world.client.signOut({ browser: false });
    expect(await statusOf(second)).toBe("pending");
    await world.ports.listener.visit(back.href);
    expect(await second).toBe(await first);
    expect((await first).endSession).toBe("done");
  });

  it("a sign-in that waits is cancelled, with nobody signed in", async () => {
    const world = await arrange({ person: () => {} });
    const asked = codeOf(world.client.signIn());
    await reached(world.client, (state) => state.status === "awaiting-callback" && state.step === "waiting");
    expect(await world.client.signOut()).toEqual({
      local: "skipped",
      revocation: "skipped",
      endSession: "skipped",
    });
    expect(await asked).toBe("cancelled");
    expect(world.client.getState().status).toBe("idle");
    expect(world.ports.listener.isListening).toBe(false);
  });

  it("a second sign-in that waits is cancelled, and the session from before signed out", async () => {
    let isThere = true;
    const world = await signedIn({
      person: (url, { listener, server }) => {
        if (isThere) void listener.visit(server.authorize(url));
      },
    });
    isThere = false;
    const asked = codeOf(world.client.signIn());
    await reached(world.client, (state) => state.status === "awaiting-callback" && state.step === "waiting");
    expect(await world.client.signOut({ browser: false })).toMatchObject({
      local: "done",
      revocation: "done",
    });
    expect(await asked).toBe("cancelled");
    expect(world.store.record).toBeNull();
  });

  it("a sign-in that is being saved is finished, then signed out", async () => {
    const world = await arrange();
    const saving = defer();
    world.store.gates.save = saving.promise;
    const asked = world.client.signIn();
    await until(() => world.store.calls.at(-1) === "save");
    const out = world.client.signOut({ browser: false });
    expect(await statusOf(out)).toBe("pending");
    saving.resolve();
    expect(await asked).toMatchObject({ subject: "ada" });
    expect(await out).toMatchObject({ local: "done", revocation: "done" });
    expect(world.store.record).toBeNull();
  });

  it("a refresh is waited for, and the refreshed token is the one that is revoked", async () => {
    const world = await signedIn();
    const { client, server, store } = world;
    const gate = defer();
    server.intercept = ({ path }) => (path === "/token" ? (gate.promise as Promise<never>) : undefined);
    const asked = client.getAccessToken({ forceRefresh: true });
    await reached(client, is("refreshing"));
    const out = client.signOut();
    expect(await statusOf(out)).toBe("pending");
    expect(store.calls).not.toContain("clear");
    gate.resolve();
    expect(await out).toEqual({ local: "done", revocation: "done", endSession: "done" });
    await asked;
    const issued = server.secrets.filter((secret) => secret.startsWith("refresh-"));
    expect(issued).toHaveLength(2);
    expect(server.requests.find(({ path }) => path === "/revoke")!.body.get("token")).toBe(issued[1]);
    expect(store.record).toBeNull();
    expect(store.calls.at(-1)).toBe("clear");
    expectNobody(world);
  });

  it("a refreshed token that could not be saved is the one that is revoked", async () => {
    const { client, clock, server, store } = await signedIn();
    store.faults.save = lockedKeyring();
    await clock.advance(55 * MINUTE);
    await reached(client, isDegraded);
    expect(await client.signOut()).toMatchObject({ local: "done", revocation: "done" });
    const issued = server.secrets.filter((secret) => secret.startsWith("refresh-"));
    expect(server.requests.find(({ path }) => path === "/revoke")!.body.get("token")).toBe(issued.at(-1));
    expect(store.record).toBeNull();
  });

  it("callers that wait for a token are told, and signIn begins when it is done", async () => {
    const world = await signedIn();
    const out = world.client.signOut();
    await reached(world.client, is("logging-out"));
    const asked = codeOf(world.client.getAccessToken());
    const again = world.client.signIn();
    expect(await out).toMatchObject({ local: "done" });
    expect(await asked).toBe("signed_out");
    expect(await again).toMatchObject({ subject: "ada" });
    expect(world.store.record).not.toBeNull();
  });

  it("close() while the browser is away leaves nothing behind", async () => {
    const world = await signedIn(staysAway);
    const out = codeOf(world.client.signOut());
    await reached(world.client, isVisiting);
    await world.client.close();
    expect(await out).toBe("closed");
    expect(world.store.record).toBeNull();
  });

  it("close() while the store is being cleared waits for it", async () => {
    const world = await signedIn();
    const clearing = defer();
    world.store.gates.clear = clearing.promise;
    const out = world.client.signOut({ browser: false }).catch(() => {});
    await until(() => world.store.calls.at(-1) === "clear");
    const closing = world.client.close();
    expect(await statusOf(closing)).toBe("pending");
    clearing.resolve();
    await closing;
    await out;
    expect(world.store.record).toBeNull();
  });
});
