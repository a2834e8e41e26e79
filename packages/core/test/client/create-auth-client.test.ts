import { describe, expect, it } from "vitest";
import {
  createAuthClient,
  createMemoryStore,
  type AccessTokenOptions,
  type AuthState,
} from "../../src/index.js";
import { arrange, codeOf, createTestStore, reached, type World } from "../support/world.js";

const isWaiting = (state: AuthState) => state.status === "awaiting-callback" && state.step === "waiting";
const nobody = { person: () => {} };
const noDisplay = {
  person: (): never => {
    throw new Error("There is no display.");
  },
};

/** The names of the states there were. */
function trailOf({ states }: World): string[] {
  const names = states.map((state) =>
    state.status === "awaiting-callback" ? `${state.status}/${state.step}` : state.status,
  );
  return names.filter((name, at) => name !== names[at - 1]);
}

describe("signing in", () => {
  it("goes from idle over the wait and the exchange to authenticated", async () => {
    const world = await arrange();
    const { client, ports } = world;
    const session = await client.signIn();
    expect(session).toMatchObject({ subject: "ada", scope: ["openid", "offline_access"] });
    expect(session.claims).toMatchObject({ iss: "https://id.example", aud: "app" });
    expect(client.getState()).toMatchObject({ status: "authenticated", session });
    expect(trailOf(world)).toEqual([
      "restoring",
      "idle",
      "awaiting-callback/preparing",
      "awaiting-callback/waiting",
      "exchanging",
      "authenticated",
    ]);
    expect(ports.listener.isListening).toBe(false);
    // The one that is left waits for the next refresh, and keeps no process alive.
    expect(ports.clock.armed).toBe(1);
  });

  it("sends PKCE S256, state and nonce, new ones for every attempt", async () => {
    const { client, ports } = await arrange();
    for (let attempt = 0; attempt < 3; attempt++) await client.signIn();
    const sent = ports.opened.map((url) => Object.fromEntries(new URL(url).searchParams));
    for (const parameters of sent) {
      expect(parameters).toMatchObject({
        response_type: "code",
        client_id: "app",
        code_challenge_method: "S256",
        redirect_uri: "http://127.0.0.1:50000/callback",
      });
    }
    for (const name of ["state", "nonce", "code_challenge"])
      expect(new Set(sent.map((parameters) => parameters[name])).size, name).toBe(3);
  });

  it("sends no nonce without scope openid, and takes an answer without an ID token", async () => {
    const { client, ports } = await arrange({}, { scope: "api" });
    const session = await client.signIn();
    expect(new URL(ports.opened[0]!).searchParams.has("nonce")).toBe(false);
    expect(session).toEqual({ scope: ["api"], accessTokenExpiresAt: expect.any(Number) });
  });

  it("redeems the code with the verifier, the same redirect URI, the client id and no secret", async () => {
    const { client, server } = await arrange();
    await client.signIn();
    const { body, authorization } = server.requests.find(({ path }) => path === "/token")!;
    expect(Object.fromEntries(body)).toEqual({
      grant_type: "authorization_code",
      client_id: "app",
      redirect_uri: "http://127.0.0.1:50000/callback",
      code: expect.any(String),
      code_verifier: expect.stringMatching(/^[\w.~-]{43,128}$/),
    });
    expect(authorization).toBeNull();
  });

  it("tells the browser of the success only when the session is saved", async () => {
    let pageWhileSaving: unknown = "none yet";
    let page: unknown;
    const { client } = await arrange({
      person: (url, { listener, server }) => {
        void listener.visit(server.authorize(url)).then((answer) => (page = answer));
      },
      store: {
        ...createTestStore(),
        save: async () => {
          await Promise.resolve();
          pageWhileSaving = page;
        },
      },
    });
    await client.signIn();
    expect(pageWhileSaving).toBeUndefined();
    expect(page).toMatchObject({ outcome: "success" });
  });

  it("saves one record with the refresh token and without the access token", async () => {
    const { client, ports, server } = await arrange();
    await client.signIn();
    const record = JSON.parse((await ports.store.load())!) as Record<string, unknown>;
    expect(record).toMatchObject({
      v: 1,
      generation: 1,
      issuer: server.issuer,
      clientId: "app",
      subject: "ada",
    });
    expect(record["refreshToken"]).toMatch(/^refresh-/);
    expect(JSON.stringify(record)).not.toContain(await client.getAccessToken());
  });

  it("joins a second call to the first, and refuses one with other options", async () => {
    const { client, ports } = await arrange();
    const first = client.signIn({ loginHint: "ada" });
    const second = client.signIn({ loginHint: "ada" });
    expect(await codeOf(client.signIn({ prompt: "login" }))).toBe("interaction_in_progress");
    expect(await second).toBe(await first);
    expect(ports.opened).toHaveLength(1);
  });

  it("does not open a browser when told not to, and shows the URL", async () => {
    const { client, ports, server } = await arrange();
    const done = client.signIn({ openBrowser: false });
    const state = await reached(client, isWaiting);
    expect(ports.opened).toEqual([]);
    const { url } = state as { url: string };
    void ports.listener.visit(server.authorize(url));
    expect((await done).subject).toBe("ada");
  });

  it("goes on waiting when no browser opens, and says so", async () => {
    const { client, server, ports, notices } = await arrange({
      person: () => {
        throw new Error("there is no display");
      },
    });
    const done = client.signIn();
    const state = await reached(client, (now) => "browser" in now && now.browser === "failed");
    expect(notices).toEqual([{ code: "browser_failed", message: "there is no display" }]);
    void ports.listener.visit(server.authorize((state as { url: string }).url));
    await done;
  });
});

