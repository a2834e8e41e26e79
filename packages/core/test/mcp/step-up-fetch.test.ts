// More scope, asked for by a 403: one sign-in and one more try, and never a loop.
import { describe, expect, it } from "vitest";
import { stepUpFetch } from "../../src/mcp-entry.js";
import { createMcpWorld, MCP, signedIn } from "./world.js";

const WANTED = 'Bearer error="insufficient_scope", scope="notes:write"';
const BEARER = { headers: { authorization: "Bearer old" } };

/** Answers 403 as often as said, then 200. */
function arrange(refusals: number, challenge = WANTED) {
  const sent: (string | null)[] = [];
  const fetch: typeof globalThis.fetch = async (_, init) => {
    sent.push(new Headers(init?.headers).get("authorization"));
    const headers = { "www-authenticate": challenge };
    return sent.length > refusals ? Response.json({}) : new Response(null, { status: 403, headers });
  };
  return { sent, fetch };
}

it("asks for what was granted and what is wanted, and tries once more with the new token", async () => {
  const { sent, fetch } = arrange(1);
  const world = await createMcpWorld();
  const client = await signedIn(world);
  const response = await stepUpFetch(client, { fetch })(MCP, { method: "POST", body: "{}", ...BEARER });
  expect(response.status).toBe(200);
  expect(world.server.authorizations.map((each) => each.get("scope"))).toEqual([
    "notes:read offline_access",
    "notes:read offline_access notes:write",
  ]);
  expect(sent).toEqual(["Bearer old", `Bearer ${await client.getAccessToken()}`]);
  await client.close();
});

describe("asks nobody", () => {
  it.each([
    [
      "when the scope was granted, and the server says no all the same",
      'Bearer error="insufficient_scope", scope="notes:read"',
    ],
    ["when the challenge names no scope", 'Bearer error="insufficient_scope"'],
    ["when it is another error", 'Bearer error="invalid_request", scope="notes:write"'],
    ["when it is a challenge of another scheme", 'Basic realm="x"'],
  ])("%s", async (_, challenge) => {
    const { sent, fetch } = arrange(1, challenge);
    const world = await createMcpWorld();
    const client = await signedIn(world);
    expect((await stepUpFetch(client, { fetch })(MCP, BEARER)).status).toBe(403);
    expect(world.server.authorizations).toHaveLength(1);
    expect(sent).toHaveLength(1);
    await client.close();
  });

  it("when no token was sent", async () => {
    const { fetch } = arrange(1);
    const world = await createMcpWorld();
    const client = await signedIn(world);
    expect((await stepUpFetch(client, { fetch })(MCP)).status).toBe(403);
    expect(world.server.authorizations).toHaveLength(1);
    await client.close();
  });
});

it("a second 403 is passed on", async () => {
  const { sent, fetch } = arrange(2);
  const world = await createMcpWorld();
  const client = await signedIn(world);
  expect((await stepUpFetch(client, { fetch })(MCP, BEARER)).status).toBe(403);
  expect(sent).toHaveLength(2);
  expect(world.server.authorizations).toHaveLength(2);
  await client.close();
});
