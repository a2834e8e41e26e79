import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { AuthError, createAuthClient, type AuthConfig, type AuthPorts } from "../../src/index.js";
import { createFakeClock, createFakePorts, createFakeServer } from "../../src/testing/index.js";

/** What lies in the store and is none of ours: whatever goes wrong leaves it alone. */
const PREVIOUS = JSON.stringify({
  v: 1,
  sessionId: "s",
  generation: 1,
  issuer: "https://other.example",
  clientId: "other",
  scope: [],
  savedAt: 1,
});

const LEAK = "access-that-must-not-leak";
const granted = {
  access_token: LEAK,
  token_type: "Bearer",
  expires_in: 3600,
  refresh_token: `refresh-${LEAK}`,
};

/** A world whose token endpoint answers with `answer`; the code in the redirect is among `server.secrets`. */
async function arrange(
  answer: (() => Response | Promise<Response>) | undefined,
  config: Partial<AuthConfig> = {},
) {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock });
  const pages: unknown[] = [];
  const saved: string[] = [];
  const sent: { url: string; redirect: string | undefined; credentials: string | undefined }[] = [];
  const fake = createFakePorts({
    clock,
    server,
    person: (url, { listener }) => {
      void listener.visit(server.authorize(url)).then((page) => pages.push(page));
    },
  });
  await fake.store.save(PREVIOUS);
  const ports: AuthPorts = {
    ...fake,
    store: {
      ...fake.store,
      save: (record) => {
        saved.push(record);
        return fake.store.save(record);
      },
      clear: () => expect.fail("a failed sign-in clears nothing"),
    },
    fetch: (input, init) => {
      sent.push({ url: input, redirect: init?.redirect, credentials: init?.credentials });
      return fake.fetch!(input, init);
    },
  };
  let heard = (): void => {};
  const asked = new Promise<void>((resolve) => (heard = resolve));
  server.intercept = ({ path }) => {
    if (path !== "/token") return undefined;
    heard();
    return answer?.();
  };
  const client = createAuthClient({ issuer: server.issuer, clientId: "app", scope: "api", ...config }, ports);
  return { client, clock, server, ports: fake, pages, saved, sent, asked };
}
type World = Awaited<ReturnType<typeof arrange>>;

const failureOf = (promise: Promise<unknown>): Promise<AuthError> =>
  promise.then(
    () => expect.fail("signed in"),
    (reason: unknown) => reason as AuthError,
  );

/** What every failed exchange has in common: nothing kept, nothing shown, everything closed. */
async function expectHarmless(error: AuthError, world: World): Promise<void> {
  const { client, ports, pages, saved, server } = world;
  expect(error).toBeInstanceOf(AuthError);
  expect(client.getState()).toMatchObject({ status: "idle", reason: { code: error.code }, can: ["signIn"] });
  expect(saved).toEqual([]);
  expect(await ports.store.load()).toBe(PREVIOUS);
  expect(pages).toMatchObject([{ outcome: "failure", code: error.code }]);
  expect(ports.listener.isListening).toBe(false);
  expect(ports.clock.armed).toBe(0);
  const verifier = server.requests.find(({ path }) => path === "/token")?.body.get("code_verifier");
  expect(verifier).toBeTruthy();
  const shown = [
    error.message,
    error.detail,
    error.hint,
    JSON.stringify(error),
    JSON.stringify(client.getState()),
  ];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    shown.push(cause.message, cause.stack, inspect(cause, { depth: 10, showHidden: true }));
  for (const secret of [LEAK, verifier!, ...server.secrets]) expect(shown.join("\n")).not.toContain(secret);
  await client.close();
}

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  () =>
    Response.json(body, { status, headers });
const text =
  (body: string | null, status = 200, type = "text/html") =>
  () =>
    new Response(body, { status, headers: { "content-type": type } });