describe("giving up", () => {
  it("cancel closes the listener and rejects with cancelled", async () => {
    const world = await arrange(nobody);
    const { client, ports } = world;
    const done = codeOf(client.signIn());
    await reached(client, isWaiting);
    expect(ports.listener.isListening).toBe(true);
    client.cancel();
    expect(await done).toBe("cancelled");
    expect(ports.listener.isListening).toBe(false);
    expect(ports.clock.armed).toBe(0);
    expect(client.getState()).toMatchObject({
      status: "idle",
      reason: { code: "cancelled" },
      can: ["signIn"],
    });
    expect(trailOf(world).at(-1)).toBe("idle");
  });

  it("the deadline ends the wait on the wall clock, after a sleep too", async () => {
    const { client, ports, clock } = await arrange(nobody, { signInTimeoutMs: 600_000 });
    const done = codeOf(client.signIn());
    await reached(client, isWaiting);
    await clock.advance(60_000);
    expect(client.getState().status).toBe("awaiting-callback");
    clock.sleep(3_600_000);
    await clock.advance(30_000);
    expect(await done).toBe("timed_out");
    expect(ports.listener.isListening).toBe(false);
    expect(clock.armed).toBe(0);
  });

  it.each([
    ["one opened", nobody, /^Nobody finished signing in/, /is the client id right/],
    ["none opened", noDisplay, /^No browser could be opened, and nobody/, /open the address that is shown/],
  ])("a wait that nobody ends says what may be behind it: %s", async (_, options, message, hint) => {
    const { client, clock } = await arrange(options);
    const done = client.signIn().catch((error: unknown) => error);
    await reached(client, (state) => "browser" in state && state.step === "waiting");
    await clock.advance(300_000);
    expect(await done).toMatchObject({
      code: "timed_out",
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    });
  });

  it("a denial ends in access_denied without an exchange, and the page says so", async () => {
    let page: unknown;
    const world = await arrange({
      person: (url, { listener, server }) => {
        void listener.visit(server.authorize(url, "deny")).then((answer) => (page = answer));
      },
    });
    const { client, server } = world;
    expect(await codeOf(client.signIn())).toBe("access_denied");
    expect(page).toMatchObject({ outcome: "failure", code: "access_denied" });
    expect(trailOf(world)).not.toContain("exchanging");
    expect(server.requests.map(({ path }) => path)).not.toContain("/token");
  });

  it("a refused exchange rejects, and the page does not say success", async () => {
    let page: unknown;
    const { client, ports, server } = await arrange({
      person: (url, { listener, server }) => {
        void listener.visit(server.authorize(url)).then((answer) => (page = answer));
      },
    });
    server.intercept = ({ path }) =>
      path === "/token" ? Response.json({ error: "invalid_grant" }, { status: 400 }) : undefined;
    expect(await codeOf(client.signIn())).toBe("authorization_failed");
    expect(page).toMatchObject({ outcome: "failure", code: "authorization_failed" });
    expect(await ports.store.load()).toBeNull();
  });

  it("an abort leaves a joined sign-in to the others, and cancels it when nobody waits", async () => {
    const { client } = await arrange(nobody);
    const [a, b] = [new AbortController(), new AbortController()];
    const first = codeOf(client.signIn({ signal: a.signal }));
    const second = codeOf(client.signIn({ signal: b.signal }));
    await reached(client, isWaiting);
    a.abort();
    expect(await first).toBe("cancelled");
    expect(client.getState().status).toBe("awaiting-callback");
    b.abort();
    expect(await second).toBe("cancelled");
    expect(client.getState().status).toBe("idle");
  });

  it.each(["preparing", "waiting", "exchanging"] as const)(
    "close while %s leaves nothing behind",
    async (when) => {
      const answers: unknown[] = [];
      const { client, ports, server } = await arrange({
        person: (url, { listener, server }) => {
          if (when === "exchanging")
            void listener.visit(server.authorize(url)).then((answer) => answers.push(answer));
        },
      });
      const held = { preparing: "/.well-known/openid-configuration", waiting: "", exchanging: "/token" }[
        when
      ];
      server.intercept = ({ path }) => (path === held ? new Promise<Response>(() => {}) : undefined);
      const done = codeOf(client.signIn());
      await reached(client, (state) =>
        when === "exchanging"
          ? state.status === when
          : state.status === "awaiting-callback" && state.step === when,
      );
      await client.close();
      expect(await done).toBe("closed");
      expect(ports.listener.isListening).toBe(false);
      expect(ports.clock.armed).toBe(0);
      expect(await codeOf(client.signIn())).toBe("closed");
      expect(await codeOf(client.getAccessToken())).toBe("closed");
      expect(client.getState().can).toEqual([]);
      if (when === "exchanging") expect(answers).toMatchObject([{ outcome: "failure" }]);
    },
  );

  it("keeps the session from before when a second sign-in is given up", async () => {
    let present = true;
    const { client } = await arrange({
      person: (url, { listener, server }) => {
        if (present) void listener.visit(server.authorize(url));
      },
    });
    const session = await client.signIn();
    const token = await client.getAccessToken();
    present = false;
    const again = codeOf(client.signIn());
    const state = await reached(client, isWaiting);
    expect(state).toMatchObject({ base: session });
    expect(await client.getAccessToken()).toBe(token);
    client.cancel();
    expect(await again).toBe("cancelled");
    expect(client.getState()).toMatchObject({ status: "authenticated", session });
  });

  it("a browser that waits for a slow exchange is told the truth after a minute", async () => {
    let page: unknown;
    const { client, clock, server } = await arrange(
      {
        person: (url, { listener, server }) => {
          void listener.visit(server.authorize(url)).then((answer) => (page = answer));
        },
      },
      { requestTimeoutMs: 90_000 },
    );
    server.intercept = ({ path }) => (path === "/token" ? new Promise<Response>(() => {}) : undefined);
    const done = codeOf(client.signIn());
    await reached(client, ({ status }) => status === "exchanging");
    while (!server.requests.some(({ path }) => path === "/token"))
      await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(60_000);
    expect(page).toMatchObject({ outcome: "pending" });
    await clock.advance(30_000);
    expect(await done).toBe("temporarily_unavailable");
  });
});

