// What the answer to a refresh says of the session, and what it says of whether the refresh token is spent.
import { describe, expect, it } from "vitest";
import { alterRefresh, answerRefresh } from "../support/refreshing.js";
import {
  codeOf,
  degradedOf,
  errorOf,
  createTestStore,
  arrange,
  refreshes,
  inTime,
  signedIn,
  type World,
} from "../support/world.js";

const renewed = { forceRefresh: true } as const;
const json = (status: number, body: object, headers = {}) => Response.json(body, { status, headers });
const html = (status: number) =>
  new Response("<h1>Welcome to the hotel</h1>", { status, headers: { "content-type": "text/html" } });

/** What the end of the grant is called, after a refresh that was answered so. */
async function calledAfter(world: World, answer: () => Response): Promise<string> {
  answerRefresh(world, answer);
  await errorOf(world.client.getAccessToken(renewed));
  answerRefresh(world, () => json(400, { error: "invalid_grant" }));
  return codeOf(world.client.getAccessToken(renewed));
}

describe("whether the server has said something is remembered", () => {
  it.each<[string, () => Response]>([
    ["an error of the protocol", () => json(400, { error: "invalid_request" })],
    ["an error of the protocol, with another status", () => json(403, { error: "invalid_scope" })],
    [
      "a challenge",
      () => new Response(null, { status: 401, headers: { "www-authenticate": "Basic realm=x" } }),
    ],
    ["an answer that lacks a token", () => json(200, { token_type: "Bearer" })],
    ["a wait that it asks for", () => json(429, {})],
  ])("after %s the end of the grant is an end of the grant", async (_, answer) => {
    expect(await calledAfter(await signedIn(), answer)).toBe("session_ended");
  });

  it.each<[string, () => Response]>([
    ["a page that is not there", () => html(404)],
    ["a refusal that says nothing", () => json(400, {})],
    ["a server that is away", () => html(503)],
  ])("after %s an answer may have been lost", async (_, answer) => {
    expect(await calledAfter(await signedIn(), answer)).toBe("answer_lost");
  });

  it.each<[string, () => Response]>([
    ["a gateway whose server is away", () => html(502)],
    ["a server that broke down", () => json(500, { error: "server_error" })],
    ["a page of somebody in between", () => html(200)],
  ])("%s is asked once more at once, and no third time", async (_, answer) => {
    const world = await signedIn();
    answerRefresh(world, answer);
    const asked = errorOf(world.client.getAccessToken(renewed));
    await inTime(world, asked);
    expect(refreshes(world)).toHaveLength(2);
  });
});

it("what the server repeats of the refresh token is not shown", async () => {
  const world = await signedIn();
  const token = world.server.secrets.find((secret) => secret.startsWith("refresh-"))!;
  answerRefresh(world, () => json(400, { error: "invalid_request", error_description: `What is ${token}?` }));
  const error = await errorOf(world.client.getAccessToken(renewed));
  const shown = JSON.stringify([error, error.message, degradedOf(world.client.getState())]);
  expect(refreshes(world)).toHaveLength(1);
  expect(shown).toContain("What is");
  expect(shown).not.toContain(token);
});

describe("why an ID token does not hold is said", () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      "another person's",
      { sub: "eve" },
      { message: /names another person/, detail: "sub", hint: /mixed up people/ },
    ],
    ["another sign-in's", { nonce: "x" }, { message: /of another sign-in/, detail: "nonce", hint: /./ }],
  ])("%s", async (_, claims, { message, detail, hint }) => {
    const world = await signedIn();
    world.server.idTokenClaims = claims;
    await errorOf(world.client.getAccessToken(renewed));
    expect(refreshes(world)).toHaveLength(1);
    expect(degradedOf(world.client.getState())).toMatchObject({
      code: "id_token_invalid",
      message: expect.stringMatching(message as RegExp) as unknown,
      detail,
      hint: expect.stringMatching(hint as RegExp) as unknown,
    });
  });

  it("none, where one is owed", async () => {
    const world = await signedIn();
    world.server.idTokenClaims = { sub: "eve" };
    await errorOf(world.client.getAccessToken(renewed));
    alterRefresh(world, (answer) => delete answer["id_token"]);
    await errorOf(world.client.getAccessToken(renewed));
    expect(degradedOf(world.client.getState())).toMatchObject({
      code: "id_token_invalid",
      message: "No ID token shows that the refreshed tokens are this person's.",
      detail: "sub",
      hint: expect.stringContaining("mixed up people") as unknown,
    });
  });
});

describe("a record that says less than one of today is compared with what it says", () => {
  const unsigned = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;

  /** Another process finds the record so. */
  async function found(change: (record: Record<string, unknown>) => void, config = {}): Promise<World> {
    const { client, clock, server, store } = await signedIn({}, config);
    const record = JSON.parse(store.record!) as Record<string, unknown>;
    change(record);
    await client.close();
    const more = { refreshOnStart: false, ...config };
    return arrange({ clock, server, store: createTestStore(JSON.stringify(record)) }, more);
  }

  it.each<[string, (record: Record<string, unknown>) => void]>([
    ["the ID token had no nonce", (record) => (record["idToken"] = unsigned({ sub: "ada" }))],
    ["there was no ID token", (record) => delete record["idToken"]],
    ["whose ID tokens were taken was not kept", (record) => delete record["idTokenIssuer"]],
    [
      "nobody knew whose it was",
      (record) => {
        delete record["idToken"];
        delete record["subject"];
        delete record["idTokenIssuer"];
      },
    ],
  ])("%s", async (_, change) => {
    const world = await found(change);
    expect(await world.client.getAccessToken()).toMatch(/^access-/);
    expect(degradedOf(world.client.getState())).toBeUndefined();
  });
});
