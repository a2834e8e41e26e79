// A request that somebody else sends: its headers, and what its answer asks for. The same parts as client.fetch.
import { describe, expect, it } from "vitest";
import { API } from "../support/refreshing.js";
import { codeOf, errorOf, HOUR, pass, refreshes, signedIn, type World } from "../support/world.js";

const bound = () => signedIn({ serverOptions: { offers: ["dpop"] } }, { dpop: true });

/** Sends it by other means than the client's, and tells the client of the answer. */
async function sent({ client, ports }: World, method = "GET", url = API) {
  const headers = await client.authorize({ url, method });
  const response = await (ports.fetch as typeof globalThis.fetch)(url, { method, headers });
  return { status: response.status, again: await client.refused(response, headers) };
}

describe("the headers of one request", () => {
  it("are the token alone, as a bearer token, and the API takes it", async () => {
    const world = await signedIn();
    const headers = await world.client.authorize({ url: new URL(API) });
    expect(Object.fromEntries(headers)).toEqual({
      authorization: `Bearer ${await world.client.getAccessToken()}`,
    });
    expect(await sent(world)).toEqual({ status: 200, again: false });
  });

  it("have a fresh token when the old one has expired", async () => {
    const world = await signedIn();
    await pass(world, HOUR);
    expect(await sent(world)).toEqual({ status: 200, again: false });
    expect(world.server.violations).toEqual([]);
  });

  it("have a proof of its own for each request where the token is bound to a key", async () => {
    const world = await bound();
    const [first, second] = await Promise.all([
      world.client.authorize({ url: `${API}?q=1`, method: "post" }),
      world.client.authorize({ url: `${API}?q=1`, method: "post" }),
    ]);
    expect(first.get("authorization")).toMatch(/^DPoP /);
    expect(first.get("dpop")).not.toBe(second.get("dpop"));
    const [, claims] = first.get("dpop")!.split(".");
    expect(JSON.parse(Buffer.from(claims!, "base64url").toString())).toMatchObject({ htm: "POST", htu: API });
    expect(await sent(world, "POST")).toEqual({ status: 200, again: false });
    expect(world.server.violations).toEqual([]);
  });

  it.each([
    ["another origin", "https://elsewhere.example/api"],
    ["another port", "https://id.example:8443/api"],
    ["plain http", "http://id.example/api"],
    ["no origin", "/api"],
    ["a blob", `blob:${API}`],
  ])("are not given for %s", async (_, url) => {
    const { client } = await signedIn();
    expect(await codeOf(client.authorize({ url }))).toBe("origin_not_allowed");
  });

  it("are given to nobody who is not signed in, and not after close", async () => {
    const { client } = await signedIn();
    await client.signOut({ browser: false });
    expect(await codeOf(client.authorize({ url: API }))).toBe("signed_out");
    await client.close();
    expect(await codeOf(client.authorize({ url: API }))).toBe("closed");
  });
});

describe("an answer", () => {
  it("that brings a nonce is to be asked again, and the next proof has it", async () => {
    const world = await bound();
    world.server.demandsNonce = ["api"];
    world.server.rotateNonce();
    expect(await sent(world)).toEqual({ status: 401, again: true });
    expect(await sent(world)).toEqual({ status: 200, again: false });
  });

  it("that refuses the token has it renewed, once for all who were refused", async () => {
    const world = await signedIn();
    const { client, server } = world;
    const old = await client.getAccessToken();
    server.intercept = ({ path, authorization }) =>
      path === "/api" && authorization === `Bearer ${old}` ? new Response(null, { status: 401 }) : undefined;
    const first = await Promise.all([sent(world), sent(world), sent(world)]);
    expect(first.map(({ again }) => again)).toEqual([true, true, true]);
    expect(refreshes(world)).toHaveLength(1);
    expect(await sent(world)).toEqual({ status: 200, again: false });
  });

  it("that refuses the renewed token too is the app's to read, and nothing is renewed for it", async () => {
    const world = await signedIn();
    world.server.intercept = ({ path }) =>
      path === "/api" ? new Response(null, { status: 401 }) : undefined;
    const answers = [await sent(world), await sent(world), await sent(world)];
    expect(answers.map(({ again }) => again)).toEqual([true, false, false]);
    expect(refreshes(world)).toHaveLength(1);
    expect((await world.client.fetch(API)).status, "fetch goes by the same").toBe(401);
    expect(refreshes(world)).toHaveLength(1);
  });

  it("that asks for a stronger sign-in rejects with what is needed", async () => {
    const world = await signedIn();
    world.server.intercept = ({ path }) =>
      path === "/api"
        ? new Response(null, {
            status: 401,
            headers: { "www-authenticate": 'Bearer error="insufficient_user_authentication", max_age="5"' },
          })
        : undefined;
    expect(await errorOf(sent(world))).toMatchObject({ code: "step_up_required", stepUp: { maxAge: 5 } });
  });

  it("is told once, with the headers of its request", async () => {
    const { client } = await signedIn();
    const headers = await client.authorize({ url: API });
    const answer = new Response(null, { status: 500 });
    expect(await codeOf(client.refused(answer, new Headers(headers)))).toBe("invalid_config");
    expect(await client.refused(answer, headers)).toBe(false);
    expect(await codeOf(client.refused(answer, headers))).toBe("invalid_config");
  });
});