describe("requests that are not the redirect", () => {
  it("neither end the wait nor reach the server, and are told of", async () => {
    const { client, ports, server, notices } = await arrange(nobody);
    const done = client.signIn();
    const { url } = (await reached(client, isWaiting)) as { url: string };
    const redirect = new URL(server.authorize(url));
    const state = redirect.searchParams.get("state")!;
    const at = (path: string) => ports.listener.visit(`${redirect.origin}${path}`);
    expect(await at("/favicon.ico")).toBe(404);
    expect(await at("/callback?code=x")).toBe(400);
    expect(await at("/callback?code=x&state=wrong")).toBe(400);
    expect(await at("/callback?error=access_denied")).toBe(400);
    expect(await at(`/callback?code=x&state=${state}&state=${state}`)).toBe(400);
    expect(client.getState().status).toBe("awaiting-callback");
    expect(notices.map(({ detail }) => detail?.split(":")[0])).toEqual([
      "wrong_path",
      "wrong_state",
      "wrong_state",
      "wrong_state",
      "wrong_state",
    ]);
    expect(await ports.listener.visit(redirect.href)).toMatchObject({ outcome: "success" });
    await done;
    expect(server.requests.filter(({ path }) => path === "/token")).toHaveLength(1);
  });

  it("at another address that is registered is none: the request named one", async () => {
    const redirectUris = ["http://127.0.0.1/callback", "http://127.0.0.1/other"];
    const { client, ports, server } = await arrange(nobody, { redirectUris });
    const done = client.signIn();
    const { url } = (await reached(client, isWaiting)) as { url: string };
    const redirect = server.authorize(url);
    expect(await ports.listener.visit(redirect.replace("/callback", "/other"))).toBe(404);
    expect(await ports.listener.visit(redirect)).toMatchObject({ outcome: "success" });
    await done;
  });

  it.each([
    ["another issuer", (url: URL) => url.searchParams.set("iss", "https://evil.example")],
    ["no issuer though the server promises one", (url: URL) => url.searchParams.delete("iss")],
    ["no code", (url: URL) => url.searchParams.delete("code")],
    ["two codes", (url: URL) => url.searchParams.append("code", "second")],
    ["a token", (url: URL) => url.searchParams.set("id_token", "x")],
  ])("a redirect with the right state and %s is refused without an exchange", async (_, change) => {
    const { client, server } = await arrange({
      person: (url, { listener, server }) => {
        const redirect = new URL(server.authorize(url));
        change(redirect);
        void listener.visit(redirect.href);
      },
    });
    expect(await codeOf(client.signIn())).toBe("invalid_response");
    expect(server.requests.map(({ path }) => path)).not.toContain("/token");
  });
});