describe("a token answer that breaks the protocol is refused, and nothing is kept", () => {
  it.each<[string, () => Response, object]>([
    ["token_type DPoP without a proof", json({ ...granted, token_type: "DPoP" }), { detail: "token_type" }],
    ["token_type mac", json({ ...granted, token_type: "mac" }), {}],
    ["token_type N_A", json({ ...granted, token_type: "N_A" }), {}],
    ["token_type that is a list", json({ ...granted, token_type: ["Bearer"] }), {}],
    ["no access_token", json({ ...granted, access_token: undefined }), {}],
    ["an empty access_token", json({ ...granted, access_token: "" }), {}],
    ["an access_token with a line break", json({ ...granted, access_token: `${LEAK}\r\nX: y` }), {}],
    [
      "an access_token that no header can carry",
      json({ ...granted, access_token: `${LEAK}\u00e9` }),
      { detail: "access_token" },
    ],
    ["an access_token that is an object", json({ ...granted, access_token: { value: LEAK } }), {}],
    ["a refresh_token that is a number", json({ ...granted, refresh_token: 7 }), {}],
    ["HTML", text(`<html>${LEAK}</html>`), {}],
    ["text that only begins like JSON", text(`{"access_token":"${LEAK}"`, 200, "application/json"), {}],
    ["the bare token", text(LEAK, 200, "application/json"), {}],
    ["a list", json([granted]), {}],
    ["null", json(null), {}],
    ["an empty body", text(null, 200, "application/json"), {}],
    ["status 201 and no access_token", json({ ...granted, access_token: undefined }, 201), {}],
    ["status 204", text(null, 204), { detail: "204" }],
    ["status 400 and an empty body", text(null, 400), { detail: "400" }],
    ["status 403 and HTML", text(`<html>${LEAK}</html>`, 403), { detail: "403" }],
    [
      "more than a megabyte",
      text(JSON.stringify({ ...granted, more: "x".repeat(2_000_000) })),
      { detail: "body too large" },
    ],
  ])("%s", async (_, answer, expected) => {
    const world = await arrange(answer);
    const error = await failureOf(world.client.signIn());
    expect(error).toMatchObject({ code: "invalid_response", retryable: false, ...expected });
    await expectHarmless(error, world);
  });

  it("a redirect is not followed, wherever it leads", async () => {
    const world = await arrange(
      () => new Response(null, { status: 302, headers: { location: "https://evil.example/token" } }),
    );
    const error = await failureOf(world.client.signIn());
    expect(error).toMatchObject({ code: "invalid_response", detail: "302", retryable: false });
    expect(world.sent.map(({ url }) => new URL(url).host)).not.toContain("evil.example");
    for (const { url, redirect } of world.sent) expect(redirect, url).toBe("manual");
    await expectHarmless(error, world);
  });
});

it("no request carries cookies, whatever the runtime keeps", async () => {
  const world = await arrange(json(granted));
  await world.client.signIn();
  expect(world.sent.length).toBeGreaterThan(1);
  for (const { url, credentials } of world.sent) expect(credentials, url).toBe("omit");
});

describe("a refusal of the code", () => {
  it.each([
    ["invalid_grant", 400],
    ["invalid_client", 401],
    ["invalid_code", 403],
  ])(
    "%s with status %i is authorization_failed, with the server's word for it",
    async (oauthError, status) => {
      const world = await arrange(json({ error: oauthError, error_description: "It is spent" }, status));
      const error = await failureOf(world.client.signIn());
      expect(error).toMatchObject({
        code: "authorization_failed",
        oauthError,
        detail: `${status}`,
        retryable: false,
      });
      expect(error.message).toContain("It is spent");
      await expectHarmless(error, world);
    },
  );
});

