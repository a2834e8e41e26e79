// The pushed authorization request (RFC 9126) and the parameters of the request (RFC 8707, OpenID Connect Core 3.1.2.1).
import { describe, expect, it } from "vitest";
import type { AuthConfig, AuthState } from "../../src/index.js";
import {
  arrange,
  errorOf,
  quiet,
  reached,
  refreshes,
  SECOND,
  signedIn,
  until,
  type World,
} from "../support/world.js";

const required = {
  offers: ["par"],
  metadata: { require_pushed_authorization_requests: true },
} as const;

describe("a pushed authorization request", () => {
  it.each([
    ["where the server requires it", required, {}],
    ["where the app wants it always", { offers: ["par"] }, { par: "always" }],
  ] as const)("%s leaves the browser a reference only", async (_, serverOptions, config) => {
    const { ports, server } = await signedIn({ serverOptions }, config);
    const url = new URL(ports.opened[0]!);
    expect([...url.searchParams.keys()].toSorted()).toEqual(["client_id", "request_uri"]);
    const pushed = server.requests.find(({ path }) => path === "/par")!.body;
    expect(Object.fromEntries(pushed)).toMatchObject({
      response_type: "code",
      code_challenge_method: "S256",
      redirect_uri: "http://127.0.0.1:50000/callback",
      state: expect.stringMatching(/^.{43}$/),
    });
    expect(pushed.has("code_verifier")).toBe(false);
    expect(server.violations).toEqual([]);
  });

  it("is not made where nobody asks for it", async () => {
    const { ports, server } = await signedIn({ serverOptions: { offers: ["par"] } });
    expect(new URL(ports.opened[0]!).searchParams.get("code_challenge_method")).toBe("S256");
    expect(server.requests.map(({ path }) => path)).not.toContain("/par");
  });

  it.each([
    ["the app wants it, and the server has no endpoint", {}, { par: "always" }],
    ["the app forbids what the server requires", required, { par: "never" }],
  ] as const)("%s: unsupported_by_server before a browser opens", async (_, serverOptions, config) => {
    const { client, ports } = await arrange({ serverOptions }, config);
    const error = await errorOf(client.signIn());
    expect(error).toMatchObject({
      code: "unsupported_by_server",
      detail: "pushed_authorization_request_endpoint",
      hint: expect.stringContaining('"par"'),
    });
    expect(ports.opened).toEqual([]);
  });

  it("with status 200 leaves the browser its reference too", async () => {
    const world = await arrange({ serverOptions: { offers: ["par"] } }, { par: "always" });
    const { server } = world;
    let isOurs = false;
    server.intercept = async ({ path, url, body }) => {
      if (path !== "/par" || isOurs) return undefined as never;
      isOurs = true;
      return Response.json(await (await server.fetch(url.href, { method: "POST", body })).json());
    };
    expect(await world.client.signIn()).toMatchObject({ subject: "ada" });
    expect(server.violations).toEqual([]);
  });

  it.each([
    [
      "refuses",
      () => Response.json({ error: "invalid_request", error_description: "Not known." }, { status: 400 }),
      {
        code: "authorization_failed",
        message: expect.stringMatching(/\(invalid_request\): Not known\.$/),
        oauthError: "invalid_request",
        hint: expect.stringContaining("redirect URIs are registered"),
      },
    ],
    [
      "refuses with a status of success",
      () => Response.json({ error: "invalid_scope" }),
      { code: "authorization_failed", oauthError: "invalid_scope", hint: expect.stringContaining("scope") },
    ],
    [
      "answers with a page",
      () => new Response("<html>", { headers: { "content-type": "text/html" } }),
      { code: "invalid_response" },
    ],
    [
      "does not know the client",
      () => Response.json({ error: "invalid_client" }, { status: 401 }),
      { code: "authorization_failed", hint: expect.stringContaining("Check the client id") },
    ],
    ["is busy", () => new Response(null, { status: 503 }), { code: "temporarily_unavailable" }],
    [
      "gives no reference",
      () => Response.json({ expires_in: 60 }, { status: 201 }),
      { code: "invalid_response" },
    ],
  ])("that the server %s ends the sign-in before a browser opens", async (_, answer, expected) => {
    const { client, ports, server } = await arrange({ serverOptions: required });
    server.intercept = ({ path }) => (path === "/par" ? answer() : undefined);
    expect(await errorOf(client.signIn())).toMatchObject(expected);
    expect(ports.opened).toEqual([]);
  });
});

