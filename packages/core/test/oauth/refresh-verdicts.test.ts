// What a refusal of a refresh is taken for: the end of the client's secret, the end of the grant, or neither.
import { describe, expect, it } from "vitest";
import { actorOf } from "../../src/client/actor-of.js";
import { RefreshFailure } from "../../src/oauth/refresh-request.js";
import { createFakeClock } from "../../src/testing/index.js";
import { answerRefresh } from "../support/refreshing.js";
import { degradedOf, errorOf, HOUR, MINUTE, refreshes, signedIn, type World } from "../support/world.js";

const renewed = { forceRefresh: true } as const;
const SECRET = "hush-hush";
const serverOptions = { clientAuth: { secret: SECRET } };

const json = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  Response.json(body, { status, headers });
const challenge = (status: number): Response =>
  new Response(null, { status, headers: { "www-authenticate": 'Basic realm="x"' } });
const bare = (status: number): Response => new Response(null, { status });

/** A client whose secret ends in so many milliseconds, by its own clock. */
const whoseSecretEndsIn = (ms: number): Promise<World> =>
  signedIn({ serverOptions }, { clientSecret: SECRET, clientSecretExpiresAt: Date.now() + ms });

async function degradedAfter(world: World, answer: () => Response) {
  answerRefresh(world, answer);
  await errorOf(world.client.getAccessToken(renewed));
  return degradedOf(world.client.getState());
}

/** What is caught where the machine is looked at. */
async function failureOf(world: World, answer: () => Response | Promise<Response>): Promise<RefreshFailure> {
  const failures: unknown[] = [];
  actorOf(world.client).system.inspect((inspected) => {
    if (inspected.type === "@xstate.event" && inspected.event.type === "xstate.error.actor.refreshSession")
      failures.push((inspected.event as unknown as { readonly error: unknown }).error);
  });
  answerRefresh(world, answer);
  await errorOf(world.client.getAccessToken(renewed));
  expect(failures).toHaveLength(1);
  expect(failures[0]).toBeInstanceOf(RefreshFailure);
  return failures[0] as RefreshFailure;
}

