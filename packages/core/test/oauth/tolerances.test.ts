// Each tolerance for itself: what is put right, and what is left as it is.
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/index.js";
import { readDeviceAnswer, readTokenAnswer } from "../../src/oauth/inside/tolerances.js";

const WHAT = "The token endpoint";
const granted = { access_token: "a", token_type: "Bearer" };
const bound = new Secret({ kty: "EC", crv: "P-256", x: "x", y: "y", d: "d" });

async function read(
  body: unknown,
  { status = 200, scope = ["api"], dpopKey = undefined as typeof bound | undefined } = {},
) {
  const answer = await readTokenAnswer(Response.json(body, { status }), WHAT, { dpopKey, scope });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const device = {
  device_code: "d",
  user_code: "u",
  verification_uri: "https://id.example/d",
  expires_in: 600,
};
async function readDevice(body: unknown) {
  const seconds = { shortestSeconds: 1, unsaidSeconds: 900 };
  return (await (await readDeviceAnswer(Response.json(body), WHAT, seconds)).json()) as Record<
    string,
    unknown
  >;
}

describe("members in another shape", () => {
  it.each<[string, object, object]>([
    ["a list of scopes", { scope: ["a", "b"] }, { scope: "a b" }],
    ["commas", { scope: "a,b" }, { scope: "a b" }],
    ["commas and spaces", { scope: "a, b" }, { scope: "a b" }],
    ["a life in text", { expires_in: "3600" }, { expires_in: 3600 }],
    ["a life in text with spaces", { expires_in: " 60 " }, { expires_in: 60 }],
    ["a fraction", { expires_in: "59.5" }, { expires_in: 59.5 }],
    ["a type in small letters, with a space", { token_type: "bearer " }, {}],
  ])("%s", async (_, sent, expected) => {
    expect((await read({ ...granted, ...sent })).body).toEqual({ ...granted, ...expected });
  });

  it.each([
    { expires_in: 0 },
    { expires_in: "0" },
    { expires_in: -1 },
    { expires_in: "soon" },
    { expires_in: "60s" },
    { expires_in: "" },
    { expires_in: null },
    { expires_in: true },
    { expires_in: {} },
    { refresh_token: "" },
    { refresh_token: null },
    { id_token: "" },
    { scope: null },
    { scope: "" },
    { scope: [] },
    { token_type: "" },
    { token_type: null },
  ])("%j is as good as not said", async (sent) => {
    expect((await read({ ...granted, ...sent })).body).toEqual(granted);
  });

  it.each([
    { scope: 7 },
    { scope: ["a", 7] },
    { scope: ["a b"] },
    { refresh_token: 7 },
    { id_token: {} },
    { access_token: { value: "a" } },
    { token_type: "mac" },
    { token_type: ["Bearer"] },
  ])("%j stays wrong", async (sent) => {
    expect((await read({ ...granted, ...sent })).body).toEqual({ ...granted, ...sent });
  });

  it("a comma that was asked for is part of a name", async () => {
    const { body } = await read({ ...granted, scope: "read,write more" }, { scope: ["read,write"] });
    expect(body["scope"]).toBe("read,write more");
  });

  it("the type of a bound token is never taken for granted", async () => {
    for (const token_type of [undefined, "", null])
      // oxlint-disable-next-line no-await-in-loop
      expect((await read({ access_token: "a", token_type }, { dpopKey: bound })).body).toEqual({
        access_token: "a",
      });
  });

  it.each<[object, object]>([
    [
      { verification_uri: undefined, verification_url: "https://a.example" },
      { verification_uri: "https://a.example" },
    ],
    [{ verification_url: "https://evil.example" }, {}],
    [{ expires_in: "600" }, {}],
    [{ expires_in: 0 }, { expires_in: 900 }],
    [{ expires_in: undefined }, { expires_in: 900 }],
    [{ interval: "5" }, { interval: 5 }],
    [{ interval: 0 }, { interval: 1 }],
    [{ interval: null }, {}],
    [{ interval: "5s" }, {}],
    [{ interval: false }, {}],
    [{ interval: -1 }, { interval: -1 }],
    [{ verification_uri_complete: "" }, {}],
  ])("of a device: %j", async (sent, expected) => {
    expect(await readDevice({ ...device, ...sent })).toEqual({ ...device, ...expected });
  });
});

describe("a success", () => {
  it.each([201, 202, 203])("with status %i is one where the token is there", async (status) => {
    expect(await read(granted, { status })).toEqual({ status: 200, body: granted });
  });

  it.each([
    [{ token_type: "Bearer" }, 201],
    [{ access_token: "", token_type: "Bearer" }, 202],
    [granted, 400],
    [granted, 302],
    [granted, 500],
  ])("%j with status %i is none", async (sent, status) => {
    expect((await read(sent, { status })).status).toBe(status);
  });
});

describe("errors with a status of success", () => {
  it.each([
    { error: "authorization_pending" },
    { error: "bad_refresh_token", access_token: "" },
    { error: "x", token_type: "Bearer" },
  ])("%j is an error", async (sent) => {
    expect(await read(sent)).toMatchObject({
      status: 400,
      body: { error: (sent as { error: string }).error },
    });
  });

  it("an error beside an access token is none", async () => {
    expect((await read({ ...granted, error: "partial" })).status).toBe(200);
  });

  it.each([
    [{ error: { code: 500 } }, 200],
    [{ error: 7 }, 200],
    [{ error: true }, 400],
    [{ error: ["invalid_grant"] }, 403],
  ])("%j with status %i is somebody's in between, and passes", async (sent, status) => {
    await expect(read(sent, { status })).rejects.toMatchObject({
      code: "temporarily_unavailable",
      detail: `${status}`,
      retryable: true,
    });
  });

  it.each([{}, { message: "no" }, { error: null }, { error: "" }])("%j says nothing", async (sent) => {
    expect((await read(sent)).status).toBe(200);
    expect((await read(sent, { status: 400 })).status).toBe(400);
  });

  it("what is no JSON object, or a failure of the server, is as it is", async () => {
    const question = { dpopKey: undefined, scope: [] };
    for (const answer of [
      new Response("<html>"),
      Response.json([{ error: "invalid_grant" }]),
      Response.json(null),
      Response.json({ error: "invalid_grant" }, { status: 503 }),
      new Response(null, { status: 302 }),
    ])
      // oxlint-disable-next-line no-await-in-loop
      expect(await readTokenAnswer(answer, WHAT, question)).toBe(answer);
  });

  it("the error in the body counts, whatever type it has and whichever challenge is beside it", async () => {
    const headers = { "content-type": "text/html", "www-authenticate": "Basic" };
    const sent = new Response('{"error":"invalid_grant"}', { status: 401, headers });
    const answer = await readTokenAnswer(sent, WHAT, { dpopKey: undefined, scope: [] });
    expect([
      answer.status,
      answer.headers.get("content-type"),
      answer.headers.get("www-authenticate"),
    ]).toEqual([401, "application/json", null]);
  });
});
