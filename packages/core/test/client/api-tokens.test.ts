// Tokens for several APIs from one session (RFC 8707 2.2): each API its own, and the session none the worse.
import { describe, expect, it } from "vitest";
import { createAuthClient, type AuthConfig } from "../../src/index.js";
import {
  arrange,
  codeOf,
  degradedOf,
  errorOf,
  HOUR,
  MINUTE,
  pass,
  refreshes,
  restarted,
  SECOND,
  signedIn,
  type World,
} from "../support/world.js";

const NOTES = "https://notes.example";
const MAIL = "https://mail.example";
const config: Partial<AuthConfig> = {
  resource: [NOTES, MAIL],
  apiOrigins: [
    { origin: NOTES, resource: NOTES },
    { origin: MAIL, resource: MAIL, scope: "mail.read" },
    "https://plain.example",
  ],
};

/** Of each token request after the sign-in: what it was for. */
function askedFor(world: Parameters<typeof refreshes>[0]) {
  return refreshes(world).map(({ body }) => [body.getAll("resource").join(" "), body.get("scope")]);
}

describe("getAccessToken({ resource, scope })", () => {
  it("gives a token for that API alone, kept by itself and renewed when it is due", async () => {
    const world = await signedIn({}, config);
    const own = await world.client.getAccessToken();
    const notes = await world.client.getAccessToken({ resource: NOTES });
    const mail = await world.client.getAccessToken({ resource: MAIL, scope: "mail.read" });
    expect(new Set([own, notes, mail]).size).toBe(3);
    expect(await world.client.getAccessToken({ resource: NOTES })).toBe(notes);
    expect(await world.client.getAccessToken()).toBe(own);
    expect(askedFor(world)).toEqual([
      [NOTES, null],
      [MAIL, "mail.read"],
    ]);
    await pass(world, 56 * MINUTE);
    expect(await world.client.getAccessToken({ resource: NOTES })).not.toBe(notes);
    expect(world.server.violations).toEqual([]);
  });

  it("leaves a session at rest that nobody has asked for: only the API's token is asked for", async () => {
    const resting = { ...config, keepAccessToken: "store", refreshOnStart: false } as const;
    const first = await signedIn({}, resting);
    await first.client.close();
    first.clock.sleep(2 * HOUR);
    const world = await restarted(first, resting);
    const from = askedFor(world).length;
    await world.client.getAccessToken({ resource: NOTES });
    await pass(world, SECOND);
    expect(askedFor(world).slice(from)).toEqual([[NOTES, null]]);
    await world.client.getAccessToken();
    expect(askedFor(world)).toHaveLength(from + 2);
  });

  it("asks once for callers at the same time, and never twice with one refresh token", async () => {
    const world = await signedIn({}, config);
    const [a, b, c, d] = await Promise.all([
      world.client.getAccessToken({ resource: NOTES }),
      world.client.getAccessToken({ resource: NOTES }),
      world.client.getAccessToken({ resource: MAIL }),
      world.client.getAccessToken({ forceRefresh: true }),
    ]);
    expect(a).toBe(b);
    expect(new Set([a, c, d]).size).toBe(3);
    expect(refreshes(world)).toHaveLength(3);
    expect(world.server.reuses).toBe(0);
    expect(world.server.violations).toEqual([]);
  });

  it("changes nothing of the session that anybody sees", async () => {
    const world = await signedIn({}, config);
    const before = world.client.getState();
    world.server.tokenMembers = { scope: "something else" };
    const seen = world.states.length;
    await world.client.getAccessToken({ resource: NOTES });
    const after = world.client.getState();
    expect("session" in after && after.session).toEqual("session" in before && before.session);
    expect(world.states.slice(seen).map(({ status }) => status)).not.toContain("refreshing");
  });

  it("keeps the refresh token of its answer: the next process goes on with it", async () => {
    const first = await signedIn({}, config);
    await first.client.getAccessToken({ resource: NOTES });
    const world = await restarted(first, config);
    await world.client.getAccessToken();
    expect(world.server.reuses).toBe(0);
    expect(world.server.violations).toEqual([]);
  });

  it("is kept in the store where the app keeps access tokens there, and only there", async () => {
    const kept = { ...config, keepAccessToken: "store" } as const;
    const first = await signedIn({}, kept);
    const notes = await first.client.getAccessToken({ resource: NOTES });
    const world = await restarted(first, kept);
    expect(await world.client.getAccessToken({ resource: NOTES })).toBe(notes);
    const other = await signedIn({}, config);
    expect(other.store.record).not.toContain(await other.client.getAccessToken({ resource: NOTES }));
  });

  it("that is refused rejects that call, and degrades nothing", async () => {
    const world = await signedIn({}, config);
    const own = await world.client.getAccessToken();
    const record = world.store.record;
    for (const error of [
      "invalid_target",
      "invalid_scope",
      "invalid_grant",
      "consent_required",
      "invalid_request",
    ]) {
      world.server.intercept = ({ path, body }) =>
        path === "/token" && body.get("resource") === NOTES
          ? Response.json({ error }, { status: 400 })
          : undefined;
      // oxlint-disable-next-line no-await-in-loop
      const refusal = await errorOf(world.client.getAccessToken({ resource: NOTES, forceRefresh: true }));
      expect(refusal.oauthError).toBe(error);
      // The request is what such a server refuses here: another sign-in would not help.
      if (error === "invalid_request") expect(refusal.code).toBe("authorization_failed");
      expect(world.client.getState().status).toBe("authenticated");
      expect(degradedOf(world.client.getState())).toBeUndefined();
      expect(world.store.record).toBe(record);
    }
    world.server.intercept = undefined;
    expect(await world.client.getAccessToken()).toBe(own);
    expect(await world.client.getAccessToken({ forceRefresh: true })).not.toBe(own);
  });

  it("that is refused is not asked for again at each call", async () => {
    const world = await signedIn({}, config);
    const stranger = "https://stranger.example";
    for (let call = 0; call < 50; call++)
      // oxlint-disable-next-line no-await-in-loop
      expect((await errorOf(world.client.getAccessToken({ resource: stranger }))).oauthError).toBe(
        "invalid_target",
      );
    expect(refreshes(world)).toHaveLength(1);
    await pass(world, 2 * SECOND);
    await errorOf(world.client.getAccessToken({ resource: stranger }));
    expect(refreshes(world)).toHaveLength(2);
  });

  it("whose answer is lost rejects that call, and the session is renewed at once", async () => {
    const world = await signedIn({}, config);
    world.server.refreshGraceSeconds = 60;
    let lost = 0;
    world.server.intercept = ({ path, body }) => {
      if (path !== "/token" || body.get("resource") !== NOTES || body.getAll("resource").length > 1)
        return undefined;
      lost++;
      throw new TypeError("fetch failed");
    };
    expect(await codeOf(world.client.getAccessToken({ resource: NOTES }))).toBe("temporarily_unavailable");
    await pass(world, MINUTE);
    expect(lost).toBe(1);
    expect(refreshes(world).length).toBeGreaterThan(1);
    expect(degradedOf(world.client.getState())).toBeUndefined();
  });

  it("keeps 32 of them, those that came last", async () => {
    const world = await signedIn({}, { keepAccessToken: "store" });
    for (let api = 0; api < 34; api++)
      // oxlint-disable-next-line no-await-in-loop
      await world.client.getAccessToken({ scope: `api.${api}` });
    const { tokens } = JSON.parse(world.store.record!) as { tokens: readonly { scope: string }[] };
    expect(tokens.map(({ scope }) => scope)).toEqual(
      Array.from({ length: 32 }, (_, api) => `api.${api + 2}`),
    );
  });

  it("of nobody says so, and a wrong one is a mistake", async () => {
    const { client } = await arrange();
    expect(await codeOf(client.getAccessToken({ resource: NOTES }))).toBe("sign_in_required");
    expect(await errorOf(client.getAccessToken({ resource: "notes" }))).toMatchObject({
      code: "invalid_config",
      detail: "resource",
    });
    expect(await codeOf(client.getAccessToken({ scope: " " }))).toBe("invalid_config");
  });

  it("of another person is refused, and the session is in doubt as after any refresh", async () => {
    const world = await signedIn({}, config);
    world.server.idTokenClaims = { sub: "mallory" };
    expect(await codeOf(world.client.getAccessToken({ resource: NOTES }))).toBe("id_token_invalid");
    expect(JSON.parse(world.store.record!)).toMatchObject({ subjectInDoubt: true });
  });

  it("ends with its signal, for this call alone", async () => {
    const { client } = await signedIn({}, config);
    const leaving = new AbortController();
    const left = client.getAccessToken({ resource: NOTES, signal: leaving.signal });
    const stays = client.getAccessToken({ resource: NOTES });
    leaving.abort();
    expect(await codeOf(left)).toBe("cancelled");
    expect(await stays).toMatch(/^access-/);
  });

  it("goes with the session: a sign-out leaves none, and a sign-in begins without", async () => {
    const world = await signedIn({}, config);
    const notes = await world.client.getAccessToken({ resource: NOTES });
    await world.client.signOut({ browser: false });
    expect(await codeOf(world.client.getAccessToken({ resource: NOTES }))).toBe("signed_out");
    await world.client.signIn();
    expect(await world.client.getAccessToken({ resource: NOTES })).not.toBe(notes);
  });
});