describe("that the client's secret has ended explains", () => {
  it.each<[string, () => Response]>([
    ["invalid_client", () => json(401, { error: "invalid_client" })],
    ["invalid_client with another status", () => json(400, { error: "invalid_client" })],
    ["a challenge of the token endpoint", () => challenge(401)],
  ])("%s", async (_, answer) => {
    const world = await whoseSecretEndsIn(MINUTE);
    await world.clock.advance(2 * MINUTE);
    const degraded = await degradedAfter(world, answer);
    expect(degraded).toMatchObject({ code: "authorization_failed" });
    expect(degraded?.hint).toMatch(/^The client's secret ended on .* Register the client again/);
  });

  it.each<[string, () => Response]>([
    ["another error with the status 401", () => json(401, { error: "unauthorized_client" })],
    ["a challenge with another status", () => challenge(403)],
    ["a 401 that says nothing and asks for nothing", () => bare(401)],
    ["the end of the access", () => json(400, { error: "access_denied" })],
  ])("but not %s", async (_, answer) => {
    const world = await whoseSecretEndsIn(MINUTE);
    await world.clock.advance(2 * MINUTE);
    const degraded = await degradedAfter(world, answer);
    expect(degraded).toBeDefined();
    expect(degraded?.hint ?? "").not.toContain("secret ended");
  });

  const refusedAt = (world: World, ahead: number) => (): Response =>
    json(401, { error: "invalid_client" }, { date: new Date(world.clock.now() + ahead + 999).toUTCString() });

  it.each([
    ["which has it already", HOUR, 2 * HOUR, true],
    ["which has it not yet", -MINUTE, -HOUR, false],
  ])("by the server's clock, %s", async (_, endsIn, ahead, isExplained) => {
    const world = await whoseSecretEndsIn(Math.max(endsIn, MINUTE));
    if (endsIn < 0) await world.clock.advance(MINUTE - endsIn);
    const degraded = await degradedAfter(world, refusedAt(world, ahead));
    expect(degraded).toMatchObject({ code: "authorization_failed" });
    expect(/secret ended/.test(degraded?.hint ?? "")).toBe(isExplained);
  });

  it("from the very moment of its end", async () => {
    const clock = createFakeClock();
    const end = clock.now() + 2 * MINUTE;
    const world = await signedIn(
      { clock, serverOptions },
      { clientSecret: SECRET, clientSecretExpiresAt: end },
    );
    await clock.advance(end - clock.now());
    const degraded = await degradedAfter(world, () => json(401, { error: "invalid_client" }));
    expect(degraded?.hint).toContain("secret ended");
  });
});

describe("a refusal without a word of the protocol", () => {
  const HINT = /^If it goes on, sign in again: the server may have ended the session without saying so\.$/;

  it("with the status 400 may be the end of the session: what to do then is said", async () => {
    const degraded = await degradedAfter(await signedIn(), () => json(400, {}));
    expect(degraded).toMatchObject({
      code: "invalid_response",
      detail: "400",
      message: expect.stringMatching(/^The token endpoint .* \(status 400\)/) as unknown,
      hint: expect.stringMatching(HINT) as unknown,
    });
  });

  it.each<[string, () => Response]>([
    ["with another status", () => json(404, {})],
    ["but with a challenge", () => challenge(400)],
    ["but with one", () => json(400, { error: "unauthorized_client" })],
    ["that is a success which lacks the token", () => json(200, {})],
  ])("%s is no reason to say so", async (_, answer) => {
    const degraded = await degradedAfter(await signedIn(), answer);
    expect(degraded).toBeDefined();
    expect(degraded?.hint ?? "").not.toMatch(HINT);
  });
});

describe("who looks at the machine sees a failure", () => {
  it("by its name, with the error that it is about as its message and its cause", async () => {
    const failure = await failureOf(await signedIn(), () => json(400, { error: "invalid_grant" }));
    expect(failure).toMatchObject({ name: "RefreshFailure", fate: "answered" });
    expect(failure.message).toBe("The server has ended this session.");
    expect(failure.cause).toBe(failure.error);
    expect(failure.error).toMatchObject({
      code: "session_ended",
      oauthError: "invalid_grant",
      cause: { code: "authorization_failed", oauthError: "invalid_grant", detail: "400" },
    });
  });

  it.each<[string, () => Response, string]>([
    ["an error of the protocol", () => json(400, { error: "invalid_scope" }), "answered"],
    [
      "an error of the protocol, with a status of its own",
      () => json(403, { error: "bad_token" }),
      "answered",
    ],
    ["a challenge", () => challenge(401), "answered"],
    ["a page that is not there", () => bare(404), "unclear"],
    ["a redirect", () => new Response(null, { status: 307, headers: { location: "/x" } }), "unclear"],
    ["an answer without a token", () => json(200, { token_type: "Bearer" }), "answered"],
    [
      "an error of a gateway, under the status of a success",
      () => json(200, { error: { code: 500 } }),
      "unclear",
    ],
    ["an error of a gateway, under another status", () => json(403, { error: { code: 500 } }), "unclear"],
  ])("after %s with what became of the request", async (_, answer, fate) => {
    const world = await signedIn();
    expect((await failureOf(world, answer)).fate).toBe(fate);
    expect(refreshes(world)).toHaveLength(1);
  });
});

describe("a request without an answer that counts", () => {
  it("whose server asks for a wait has been answered", async () => {
    const failure = await failureOf(await signedIn(), () => json(503, {}, { "retry-after": "60" }));
    expect(failure).toMatchObject({ fate: "answered", error: { code: "temporarily_unavailable" } });
  });

  it("that never found its server was never sent", async () => {
    const cause = Object.assign(new Error("nobody there"), { code: "ECONNREFUSED", syscall: "connect" });
    const failure = await failureOf(await signedIn(), () => {
      throw new TypeError("fetch failed", { cause });
    });
    expect(failure).toMatchObject({ fate: "unsent", error: { code: "temporarily_unavailable" } });
  });
});

it("a refusal in words of the server's own asks for a sign-in, with the claims that it wants", async () => {
  const { error, description } = await failureOf(await signedIn(), () =>
    json(400, {
      error: "interaction_required",
      error_description: "More is needed.",
      claims: '{"id_token":{"acr":{}}}',
    }),
  );
  expect(description).toBe("More is needed");
  expect(error).toMatchObject({
    code: "sign_in_required",
    detail: "refused",
    oauthError: "interaction_required",
    stepUp: { authorizationParams: { claims: '{"id_token":{"acr":{}}}' } },
  });
});

it.each<[string, string | undefined, string]>([
  ["of the session's own token asks for a sign-in", undefined, "sign_in_required"],
  ["of a token for another API asks for none", "https://api.example", "authorization_failed"],
])("an invalid_request %s", async (_, resource, code) => {
  const world = await signedIn({}, { apiOrigins: ["https://api.example"] });
  answerRefresh(world, () => json(400, { error: "invalid_request" }));
  const error = await errorOf(world.client.getAccessToken(resource === undefined ? renewed : { resource }));
  expect(error.code).toBe(code);
});

describe("an answer beside the old one", () => {
  it("that brings the nonce of the same sign-in, or none, is of the same person", async () => {
    const world = await signedIn();
    for (const claims of [{}, { nonce: undefined }]) {
      world.server.idTokenClaims = claims;
      // oxlint-disable-next-line no-await-in-loop
      expect(await world.client.getAccessToken(renewed)).toMatch(/^access-/);
    }
    expect(degradedOf(world.client.getState())).toBeUndefined();
  });
});
