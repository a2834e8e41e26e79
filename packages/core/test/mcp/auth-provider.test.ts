// The SDK's two methods: when the token is renewed, when the person is asked, and when neither.
import { expect, it } from "vitest";
import { mcpAuthProvider } from "../../src/mcp-entry.js";
import { createMcpWorld, signedIn, type McpWorld } from "./world.js";

const answer = (status: number, challenge = 'Bearer error="invalid_token"') => ({
  response: new Response(null, { status, headers: { "www-authenticate": challenge } }),
});

function grants({ server }: McpWorld): readonly (string | null)[] {
  return server.requests.filter(({ path }) => path === "/token").map(({ body }) => body.get("grant_type"));
}

it("has no token while nobody is signed in; a 401 signs in, and then there is one", async () => {
  const world = await createMcpWorld();
  const client = await signedIn(world);
  await client.signOut({ browser: false });
  const provider = mcpAuthProvider(client);
  expect(await provider.token()).toBeUndefined();
  await provider.onUnauthorized(answer(401));
  expect(await provider.token()).toBe(await client.getAccessToken());
  await client.close();
});

it("with signIn: false it leaves that to the app", async () => {
  const client = await signedIn(await createMcpWorld());
  await client.signOut({ browser: false });
  const provider = mcpAuthProvider(client, { signIn: false });
  await expect(provider.onUnauthorized(answer(401))).rejects.toMatchObject({ code: "sign_in_required" });
  await client.close();
});

it("1,000 calls at a server that always answers 401 make one refresh in five minutes", async () => {
  const world = await createMcpWorld();
  const client = await signedIn(world);
  let now = 0;
  const provider = mcpAuthProvider(client, { now: () => now });
  const call = async (): Promise<void> => {
    await provider.token();
    await provider.onUnauthorized(answer(401));
    await provider.token();
  };
  for (let calls = 0; calls < 500; calls += 1) {
    // oxlint-disable-next-line no-await-in-loop
    await call();
  }
  await Promise.all(Array.from({ length: 500 }, call));
  expect(grants(world)).toEqual(["authorization_code", "refresh_token"]);
  now = 300_000;
  await call();
  expect(grants(world)).toHaveLength(3);
  await client.close();
});

it("a token that somebody else has renewed since is not renewed again", async () => {
  const world = await createMcpWorld();
  const client = await signedIn(world);
  const provider = mcpAuthProvider(client);
  await provider.token();
  await client.getAccessToken({ forceRefresh: true });
  await provider.onUnauthorized(answer(401));
  expect(grants(world)).toEqual(["authorization_code", "refresh_token"]);
  await client.close();
});

it("a grant that the server has ended leads to the person", async () => {
  const world = await createMcpWorld();
  const client = await signedIn(world);
  const provider = mcpAuthProvider(client);
  await provider.token();
  world.server.endSessions();
  await provider.onUnauthorized(answer(401));
  expect(grants(world)).toEqual(["authorization_code", "refresh_token", "authorization_code"]);
  await client.close();
});

it("a server that cannot be reached does not lead to the person", async () => {
  const world = await createMcpWorld();
  const client = await signedIn(world);
  const provider = mcpAuthProvider(client);
  await provider.token();
  world.server.fault = "refresh-503";
  await provider.onUnauthorized(answer(401)).catch(() => {});
  expect(world.server.authorizations).toHaveLength(1);
  await client.close();
});