describe("fetch", () => {
  it("sends each API its own token: that of one is never seen at another", async () => {
    const world = await signedIn({}, config);
    const { client, server } = world;
    for (const origin of [NOTES, MAIL, "https://plain.example", server.issuer, NOTES])
      // oxlint-disable-next-line no-await-in-loop
      await client.fetch(`${origin}/api`);
    const sent = new Map<string, Set<string | null>>();
    for (const { url, path, authorization } of server.requests)
      if (path === "/api") sent.set(url.origin, (sent.get(url.origin) ?? new Set()).add(authorization));
    const own = `Bearer ${await client.getAccessToken()}`;
    expect(sent.get(NOTES)).toEqual(new Set([`Bearer ${await client.getAccessToken({ resource: NOTES })}`]));
    expect(sent.get(MAIL)).toEqual(
      new Set([`Bearer ${await client.getAccessToken({ resource: MAIL, scope: "mail.read" })}`]),
    );
    expect(sent.get("https://plain.example")).toEqual(new Set([own]));
    expect(sent.get(server.issuer)).toEqual(new Set([own]));
    expect(new Set([...sent.values()].flatMap((each) => [...each])).size).toBe(3);
  });

  /** The one API to the other. */
  function redirectNotes({ server }: World, status: number): void {
    server.intercept = ({ url }) =>
      url.origin === NOTES ? new Response(null, { status, headers: { location: `${MAIL}/api` } }) : undefined;
  }

  it("takes no token along where one API redirects to another", async () => {
    const world = await signedIn({}, config);
    redirectNotes(world, 302);
    await world.client.fetch(`${NOTES}/api`);
    const arrived = world.server.requests.filter(({ url }) => url.origin === MAIL);
    expect(arrived.map(({ authorization }) => authorization)).toEqual([null]);
  });

  it("takes none along through a fetch that keeps it on redirects: it is asked for none", async () => {
    const world = await signedIn({}, config);
    redirectNotes(world, 307);
    /** As Electron's net.fetch. */
    const careless: typeof fetch = async (input, init) => {
      const response = await world.server.fetch(input, { ...init, redirect: "manual" });
      const location = response.headers.get("location");
      return location === null || init?.redirect === "manual"
        ? response
        : world.server.fetch(location, { ...init });
    };
    const { client } = world;
    const other = createAuthClient(
      { issuer: world.server.issuer, clientId: "app", ...config },
      { ...world.ports, fetch: careless },
    );
    await other.ready();
    const response = await other.fetch(`${NOTES}/api`, { method: "POST", body: "a note" });
    expect(response.redirected).toBe(true);
    const arrived = world.server.requests.filter(({ url }) => url.origin === MAIL);
    expect(arrived.map(({ method, authorization }) => [method, authorization])).toEqual([["POST", null]]);
    await Promise.all([client.close(), other.close()]);
  });

  it("renews the token that its API refuses, and no other", async () => {
    const world = await signedIn({}, config);
    const own = await world.client.getAccessToken();
    const notes = await world.client.getAccessToken({ resource: NOTES });
    world.server.intercept = ({ url, authorization }) =>
      url.origin === NOTES && authorization === `Bearer ${notes}`
        ? new Response(null, { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } })
        : undefined;
    expect((await world.client.fetch(`${NOTES}/api`)).status).toBe(200);
    expect(await world.client.getAccessToken()).toBe(own);
    expect(askedFor(world)).toEqual([
      [NOTES, null],
      [NOTES, null],
    ]);
  });

  it("makes proofs with the session's key for each of them", async () => {
    const options = { serverOptions: { offers: ["dpop"] as const } };
    const world = await signedIn(options, {
      dpop: true,
      resource: [NOTES],
      apiOrigins: [{ origin: "https://id.example", resource: NOTES }],
    });
    expect((await world.client.fetch("https://id.example/api")).status).toBe(200);
    expect(world.server.violations).toEqual([]);
    await pass(world, HOUR);
    expect(world.server.violations).toEqual([]);
  });
});
