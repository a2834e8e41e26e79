// client.fetch over real sockets: where the access token goes, and where it does not.
import { signInByHttp } from "@loopkey/example-identity-provider";
import { expect, it } from "vitest";
import { createApp, startServer, type App, type Server } from "./support/app.js";
import { startRecordingServer } from "./support/recording-server.js";

it("brings the access token to the API, where it is good for what was granted", async () => {
  const server = await startServer();
  const { client } = await signedIn(server);
  const response = await client.fetch(server.apiUrl);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ owner: "Ada Lovelace" });
});

it("keeps the token when the API redirects to itself", async () => {
  const api = await startRecordingServer(({ path }, response, origin) => {
    if (path === "/old") response.writeHead(307, { Location: `${origin}/new` }).end();
    else response.writeHead(204).end();
  });
  const { client } = await signedIn(await startServer(), [api.origin]);
  expect((await client.fetch(`${api.origin}/old`, { method: "POST", body: "note" })).status).toBe(204);
  const [first, second] = api.requests;
  expect(first!.headers.authorization).toBe(`Bearer ${await client.getAccessToken()}`);
  expect(second).toMatchObject({ path: "/new", body: "note" });
  expect(second!.headers.authorization).toBe(first!.headers.authorization);
});

it("drops the token when the API redirects to another origin", async () => {
  const stranger = await startRecordingServer();
  const api = await startRecordingServer((_, response) => {
    response.writeHead(302, { Location: `${stranger.origin}/collect` }).end();
  });
  const { client } = await signedIn(await startServer(), [api.origin]);
  const accessToken = await client.getAccessToken();
  expect((await client.fetch(`${api.origin}/notes`)).status).toBe(204);
  expect(api.requests[0]!.headers.authorization).toBe(`Bearer ${accessToken}`);
  expect(stranger.requests).toHaveLength(1);
  expect(stranger.requests[0]!.headers.authorization).toBeUndefined();
  expect(JSON.stringify(stranger.requests)).not.toContain(accessToken);
});

it("sends nothing to an origin that was not named", async () => {
  const stranger = await startRecordingServer();
  const { client } = await signedIn(await startServer());
  await expect(client.fetch(`${stranger.origin}/collect`)).rejects.toMatchObject({
    code: "origin_not_allowed",
    detail: stranger.origin,
  });
  // Whatever had been sent would have come before this.
  await fetch(`${stranger.origin}/sentinel`);
  expect(stranger.requests.map(({ path }) => path)).toEqual(["/sentinel"]);
});

it("sends nothing before anybody has signed in", async () => {
  const api = await startRecordingServer();
  const { client } = createApp(await startServer(), { config: { apiOrigins: [api.origin] } });
  await expect(client.fetch(`${api.origin}/notes`)).rejects.toMatchObject({ code: "sign_in_required" });
  await fetch(`${api.origin}/sentinel`);
  expect(api.requests.map(({ path }) => path)).toEqual(["/sentinel"]);
});

async function signedIn(server: Server, apiOrigins: readonly string[] = []): Promise<App> {
  const app = createApp(server, { config: { apiOrigins } });
  const signingIn = app.client.signIn();
  await fetch(await signInByHttp(await app.authorizationUrl(), server.account));
  await signingIn;
  return app;
}
