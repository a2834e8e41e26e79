// A person is `iss` and `sub`: when an answer that was refused puts a session in doubt, when not, and how that ends.
import { describe, expect, it } from "vitest";
import type { AuthConfig } from "../../src/index.js";
import { alterRefresh, answerRefresh } from "../support/refreshing.js";
import {
  codeOf,
  degradedOf,
  errorOf,
  HOUR,
  MINUTE,
  pass,
  quiet,
  reached,
  refreshes,
  restarted,
  signedIn,
  is,
  type World,
} from "../support/world.js";

type Json = Readonly<Record<string, unknown>>;

const recordOf = ({ store }: World): Json => JSON.parse(store.record!) as Json;
const renew = (world: World): Promise<string> => world.client.getAccessToken({ forceRefresh: true });

/** What is wrong with the ID token, by its claims. */
const withClaims =
  (claims: Json) =>
  ({ server }: World): void =>
    void (server.idTokenClaims = claims);

/** A signature that is of something else. */
function spoilSignature(world: World): void {
  alterRefresh(world, (answer) => {
    const [header, payload] = String(answer["id_token"]).split(".");
    answer["id_token"] = `${header}.${payload}.${"A".repeat(86)}`;
  });
}

/** The keys are asked for again and again, and do not come. */
function withoutKeys(world: World, answer: () => Response): void {
  const { intercept } = world.server;
  world.server.intercept = (request) => (request.path === "/jwks" ? answer() : intercept?.(request));
}

describe("a refused answer puts the session in doubt", () => {
  it.each([
    ["when its ID token is of another sub", withClaims({ sub: "eve" })],
    [
      "when its ID token is of another issuer, and the same sub",
      withClaims({ iss: "https://id.example/eve" }),
    ],
    [
      "when it is of another sub, whatever else is wrong with it",
      withClaims({ sub: "eve", exp: 1, aud: "x" }),
    ],
    ["when its signature fails against keys fetched anew", spoilSignature],
  ])("%s", async (_, arrangeFault) => {
    const world = await signedIn();
    arrangeFault(world);
    expect(await codeOf(renew(world))).toBe("temporarily_unavailable");
    expect(recordOf(world)).toMatchObject({ subjectInDoubt: true, subject: "ada" });
  });

  it("also when it brings no new refresh token", async () => {
    const world = await signedIn();
    alterRefresh(world, (answer) => void delete answer["refresh_token"]);
    world.server.idTokenClaims = { sub: "eve" };
    expect(await codeOf(renew(world))).toBe("temporarily_unavailable");
    expect(recordOf(world)).toMatchObject({ subjectInDoubt: true });
  });
});

