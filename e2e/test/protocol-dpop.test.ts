// Tokens bound to a key (RFC 9449), at a server and an API that check each proof.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryStore, type SessionStore } from "@loopkey/core";
import type { IdentityProviderOptions } from "@loopkey/example-identity-provider";
import { createEncryptedFileStore } from "@loopkey/node-adapter";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  BROWSER_TRAIL,
  createWorld,
  expectNothingLeft,
  trailSince,
  type World,
} from "./support/signing-in.js";

const config = { dpop: true } as const;
const PLAIN: IdentityProviderOptions = { dpop: {} };
const NONCES: IdentityProviderOptions = { dpop: { requireNonce: true, requireApiNonce: true } };
const LOOPBACK = "http://127.0.0.1/callback";

/** What the server and the API turned away so far. */
function refusalsOf({ server }: World): readonly string[] {
  return server.events.flatMap((event) =>
    event.type === "api-refused" || event.type === "request-refused" ? [event.error] : [],
  );
}

function issuedOf({ server }: World): readonly string[] {
  return server.events.flatMap((event) =>
    event.type === "tokens-issued" ? [`${event.grantType}: ${event.tokenType}`] : [],
  );
}

function lastAccessToken({ server }: World): string {
  return server.secrets.findLast(({ kind }) => kind === "access_token")!.value;
}

describe.each([
  ["asks for no nonce", PLAIN, []],
  ["demands its nonces", NONCES, ["use_dpop_nonce", "use_dpop_nonce"]],
] as const)("a server that %s", (_, features, refusals) => {
  it("gets a proof at sign-in and at the API, and turns one away for each nonce at most", async () => {
    const world = await createWorld({ features, config });
    expect(await world.signIn()).toMatchObject({ subject: "account-ada" });
    const response = await world.client.fetch(world.server.apiUrl);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ owner: "Ada Lovelace" });
    expect(refusalsOf(world)).toEqual(refusals);
    expect(issuedOf(world)).toEqual(["authorization_code: DPoP"]);
    expect(world.trail).toEqual(BROWSER_TRAIL);
    await expectNothingLeft(world);
  });

  it("refreshes with the same key, when the access token has expired too", async () => {
    const world = await createWorld({ features: { ...features, accessTokenSeconds: 2 }, config });
    await world.signIn();
    const first = lastAccessToken(world);
    const state = await world.reached(
      (now) => now.status === "authenticated" && lastAccessToken(world) !== first,
    );
    expect(state.status).toBe("authenticated");
    expect((await world.client.fetch(world.server.apiUrl)).status).toBe(200);
    expect(issuedOf(world).slice(0, 2)).toEqual(["authorization_code: DPoP", "refresh_token: DPoP"]);
    expect(new Set(trailSince(world, BROWSER_TRAIL.length))).toEqual(
      new Set(["refreshing", "authenticated"]),
    );
  });

  it("answers twenty calls at once", async () => {
    const world = await createWorld({ features, config });
    await world.signIn();
    const calls = Array.from({ length: 20 }, () => world.client.fetch(world.server.apiUrl));
    const answers = await Promise.all(calls);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  });

  it("tells who somebody is, and lets them sign out", async () => {
    const world = await createWorld({ features, config });
    await world.signIn();
    expect(await world.client.userInfo()).toMatchObject({ sub: "account-ada" });
    expect(await world.client.signOut({ browser: false })).toMatchObject({
      local: "done",
      revocation: "done",
    });
  });
});

describe("a restart", () => {
  it("goes on with the key from the store", async () => {
    const store = createMemoryStore();
    const first = await createWorld({ features: NONCES, config, ports: { store } });
    await first.signIn();
    await first.client.close();
    const second = await createWorld({ server: first.server, config, ports: { store } });
    expect((await second.client.ready()).status).toBe("refreshing");
    expect((await second.client.fetch(second.server.apiUrl)).status).toBe(200);
    expect(second.trail).toEqual(["refreshing", "authenticated"]);
    expect(issuedOf(second)).toEqual(["authorization_code: DPoP", "refresh_token: DPoP"]);
  });

  it("finds the key in an encrypted file, where nobody else does", async () => {
    const { store, contents } = await fileStore();
    const first = await createWorld({ features: PLAIN, config, ports: { store } });
    await first.signIn();
    await first.client.close();
    expect(await contents()).not.toMatch(/"d"|"kty"/);
    const second = await createWorld({ server: first.server, config, ports: { store } });
    expect((await second.client.fetch(second.server.apiUrl)).status).toBe(200);
  });

  it("with another key is over: the server's verdict ends the session", async () => {
    const store = createMemoryStore();
    const first = await createWorld({ features: PLAIN, config, ports: { store } });
    await first.signIn();
    await first.client.close();
    const record = await recordIn(store);
    const { x, y, d } = await anotherKey();
    await store.save(JSON.stringify({ ...record, dpopKey: { ...record.dpopKey, x, y, d } }));
    const second = await createWorld({ server: first.server, config, ports: { store } });
    await second.reached(({ status }) => status === "logged-out");
    await expect(second.client.fetch(second.server.apiUrl)).rejects.toMatchObject({ code: "session_ended" });
    expect(second.trail).toEqual(["refreshing", "logged-out"]);
    expect(await store.load()).toBeNull();
  });

  it("leaves a session that is not bound alone until a sign-in replaces it", async () => {
    const store = createMemoryStore();
    const first = await createWorld({ features: PLAIN, ports: { store } });
    await first.signIn();
    await first.client.close();
    const before = await store.load();
    const second = await createWorld({ server: first.server, config, ports: { store } });
    expect((await second.client.ready()).status).toBe("idle");
    expect(await store.load()).toBe(before);
    await second.signIn();
    expect((await recordIn(store)).dpopKey.kty).toBe("EC");
  });

  it("goes on with a bound session where dpop is no longer asked for, and still gives out no bare token", async () => {
    const store = createMemoryStore();
    const first = await createWorld({ features: PLAIN, config, ports: { store } });
    await first.signIn();
    await first.client.close();
    const second = await createWorld({ server: first.server, ports: { store } });
    expect((await second.client.fetch(second.server.apiUrl)).status).toBe(200);
    await expect(second.client.getAccessToken()).rejects.toMatchObject({ code: "invalid_config" });
  });
});

