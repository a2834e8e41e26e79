import { expect, test } from "vitest";
import type { IssuedSecret } from "../src/index.js";
import { REDIRECT_URI, startApp } from "./app.js";

const METADATA = {
  client_name: "My CLI",
  application_type: "native",
  redirect_uris: ["http://127.0.0.1/callback"],
  grant_types: ["authorization_code", "refresh_token"],
  token_endpoint_auth_method: "none",
};

async function register(endpoint: string | undefined, metadata: object) {
  const response = await fetch(endpoint!, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(metadata),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("the default profile registers nobody", async () => {
  const { metadata, provider } = await startApp();
  expect(metadata.registration_endpoint).toBeUndefined();
  expect((await fetch(`${provider.issuer}/oauth/register`, { method: "POST" })).status).toBe(404);
});

test("anybody registers a public native client, which can sign a person in on any port", async () => {
  const told: IssuedSecret[] = [];
  const app = await startApp({ registration: true, onSecret: (secret) => told.push(secret) });
  const { status, body } = await register(app.metadata.registration_endpoint, METADATA);
  expect(status).toBe(201);
  expect(body).toMatchObject({ ...METADATA, client_id: expect.any(String) });
  expect(body).not.toHaveProperty("client_secret");
  expect(told).toEqual([{ kind: "registration_access_token", value: body["registration_access_token"] }]);
  const clientId = String(body["client_id"]);
  const { url } = await app.authorizationUrl({ client_id: clientId });
  expect(await app.newPerson().follow(url)).toContain(`${REDIRECT_URI}?code=`);
  expect(app.events).toContainEqual({ type: "client-registered", clientId });
});

test.each([
  ["a secret", { ...METADATA, token_endpoint_auth_method: "client_secret_basic" }],
  ["a redirect to somewhere else by http", { ...METADATA, redirect_uris: ["http://example.com/callback"] }],
  ["an implicit flow", { ...METADATA, response_types: ["token"] }],
])("a client that wants %s is not registered", async (_, metadata) => {
  const app = await startApp({ registration: true });
  const { status } = await register(app.metadata.registration_endpoint, metadata);
  expect(status).toBe(400);
  expect(app.events).toContainEqual(
    expect.objectContaining({ type: "request-refused", endpoint: "registration" }),
  );
});