describe("a failure that passes is temporarily_unavailable and retryable", () => {
  it.each<[string, () => Response, string]>([
    ["500 with HTML", text(`<html>${LEAK}</html>`, 500), "500"],
    ["500 with an OAuth error", json({ error: "invalid_grant" }, 500), "500"],
    ["502 with an empty body", text(null, 502), "502"],
    ["503", text("busy", 503, "text/plain"), "503"],
    ["429 with an OAuth error", json({ error: "slow_down" }, 429), "429"],
    ["429 with HTML", text("<html>", 429), "429"],
  ])("%s", async (_, answer, detail) => {
    const world = await arrange(answer);
    const error = await failureOf(world.client.signIn());
    expect(error).toMatchObject({ code: "temporarily_unavailable", retryable: true, detail });
    await expectHarmless(error, world);
  });

  it("a connection that is refused, with the system's code from the cause of the cause", async () => {
    const world = await arrange(() => {
      const refusedByHost = Object.assign(new Error("connect ECONNREFUSED 192.0.2.1:443"), {
        code: "ECONNREFUSED",
      });
      throw new TypeError("fetch failed", { cause: new AggregateError([], "", { cause: refusedByHost }) });
    });
    const error = await failureOf(world.client.signIn());
    expect(error).toMatchObject({ code: "temporarily_unavailable", retryable: true, detail: "ECONNREFUSED" });
    expect(error.message).toContain("id.example");
    expect((error.cause as Error).message).toBe("fetch failed");
    await expectHarmless(error, world);
  });

  it("a body that breaks off", async () => {
    const world = await arrange(
      () =>
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(new TextEncoder().encode(`{"access_token":"${LEAK}`));
              controller.error(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
            },
          }),
        ),
    );
    const error = await failureOf(world.client.signIn());
    expect(error).toMatchObject({ code: "temporarily_unavailable", retryable: true, detail: "ECONNRESET" });
    await expectHarmless(error, world);
  });

  it.each<[string, () => Promise<Response> | Response]>([
    ["an answer that never comes", () => new Promise<Response>(() => {})],
    ["a body that never ends", () => new Response(new ReadableStream({ start() {} }))],
  ])("%s, after requestTimeoutMs and not before", async (_, answer) => {
    const world = await arrange(answer, { requestTimeoutMs: 7_000 });
    const failed = failureOf(world.client.signIn());
    await world.asked;
    await world.clock.advance(6_999);
    expect(world.client.getState().status).toBe("exchanging");
    await world.clock.advance(1);
    const error = await failed;
    expect(error).toMatchObject({ code: "temporarily_unavailable", retryable: true, detail: "timeout" });
    expect(error.message).toContain("7 seconds");
    await expectHarmless(error, world);
  });

  it("and a later sign-in succeeds", async () => {
    const world = await arrange(text(null, 503));
    await failureOf(world.client.signIn());
    world.server.intercept = undefined;
    expect(await world.client.signIn()).toMatchObject({ scope: ["api"] });
    expect(world.client.getState()).not.toHaveProperty("reason");
    await world.client.close();
  });
});

describe("a token answer that is unusual but right is taken", () => {
  it.each<[string, () => Response, object]>([
    ["no token_type, as some servers do", json({ ...granted, token_type: undefined }), {}],
    ["token_type in lower case", json({ ...granted, token_type: "bearer" }), {}],
    [
      "expires_in as text",
      json({ ...granted, expires_in: "3600" }),
      { accessTokenExpiresAt: expect.any(Number) },
    ],
    ["expires_in that is null", json({ ...granted, expires_in: null }), {}],
    ["expires_in that is negative", json({ ...granted, expires_in: -1 }), {}],
    ["expires_in that is a word", json({ ...granted, expires_in: "soon" }), {}],
    ["expires_in that is an object", json({ ...granted, expires_in: {} }), {}],
    ["expires_in that is true", json({ ...granted, expires_in: true }), {}],
    [
      "expires_in beyond any number",
      text(`{"access_token":"${LEAK}","token_type":"Bearer","expires_in":1e999}`),
      {},
    ],
    ["an empty refresh_token", json({ ...granted, refresh_token: "" }), {}],
    ["a scope that is a list", json({ ...granted, scope: ["a", "b"] }), { scope: ["a", "b"] }],
    ["members nobody knows", json({ ...granted, more: { deep: [1] } }), {}],
    ["a narrower scope", json({ ...granted, scope: "read  write" }), { scope: ["read", "write"] }],
    ["a 4 kB token", json({ ...granted, access_token: "x".repeat(4_096) }), {}],
    ["JSON as text/plain", text(JSON.stringify(granted), 200, "text/plain"), {}],
  ])("%s", async (_, answer, expected) => {
    const { client, saved } = await arrange(answer);
    expect(await client.signIn()).toMatchObject({ scope: ["api"], ...expected });
    expect(saved).toHaveLength(1);
    await client.close();
  });

  it("no expires_in: the token is given out without an end", async () => {
    const { client, clock } = await arrange(json({ ...granted, expires_in: undefined }));
    expect(await client.signIn()).toEqual({ scope: ["api"] });
    await clock.advance(10 * 365 * 86_400_000);
    expect(await client.getAccessToken()).toBe(LEAK);
    await client.close();
  });

  it("the life of the token is counted from before the request", async () => {
    const world = await arrange(undefined);
    const { clock, client, server } = world;
    const began = clock.now();
    server.intercept = ({ path }) => {
      if (path !== "/token") return undefined;
      clock.sleep(20_000);
      return json(granted)();
    };
    expect((await client.signIn()).accessTokenExpiresAt).toBe(began + 3_600_000);
    await client.close();
  });
});
