// Resource indicators (RFC 8707): the token is for the API that was named, whichever way it was asked for.
import type { AuthConfig } from "@loopkey/core";
import type { IdentityProviderOptions } from "@loopkey/example-identity-provider";
import { describe, expect, it } from "vitest";
import type { Server } from "./support/app.js";
import { BROWSER_TRAIL, createWorld, deviceOf, type World } from "./support/signing-in.js";

const SCOPE = "openid offline_access notes:read vault:read";

const forNotes = ({ apiUrl }: Server): Partial<AuthConfig> => ({ resource: apiUrl, scope: SCOPE });

/** The API that each token so far was for, in order. */
function audiencesOf({ server }: World): readonly (string | undefined)[] {
  return server.events.flatMap((event) =>
    event.type === "tokens-issued" ? [`${event.grantType}: ${event.audience ?? "none"}`] : [],
  );
}

describe.each(["opaque", "jwt"] as const)("an API with tokens of the kind %s", (accessTokenFormat) => {
  const features: IdentityProviderOptions = {
    resources: [{ path: "/api/notes", accessTokenFormat }, { path: "/api/vault" }],
    deviceCode: { intervalSeconds: 1 },
    pushedRequests: "accepted",
  };

  it("takes the token of a sign-in and of a refresh; another API takes neither", async () => {
    const world = await createWorld({ features, config: forNotes });
    expect(await world.signIn()).toMatchObject({ subject: "account-ada", scope: ["notes:read"] });
    expect((await world.client.fetch(world.server.apiUrl)).status).toBe(200);
    await world.client.getAccessToken({ forceRefresh: true });
    expect((await world.client.fetch(world.server.apiUrl)).status).toBe(200);
    const { apiUrl } = world.server;
    expect(audiencesOf(world)).toEqual([`authorization_code: ${apiUrl}`, `refresh_token: ${apiUrl}`]);
    expect((await world.client.fetch(world.server.vaultUrl)).status).toBe(401);
    expect(world.trail.slice(0, BROWSER_TRAIL.length)).toEqual(BROWSER_TRAIL);
  });

  it("takes the token of a device code", async () => {
    const world = await createWorld({ features, config: forNotes });
    const signingIn = world.begin({ flow: "device" });
    await world.person.follow((await deviceOf(world)).verificationUriComplete!);
    await signingIn;
    expect((await world.client.fetch(world.server.apiUrl)).status).toBe(200);
    expect(audiencesOf(world)).toEqual([`device_code: ${world.server.apiUrl}`]);
  });

  it("takes the token of a pushed request", async () => {
    const world = await createWorld({
      features,
      config: (server) => ({ ...forNotes(server), par: "always" }),
    });
    await world.signIn();
    expect((await world.client.fetch(world.server.apiUrl)).status).toBe(200);
  });
});

const TWO: IdentityProviderOptions = { resources: [{ path: "/api/notes" }, { path: "/api/vault" }] };

it("without it the API refuses the token, which is for nobody in particular", async () => {
  const world = await createWorld({ features: TWO, config: { scope: SCOPE } });
  await world.signIn();
  expect((await world.client.fetch(world.server.apiUrl)).status).toBe(401);
  expect(new Set(audiencesOf(world))).toEqual(new Set(["authorization_code: none", "refresh_token: none"]));
});

it("one that the server does not know is refused in its own words", async () => {
  const world = await createWorld({ features: TWO, config: { resource: "https://elsewhere.example" } });
  await expect(world.signIn()).rejects.toMatchObject({
    code: "authorization_failed",
    oauthError: "invalid_target",
  });
  expect(world.client.getState().status).toBe("idle");
});

it("several at a server that makes tokens for one API only end in its refusal", async () => {
  const world = await createWorld({
    features: TWO,
    config: ({ apiUrl, vaultUrl }) => ({ resource: [apiUrl, vaultUrl], scope: SCOPE }),
  });
  await expect(world.signIn()).rejects.toMatchObject({
    code: "authorization_failed",
    oauthError: "invalid_target",
  });
});

it("two apps of one person have tokens for an API each", async () => {
  const notes = await createWorld({ features: TWO, config: forNotes });
  const vault = await createWorld({
    server: notes.server,
    config: ({ vaultUrl }) => ({ resource: vaultUrl, scope: SCOPE }),
  });
  await notes.signIn();
  await vault.signIn();
  const { apiUrl, vaultUrl } = notes.server;
  expect((await notes.client.fetch(apiUrl)).status).toBe(200);
  expect((await vault.client.fetch(vaultUrl)).status).toBe(200);
  expect((await vault.client.fetch(apiUrl)).status).toBe(401);
});
