// An app that registers itself at a real OpenID provider, and signs a person in with what it got.
import { registerClient, type ClientMetadata } from "@loopkey/core";
import {
  signInByHttp,
  startIdentityProvider,
  type IdentityProvider,
} from "@loopkey/example-identity-provider";
import { createNodePorts } from "@loopkey/node-adapter";
import { expect, it, onTestFinished } from "vitest";
import { APP_NAME, createApp } from "./support/app.js";

const ports = createNodePorts({ appName: APP_NAME, store: "memory" });

async function startProvider(registration: boolean): Promise<IdentityProvider> {
  const provider = await startIdentityProvider({ registration });
  onTestFinished(() => provider.close());
  return provider;
}

it("registers a public client, signs a person in and out with it, and has no secret", async () => {
  const provider = await startProvider(true);
  const asked: ClientMetadata = { client_name: "Example Notes", scope: "openid profile offline_access" };
  const registered = await registerClient(provider.issuer, asked, ports);
  expect(registered).toMatchObject({
    clientId: expect.stringMatching(/^[\w-]{10,}$/),
    discardedSecret: false,
    differences: [],
    metadata: {
      client_name: "Example Notes",
      application_type: "native",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: ["http://127.0.0.1/callback"],
      post_logout_redirect_uris: ["http://127.0.0.1/logged-out"],
    },
  });
  expect(registered.registrationClientUri?.reveal()).toContain(registered.clientId);
  const { clientId, registrationAccessToken } = registered;
  expect(JSON.stringify(registered)).not.toContain(registrationAccessToken!.reveal());

  const config = { scope: "openid profile offline_access" };
  const app = createApp({ ...provider, clientId }, { config });
  const { client } = app;
  const signedIn = client.signIn();
  await fetch(await signInByHttp(await app.authorizationUrl(), provider.account));
  expect(await signedIn).toMatchObject({ subject: "account-ada" });
  const before = await client.getAccessToken();
  expect(await client.getAccessToken({ forceRefresh: true })).not.toBe(before);
  expect(await client.signOut({ browser: false })).toMatchObject({ local: "done", revocation: "done" });
});

it("each registration is a client of its own", async () => {
  const provider = await startProvider(true);
  const [a, b] = await Promise.all([1, 2].map(() => registerClient(provider.issuer, {}, ports)));
  expect(a!.clientId).not.toBe(b!.clientId);
});

it("what the server refuses is told in its own words", async () => {
  const provider = await startProvider(true);
  const refused = registerClient(provider.issuer, { scope: "openid everything" }, ports);
  await expect(refused).rejects.toMatchObject({
    code: "authorization_failed",
    oauthError: "invalid_client_metadata",
    detail: "400",
    message: expect.stringContaining("scope"),
  });
});

it("a server that registers nobody is unsupported_by_server", async () => {
  const provider = await startProvider(false);
  await expect(registerClient(provider.issuer, {}, ports)).rejects.toMatchObject({
    code: "unsupported_by_server",
    detail: "registration_endpoint",
  });
});