describe("an address that nobody opens while the server knows it (RFC 9126 2.2)", () => {
  type Waiting = Extract<AuthState, { status: "awaiting-callback" }>;
  const pushes = ({ server }: World) => server.requests.filter(({ path }) => path === "/par");
  const isWaiting = (state: AuthState): state is Waiting => "step" in state && state.step === "waiting";

  const serverOptions = { ...required, offers: ["par", "dpop", "device"] } as const;

  async function waiting(config: Partial<AuthConfig> = {}) {
    const world = await arrange({ serverOptions, person: () => {} }, config);
    const done = world.client.signIn({ openBrowser: false });
    done.catch(() => {});
    await reached(world.client, isWaiting);
    return { world, done, first: urlOf(world) };
  }

  function urlOf({ client }: World): string {
    const state = client.getState();
    if (state.status !== "awaiting-callback" || state.url === undefined) throw new Error("It does not wait");
    return state.url;
  }

  async function wait({ clock }: World, seconds: number): Promise<void> {
    await clock.advance(seconds * SECOND);
    await quiet();
  }

  /** Waits until just before the next push, which must not have come yet, and for the push. */
  async function waitForPush(world: World, seconds: number): Promise<void> {
    const before = pushes(world).length;
    await wait(world, seconds - 1);
    expect(pushes(world)).toHaveLength(before);
    await world.clock.advance(SECOND);
    await until(() => pushes(world).length > before);
    await quiet();
  }

  it.each([{}, { dpop: true }])(
    "is replaced five seconds before, and the new one signs in: %o",
    async (config) => {
      const { world, done, first } = await waiting(config);
      await waitForPush(world, 55);
      const second = urlOf(world);
      expect(second).not.toBe(first);
      await waitForPush(world, 55);
      expect([first, second]).not.toContain(urlOf(world));
      const url = world.server.authorize(urlOf(world));
      void world.ports.listener.visit(url);
      expect((await done).subject).toBe("ada");
      expect(world.server.violations).toEqual([]);
      const [asked, ...again] = pushes(world).map(({ body }) => body.toString());
      expect(again).toEqual([asked, asked]);
    },
  );

  it("does not keep a browser out that opened the first one in time", async () => {
    const { world, done, first } = await waiting();
    await wait(world, 50);
    // The browser is at the sign-in page.
    const redirect = world.server.authorize(first);
    await wait(world, 200);
    void world.ports.listener.visit(redirect);
    expect((await done).subject).toBe("ada");
  });

  it("is asked for again when that fails, and the wait goes on", async () => {
    const { world, done, first } = await waiting();
    world.server.intercept = ({ path }) =>
      path === "/par" ? Response.json({ error: "invalid_request" }, { status: 400 }) : undefined;
    await waitForPush(world, 55);
    expect(urlOf(world)).toBe(first);
    world.server.intercept = undefined;
    await waitForPush(world, 15);
    expect(urlOf(world)).not.toBe(first);
    void world.ports.listener.visit(world.server.authorize(urlOf(world)));
    expect((await done).subject).toBe("ada");
  });

  it.each([0, 1])(
    "is pushed every 15 seconds at most, though the server forgets after %i",
    async (expires_in) => {
      const { world } = await waiting();
      world.server.intercept = ({ path }) =>
        path === "/par" ? Response.json({ request_uri: "urn:x", expires_in }, { status: 201 }) : undefined;
      await waitForPush(world, 55);
      await waitForPush(world, 15);
      await waitForPush(world, 15);
    },
  );

  it("is let go of while it is being pushed again: nothing is armed afterwards", async () => {
    const { world } = await waiting();
    world.server.intercept = ({ path }) => (path === "/par" ? new Promise<never>(() => {}) : undefined);
    await waitForPush(world, 55);
    world.client.cancel();
    await quiet();
    expect(world.clock.armed).toBe(0);
  });

  it("is replaced while a code is shown beside it, and no more when the wait is over", async () => {
    const { world, first } = await waiting();
    world.client.useDeviceCode();
    await reached(world.client, (state) => "device" in state);
    await waitForPush(world, 55);
    expect(urlOf(world)).not.toBe(first);
    world.client.cancel();
    await wait(world, 600);
    expect(pushes(world)).toHaveLength(2);
  });
});

describe("what is asked for", () => {
  it("names the resources in the authorization request, at the exchange and at every refresh (RFC 8707)", async () => {
    const resource = ["https://api.example", "https://files.example/v1"];
    const { client, ports, server } = await signedIn({}, { resource });
    await client.getAccessToken({ forceRefresh: true });
    expect(new URL(ports.opened[0]!).searchParams.getAll("resource")).toEqual(resource);
    const asked = server.requests.filter(({ path }) => path === "/token");
    expect(asked.map(({ body }) => body.get("grant_type"))).toEqual(["authorization_code", "refresh_token"]);
    for (const { body } of asked) expect(body.getAll("resource")).toEqual(resource);
    expect(refreshes({ server })).toHaveLength(1);
    expect(server.violations).toEqual([]);
  });

  it("one resource may stand alone, and none is sent unasked", async () => {
    const one = await signedIn({}, { resource: "https://api.example" });
    expect(new URL(one.ports.opened[0]!).searchParams.getAll("resource")).toEqual(["https://api.example"]);
    const none = await signedIn();
    expect(new URL(none.ports.opened[0]!).searchParams.has("resource")).toBe(false);
  });

  it("is sent as prompt, max_age, acr_values and login_hint", async () => {
    const { client, ports } = await arrange();
    await client.signIn({
      prompt: "login",
      maxAge: 0,
      acrValues: ["gold", "silver"],
      loginHint: "ada@example.com",
    });
    expect(Object.fromEntries(new URL(ports.opened[0]!).searchParams)).toMatchObject({
      prompt: "login",
      max_age: "0",
      acr_values: "gold silver",
      login_hint: "ada@example.com",
    });
  });

  it.each([
    ["a max_age that is no number of seconds", { maxAge: 1.5 }, "maxAge"],
    ["a negative max_age", { maxAge: -1 }, "maxAge"],
    ["no acr_values in the list", { acrValues: [] }, "acrValues"],
    ["two acr_values in one", { acrValues: ["gold silver"] }, "acrValues"],
    ["max_age without an ID token to show it", { maxAge: 60, scope: "offline_access" }, "maxAge"],
    ["an unknown flow", { flow: "popup" as "auto" }, "flow"],
  ])("%s is refused at once", async (_, options, detail) => {
    const { client, ports } = await arrange();
    expect(await errorOf(client.signIn(options))).toMatchObject({ code: "invalid_config", detail });
    expect(ports.opened).toEqual([]);
  });
});