describe("tokens", () => {
  it("nobody signed in: sign_in_required; while signing in: interaction_in_progress", async () => {
    const { client } = await arrange(nobody);
    expect(await codeOf(client.getAccessToken())).toBe("sign_in_required");
    const done = codeOf(client.signIn());
    expect(await codeOf(client.getAccessToken())).toBe("interaction_in_progress");
    client.cancel();
    await done;
  });

  it("without a refresh token an expired access token is not given out, nor one that is valid too short", async () => {
    const { client, clock } = await arrange({}, { scope: "openid" });
    await client.signIn();
    await clock.advance(3_500_000);
    expect(await client.getAccessToken()).toMatch(/^access-/);
    expect(await codeOf(client.getAccessToken({ minValidityMs: 200_000 }))).toBe("sign_in_required");
    await clock.advance(100_000);
    expect(await codeOf(client.getAccessToken())).toBe("sign_in_required");
  });

  it.each([
    ["minValidity", { minValidity: 5_000 }],
    ["minValidityMs", { minValidityMs: Number.NaN }],
    ["minValidityMs", { minValidityMs: -1 }],
  ])("a wrong option is refused by its name: %s of %j", async (detail, options) => {
    const { client, server } = await arrange();
    await client.signIn();
    const requests = server.requests.length;
    const asked = client.getAccessToken(options as AccessTokenOptions);
    await expect(asked).rejects.toMatchObject({ code: "invalid_config", detail });
    expect(server.requests).toHaveLength(requests);
  });

  it("fetch sends the token to the issuer's origin and named origins, and nothing anywhere else", async () => {
    const { client, server } = await arrange({}, { apiOrigins: ["https://api.example"] });
    await client.signIn();
    const token = await client.getAccessToken();
    await client.fetch("https://id.example/api");
    await client.fetch(new Request("https://api.example/api", { headers: { accept: "text/plain" } }));
    expect(server.requests.filter(({ path }) => path === "/api").map((seen) => seen.authorization)).toEqual([
      `Bearer ${token}`,
      `Bearer ${token}`,
    ]);
    const before = server.requests.length;
    for (const url of [
      "https://evil.example/api",
      "http://id.example/api",
      "https://id.example:444/",
      "blob:https://id.example/1234",
      "/api",
    ])
      expect(await codeOf(client.fetch(url)), url).toBe("origin_not_allowed");
    await expect(client.fetch("/api")).rejects.toThrow("The URL has no origin");
    expect(server.requests.length).toBe(before);
  });

  it("userInfo gives the claims, and refuses those of another subject", async () => {
    const { client, server } = await arrange();
    await client.signIn();
    expect(await client.userInfo()).toEqual({ sub: "ada", name: "Ada Lovelace" });
    server.intercept = ({ path }) => (path === "/userinfo" ? Response.json({ sub: "eve" }) : undefined);
    expect(await codeOf(client.userInfo())).toBe("invalid_response");
    expect(client.getState().status).toBe("authenticated");
  });

  it.each([
    [401, "invalid_token"],
    [403, "insufficient_scope"],
  ])("userInfo that is refused (%i) with a token for an API says that this is why", async (status, error) => {
    const { client, server } = await arrange({}, { resource: "https://api.example" });
    await client.signIn();
    server.intercept = ({ path }) =>
      path === "/userinfo"
        ? new Response(null, { status, headers: { "www-authenticate": `Bearer error="${error}"` } })
        : undefined;
    await expect(client.userInfo()).rejects.toMatchObject({
      code: "authorization_failed",
      oauthError: error,
      message: expect.stringContaining('"resource"') as string,
      hint: expect.stringContaining("session.claims") as string,
    });
    expect(server.requests.filter(({ path }) => path === "/token")).toHaveLength(1);
    expect(client.getState().status).toBe("authenticated");
  });
});