describe("the bound token", () => {
  it("is refused by the API as bearer, and not given out to be sent as one", async () => {
    const world = await createWorld({ features: PLAIN, config });
    // Said before anybody has signed in: who writes the app should hear of it.
    await expect(world.client.getAccessToken()).rejects.toMatchObject({ code: "invalid_config" });
    await world.signIn();
    const stolen = await fetch(world.server.apiUrl, {
      headers: { authorization: `Bearer ${lastAccessToken(world)}` },
    });
    expect(stolen.status).toBe(401);
    expect(stolen.headers.get("www-authenticate")).toMatch(/^DPoP error="invalid_token"/);
    await expect(world.client.getAccessToken()).rejects.toMatchObject({
      code: "invalid_config",
      detail: "dpop",
      hint: expect.stringContaining("client.fetch"),
    });
  });

  it("is of another key after each sign-in", async () => {
    const store = createMemoryStore();
    const world = await createWorld({ features: PLAIN, config, ports: { store } });
    const keys = new Set<unknown>();
    for (let times = 0; times < 2; times += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await world.signIn();
      // oxlint-disable-next-line no-await-in-loop
      keys.add((await recordIn(store)).dpopKey.x);
    }
    expect(keys.size).toBe(2);
  });
});

describe("who does not agree", () => {
  it("a server without DPoP is unsupported_by_server, before a browser opens", async () => {
    const world = await createWorld({ config });
    await expect(world.signIn()).rejects.toMatchObject({
      code: "unsupported_by_server",
      detail: "dpop_signing_alg_values_supported",
    });
    expect(world.server.paths()).not.toContain("/oauth/authorize");
    expect(world.trail).toEqual(["awaiting-callback/preparing", "idle"]);
    await expectNothingLeft(world);
  });

  it("a server that wants proofs of this client is told apart from one that is broken", async () => {
    const clients = [{ clientId: "bound", redirectUris: [LOOPBACK], dpopBoundAccessTokens: true }];
    const world = await createWorld({ features: { ...PLAIN, clients } });
    await expect(world.signIn()).rejects.toMatchObject({
      code: "authorization_failed",
      oauthError: "invalid_grant",
    });
    expect(world.client.getState().status).toBe("idle");
  });

  it("without dpop the tokens are bearer tokens, also where the server has DPoP", async () => {
    const world = await createWorld({ features: PLAIN });
    await world.signIn();
    expect((await world.client.fetch(world.server.apiUrl)).status).toBe(200);
    expect(issuedOf(world)).toEqual(["authorization_code: Bearer"]);
  });
});

it("with PAR and resources, all at once", async () => {
  const features: IdentityProviderOptions = {
    ...NONCES,
    pushedRequests: "required",
    resources: [{ path: "/api/notes", accessTokenFormat: "jwt" }],
  };
  const world = await createWorld({
    features,
    config: ({ apiUrl }) => ({ ...config, resource: apiUrl, scope: "openid offline_access notes:read" }),
  });
  await world.signIn();
  expect((await world.client.fetch(world.server.apiUrl)).status).toBe(200);
  expect(lastAccessToken(world).split(".")).toHaveLength(3);
  expect(world.trail).toEqual(BROWSER_TRAIL);
});

interface Key {
  readonly kty: string;
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

async function recordIn(store: SessionStore): Promise<{ readonly dpopKey: Key }> {
  return JSON.parse((await store.load())!) as { dpopKey: Key };
}

async function anotherKey(): Promise<Key> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  return (await crypto.subtle.exportKey("jwk", privateKey)) as unknown as Key;
}

async function fileStore(): Promise<{ store: SessionStore; contents: () => Promise<string> }> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-e2e-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "session");
  const store = createEncryptedFileStore({
    file: path,
    secret: async () => ({ passphrase: "a passphrase" }),
  });
  return { store, contents: () => readFile(path, "latin1") };
}
