// Answers made to do harm: to crash whoever looks at them, to have secrets repeated, to keep the client busy, to speak for others.
import { describe, expect, it } from "vitest";
import { registerClient } from "../../src/index.js";
import { utf8 } from "../../src/testing/jwt.js";
import { arrange, errorOf, isDegraded, reached, refreshes, restarted, signedIn } from "../support/world.js";

describe("values that are nested thousands of levels deep", () => {
  /** JSON.stringify, which calls itself for each level, cannot write what is deep enough. */
  const deep = "[".repeat(20_000) + "]".repeat(20_000);
  const nested = (levels: number): unknown => {
    let value: unknown = "at the bottom";
    for (let level = 0; level < levels; level++) value = [value];
    return value;
  };

  it("in an ID token are refused: whoever shows them runs out of stack", async () => {
    const world = await arrange();
    world.server.idTokenClaims = { deep: nested(2_000) };
    expect(await errorOf(world.client.signIn())).toMatchObject({
      code: "id_token_invalid",
      detail: "claims",
    });
    expect(world.store.record).toBe(null);
  });

  it("in a refreshed ID token are refused, and the session stays", async () => {
    const { client, server } = await signedIn();
    server.idTokenClaims = { deep: nested(2_000) };
    client.getAccessToken({ forceRefresh: true }).catch(() => {});
    const state = await reached(client, isDegraded);
    expect(state).toMatchObject({ status: "authenticated", degraded: { code: "id_token_invalid" } });
  });

  it("in the answer of the userinfo endpoint are refused", async () => {
    const { client, server } = await signedIn();
    const body = `{"sub":"ada","deep":${deep}}`;
    const headers = { "content-type": "application/json" };
    server.intercept = ({ path }) => (path === "/userinfo" ? new Response(body, { headers }) : undefined);
    expect(await errorOf(client.userInfo())).toMatchObject({ code: "invalid_response", detail: "claims" });
  });

  it("in a stored ID token do not crash an app at each of its starts", async () => {
    const world = await signedIn();
    const record = JSON.parse(world.store.record!) as Record<string, unknown>;
    const idToken = `e30.${btoa(`{"sub":"ada","deep":${deep}}`)}.e30`;
    await world.store.save(JSON.stringify({ ...record, idToken }));
    const { client } = await restarted(world);
    expect(await client.ready()).toMatchObject({ status: "idle", reason: { code: "record_corrupt" } });
  });

  it("in a discovery document are refused: it stands in every inspection event of a sign-in", async () => {
    const { client } = await arrange({ serverOptions: { metadata: { deep: nested(2_000) } } });
    expect(await errorOf(client.signIn())).toMatchObject({ code: "discovery_failed", detail: "metadata" });
  });

  it("are not what a few levels are: those are shown as they came", async () => {
    const world = await arrange();
    const address = { lines: [{ street: ["1", ["a"]] }] };
    world.server.idTokenClaims = { address };
    expect((await world.client.signIn()).claims).toMatchObject({ address });
  });
});

describe("a server that repeats what it was sent", () => {
  it("as it stood in the form is not repeated by us", async () => {
    const before = await signedIn({}, { scope: "offline_access" });
    const record = JSON.parse(before.store.record!) as Record<string, unknown>;
    const refreshToken = "a+b/c==~d e";
    await before.store.save(JSON.stringify({ ...record, refreshToken }));
    before.server.intercept = ({ path, text }) =>
      path === "/token"
        ? Response.json(
            { error: "invalid_request", error_description: `${text} ${encodeURIComponent(refreshToken)}` },
            { status: 400 },
          )
        : undefined;
    const world = await restarted(before);
    const state = await reached(world.client, isDegraded);
    const told = JSON.stringify([state, world.notices]);
    expect(told).toContain("refresh_token=[secret]");
    expect(told).not.toMatch(/c%3D%3D|a%2Bb/);
  });

  it.each(["constructor", "__proto__", "toString"])(
    "the error %s of a registration has a hint that can be read",
    async (error) => {
      const { server, ports } = await arrange({ serverOptions: { offers: ["registration"] } });
      server.intercept = ({ path }) =>
        path === "/register" ? Response.json({ error }, { status: 400 }) : undefined;
      const { hint } = await errorOf(registerClient(server.issuer, {}, ports));
      expect(hint).toMatch(/^Ask the operator/);
    },
  );
});

describe("an API that refuses each token", () => {
  const refuses = (challenge: string): Response =>
    new Response(null, { status: 401, headers: { "www-authenticate": challenge } });

  it("while the server is busy does not have it asked at each call", async () => {
    const { client, server } = await signedIn();
    const busy = (): Response => new Response(null, { status: 503, headers: { "retry-after": "3600" } });
    server.intercept = ({ path }) =>
      path === "/api" ? refuses('Bearer error="invalid_token"') : path === "/token" ? busy() : undefined;
    for (let call = 0; call < 20; call++) {
      // oxlint-disable-next-line no-await-in-loop
      const error = await errorOf(client.fetch(`${server.issuer}/api`));
      expect(error.code).toBe("temporarily_unavailable");
    }
    expect(refreshes({ server }).length).toBeLessThanOrEqual(3);
  });

  it("is asked again with the same body or not at all: one that is read piece by piece is gone", async () => {
    for (const dpop of [false, true]) {
      // oxlint-disable-next-line no-await-in-loop
      const { client, server } = await signedIn({ serverOptions: { offers: ["dpop"] } }, { dpop });
      server.intercept = ({ path }) =>
        path === "/api" ? refuses('Bearer error="invalid_token"') : undefined;
      async function* body() {
        yield utf8("a note");
      }
      const init = { method: "POST", body: body(), duplex: "half" } as unknown as RequestInit;
      // oxlint-disable-next-line no-await-in-loop
      expect((await client.fetch(`${server.issuer}/api`, init)).status).toBe(401);
      const texts = server.requests.filter(({ path }) => path === "/api").map(({ text }) => text);
      expect(texts).toEqual(["a note"]);
    }
  });
});