describe("ports that are not there", () => {
  it.each([
    ["altogether", undefined, "listenForRedirect, openBrowser, store, withLock, clock"],
    ["all but the store", { store: createMemoryStore() }, "listenForRedirect, openBrowser, withLock, clock"],
    ["of the wrong kind", { clock: "now" }, "clock"],
    ["null", { clock: null, store: null }, "listenForRedirect, openBrowser, store, withLock, clock"],
  ])("%s are named", (_, ports, names) => {
    const create = () => createAuthClient({ issuer: "https://id.example", clientId: "app" }, ports as never);
    expect(create).toThrow(expect.objectContaining({ code: "invalid_config", detail: "ports" }));
    expect(create).toThrow(names);
    expect(create).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("createNodePorts") as string }),
    );
  });
});

describe("the state", () => {
  it("is the same object until it changes, and holds no token", async () => {
    const { client, server } = await arrange();
    await client.signIn();
    expect(client.getState()).toBe(client.getState());
    const text = JSON.stringify(client.getState());
    for (const secret of server.secrets) expect(text).not.toContain(secret);
  });

  it("a listener that throws does not keep the others from being called", async () => {
    const { client } = await arrange();
    const seen: string[] = [];
    const loud: unknown[] = [];
    const onError = (error: unknown) => loud.push(error);
    process.on("uncaughtException", onError);
    client.subscribe(() => {
      throw new Error("the app's own bug");
    });
    client.subscribe(({ status }) => seen.push(status));
    await client.signIn();
    expect(seen.at(-1)).toBe("authenticated");
    expect(loud[0]).toMatchObject({ message: "the app's own bug" });
    process.off("uncaughtException", onError);
  });
});