describe("a refused answer does not put the session in doubt", () => {
  it.each([
    ["when its ID token has expired", withClaims({ exp: 1 })],
    ["when its ID token is for another client", withClaims({ aud: "other" })],
    ["when its ID token is of another sign-in", withClaims({ nonce: "x" })],
  ])("%s", async (_, arrangeFault) => {
    const world = await signedIn();
    arrangeFault(world);
    expect(await codeOf(renew(world))).toBe("temporarily_unavailable");
    expect(recordOf(world)).toMatchObject({ generation: 2 });
    expect(recordOf(world)).not.toHaveProperty("subjectInDoubt");
  });

  it.each([
    ["are busy", () => new Response(null, { status: 503 })],
    ["are gone", () => new Response(null, { status: 404 })],
    ["are a web page", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["are cut off", () => new Response('{"keys":[', { headers: { "content-type": "application/json" } })],
  ])("when the keys %s, whoever its ID token names", async (_, keys) => {
    for (const arrangeFault of [
      withClaims({ sub: "eve" }),
      withClaims({ iss: "https://x" }),
      spoilSignature,
    ]) {
      const before = await signedIn();
      const world = await restarted(before, { refreshOnStart: false });
      arrangeFault(world);
      withoutKeys(world, keys);
      expect(await codeOf(renew(world))).toBe("temporarily_unavailable");
      expect(recordOf(world)).not.toHaveProperty("subjectInDoubt");
    }
  });

  it("when it was the keys that were old", async () => {
    const world = await signedIn();
    await renew(world);
    expect(recordOf(world)).not.toHaveProperty("subjectInDoubt");
  });
});

it("the hint of another sub speaks of the server, not of the clock", async () => {
  for (const claims of [{ sub: "eve" }, { nonce: "x" }]) {
    const world = await signedIn();
    world.server.idTokenClaims = claims;
    await codeOf(renew(world));
    const { hint } = degradedOf(world.client.getState())!;
    expect(hint).not.toMatch(/clock/);
    expect(hint).toMatch(/server/);
  }
});

const withoutIdToken = () =>
  Response.json({ access_token: "access-of-whom", token_type: "Bearer", expires_in: 3600 });

async function inDoubt(config: Partial<AuthConfig> = {}): Promise<World> {
  const world = await signedIn({}, config);
  world.server.idTokenClaims = { sub: "eve" };
  await codeOf(renew(world));
  answerRefresh(world, withoutIdToken);
  return world;
}

describe("after three answers without an ID token a session in doubt", () => {
  it("says sign_in_required, and stays stored", async () => {
    const world = await inDoubt();
    for (let answer = 1; answer <= 3; answer++) {
      expect(await codeOf(renew(world))).toBe("temporarily_unavailable");
      expect(recordOf(world)).toMatchObject({ subjectInDoubt: true, answersInDoubt: answer });
    }
    const asked = refreshes(world).length;
    expect(await errorOf(renew(world))).toMatchObject({ code: "sign_in_required", detail: "in doubt" });
    expect(await codeOf(world.client.getAccessToken())).toBe("sign_in_required");
    expect(world.client.getState()).toMatchObject({ status: "idle", reason: { code: "sign_in_required" } });
    expect(refreshes(world)).toHaveLength(asked);
    expect(recordOf(world)).toMatchObject({ subject: "ada", subjectInDoubt: true });
  });

  it("gives out its old access token as long as that is good, and then comes to rest", async () => {
    const world = await inDoubt();
    const token = await world.client.getAccessToken();
    for (let answer = 1; answer <= 3; answer++) await codeOf(renew(world));
    expect(world.client.getState()).toMatchObject({
      status: "authenticated",
      degraded: { code: "sign_in_required" },
    });
    const asked = refreshes(world).length;
    expect(await world.client.getAccessToken()).toBe(token);
    await pass(world, 50 * MINUTE);
    expect(await world.client.getAccessToken()).toBe(token);
    await pass(world, 11 * MINUTE);
    expect((await reached(world.client, is("idle"))).status).toBe("idle");
    expect(await codeOf(world.client.getAccessToken())).toBe("sign_in_required");
    expect(refreshes(world)).toHaveLength(asked);
    expect(recordOf(world)).toMatchObject({ subject: "ada" });
  });

  it("is counted over all processes, and the next one says so at its start", async () => {
    let world = await inDoubt();
    for (let answer = 1; answer <= 3; answer++) {
      world = await restarted(world, { refreshOnStart: false });
      answerRefresh(world, withoutIdToken);
      expect(await codeOf(world.client.getAccessToken())).toBe("temporarily_unavailable");
    }
    const asked = refreshes(world).length;
    const { client, server } = await restarted(world);
    expect(await client.ready()).toMatchObject({
      status: "idle",
      reason: { code: "sign_in_required", detail: "in doubt" },
    });
    await quiet();
    expect(refreshes({ server })).toHaveLength(asked);
  });

  it("is ended by a sign-in", async () => {
    const world = await inDoubt();
    for (let answer = 1; answer <= 3; answer++) await codeOf(renew(world));
    world.server.intercept = undefined;
    world.server.idTokenClaims = {};
    await world.client.signIn();
    expect(await renew(world)).toMatch(/^access-/);
    expect(recordOf(world)).not.toHaveProperty("subjectInDoubt");
    expect(recordOf(world)).not.toHaveProperty("answersInDoubt");
  });

  it("can be signed out while it still has a token", async () => {
    const world = await inDoubt();
    for (let answer = 1; answer <= 3; answer++) await codeOf(renew(world));
    expect(await world.client.signOut()).toMatchObject({ local: "done" });
    expect(world.store.record).toBeNull();
  });
});

it("an ID token of the same person in between ends the doubt, and what was counted", async () => {
  const world = await inDoubt();
  await codeOf(renew(world));
  await codeOf(renew(world));
  world.server.intercept = undefined;
  world.server.idTokenClaims = {};
  expect(await renew(world)).toMatch(/^access-/);
  expect(recordOf(world)).not.toHaveProperty("subjectInDoubt");
  answerRefresh(world, withoutIdToken);
  expect(await renew(world)).toBe("access-of-whom");
});

describe("who signed in is stored with the session", () => {
  it("by the issuer of the ID token, at the sign-in and at a refresh", async () => {
    const world = await signedIn();
    expect(recordOf(world)).toMatchObject({ idTokenIssuer: "https://id.example", subject: "ada" });
    await renew(world);
    expect(recordOf(world)).toMatchObject({ idTokenIssuer: "https://id.example", generation: 2 });
  });

  it("a session of before that has it from its ID token", async () => {
    const world = await signedIn();
    const { idTokenIssuer: _, ...older } = recordOf(world);
    await world.store.save(JSON.stringify(older));
    const later = await restarted(world, { refreshOnStart: false });
    later.server.idTokenClaims = { iss: "https://other.example" };
    await codeOf(later.client.getAccessToken());
    expect(recordOf(later)).toMatchObject({ subjectInDoubt: true, idTokenIssuer: "https://id.example" });
  });

  it("a session without an ID token has neither, and no doubt comes up about it", async () => {
    const world = await signedIn({}, { scope: "offline_access" });
    expect(recordOf(world)).not.toHaveProperty("idTokenIssuer");
    answerRefresh(world, () => Response.json({ access_token: "line\nbreak", token_type: "Bearer" }));
    await codeOf(renew(world));
    await pass(world, HOUR);
    expect(recordOf(world)).not.toHaveProperty("subjectInDoubt");
    expect(recordOf(world)).not.toHaveProperty("answersInDoubt");
  });
});
