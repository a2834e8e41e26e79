import { describe, expect, test } from "vitest";
import type { IssuedSecret } from "../src/index.js";
import { type App, REDIRECT_URI, startApp } from "./app.js";
import { post } from "./plain-client.js";

/** Pushes what the authorization URL would carry; resolves with the reference, and the URL that has only that. */
async function push(app: App, parameters: Record<string, string> = {}) {
  const begun = await app.authorizationUrl(parameters);
  const answer = await post(
    app.metadata.pushed_authorization_request_endpoint,
    Object.fromEntries(new URL(begun.url).searchParams),
  );
  const requestUri = answer.body["request_uri"] as string;
  const query = new URLSearchParams({ client_id: app.provider.clientId, request_uri: requestUri });
  return { begun, answer, requestUri, url: `${app.metadata.authorization_endpoint}?${query.toString()}` };
}

test("the default profile takes none", async () => {
  const { metadata, provider } = await startApp();
  expect(metadata.pushed_authorization_request_endpoint).toBeUndefined();
  expect((await fetch(`${provider.issuer}/oauth/par`, { method: "POST" })).status).toBe(404);
});

describe("a pushed request", () => {
  test("stands for the whole of it, offline_access too", async () => {
    const app = await startApp({ pushedRequests: "accepted" });
    const { begun, answer, url } = await push(app);
    expect(answer).toMatchObject({ status: 201, body: { expires_in: 60 } });
    const redirect = await app.newPerson().follow(url);
    expect(redirect).toContain(`${REDIRECT_URI}?code=`);
    const tokens = await app.exchange(redirect, begun);
    expect(tokens.raw.scope).toBe("openid profile email offline_access");
    expect((await app.callApi(tokens.accessToken)).status).toBe(200);
    await expect(app.refresh(tokens.refreshToken)).resolves.toBeDefined();
  });

  test("is good once", async () => {
    const app = await startApp({ pushedRequests: "accepted" });
    const { url } = await push(app);
    await app.newPerson().follow(url);
    await expect(app.newPerson().follow(url)).rejects.toThrow("invalid_request_uri");
  });

  test("is refused at once when it is wrong", async () => {
    const app = await startApp({ pushedRequests: "accepted" });
    const { answer } = await push(app, { redirect_uri: "http://127.0.0.1:1/elsewhere" });
    expect(answer.status).toBe(400);
    expect(app.events).toContainEqual(
      expect.objectContaining({ type: "request-refused", endpoint: "pushed_authorization" }),
    );
  });
});

test("where it is required the metadata says so and the plain request is refused", async () => {
  const app = await startApp({ pushedRequests: "required" });
  expect(app.metadata.require_pushed_authorization_requests).toBe(true);
  const { url } = await app.authorizationUrl();
  const redirect = new URL(await app.newPerson().follow(url));
  expect(redirect.searchParams.get("error")).toBe("invalid_request");
  expect(await app.newPerson().follow((await push(app)).url)).toContain("?code=");
});

test("an event tells of it, and onSecret what it is called", async () => {
  const told: IssuedSecret[] = [];
  const app = await startApp({ pushedRequests: "accepted", onSecret: (secret) => told.push(secret) });
  const { requestUri } = await push(app);
  expect(told).toEqual([{ kind: "request_uri", value: requestUri }]);
  expect(app.events).toContainEqual({ type: "request-pushed", clientId: "loopkey-demo" });
  expect(JSON.stringify(app.events)).not.toContain(requestUri);
});
