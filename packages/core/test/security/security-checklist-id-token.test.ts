// The security checklist (docs/security.md), who somebody is: ID tokens, userinfo, and the same person after a refresh.
import { describe, expect, it } from "vitest";
import type { FaultName } from "../../src/testing/index.js";
import { createSigner } from "../../src/testing/jwt.js";
import { alterRefresh } from "../support/refreshing.js";
import { arrange, codeOf, degradedOf, signedIn, type World } from "../support/world.js";

const refreshNow = ({ client }: World): Promise<string> => client.getAccessToken({ forceRefresh: true });

function expectSignedIn({ client }: World): void {
  expect(client.getState()).toMatchObject({ status: "authenticated", session: { subject: "ada" } });
}

describe("OIDC Core 3.1.3.7: ID token", () => {
  const faults: readonly (readonly [string, FaultName])[] = [
    ["iss", "id-token-iss-other"],
    ["aud", "id-token-aud-other"],
    ["aud, a list without us", "id-token-aud-other-list"],
    ["aud, a list without azp", "id-token-aud-list-no-azp"],
    ["azp, beside another audience", "id-token-azp-other"],
    ["azp, alone", "id-token-azp-other-alone"],
    ["exp", "id-token-exp-past"],
    ["iat", "id-token-iat-future"],
    ["nonce", "id-token-nonce-other"],
    ["nonce, which is missing", "id-token-nonce-missing"],
    ["alg none", "id-token-alg-none-listed"],
    ["alg HS256 with the public key", "id-token-alg-hs256-public-key"],
    ["alg of another kind", "id-token-alg-other"],
    ["signature", "id-token-signature-garbage"],
    ["signature by another key of that name", "id-token-other-key"],
    ["at_hash", "id-token-at-hash-other"],
  ];

  it.each(faults)("%s altered: refused", async (_, fault) => {
    const world = await arrange();
    world.server.fault = fault;
    expect(await codeOf(world.client.signIn())).toBe("id_token_invalid");
    expect(world.server.faultsApplied).toEqual([fault]);
    expect(world.store.record).toBeNull();
    expect(await codeOf(world.client.getAccessToken())).toBe("sign_in_required");
  });

  it("unknown kid refetches the JWKS once", async () => {
    const world = await signedIn();
    const keysAsked = () => world.server.requests.filter(({ path }) => path === "/jwks").length;
    expect(keysAsked()).toBe(1);
    world.server.fault = "jwks-rotated";
    await world.client.signIn();
    expect(keysAsked()).toBe(2);
    // The key of this one is in the list that it has, and not in the one that is there now.
    world.server.fault = undefined;
    world.server.intercept = ({ path }) => (path === "/jwks" ? Response.json({ keys: [] }) : undefined);
    expect(await codeOf(world.client.signIn())).toBe("id_token_invalid");
    expect(keysAsked()).toBe(3);
  });
});

describe("OIDC Core 5.3.2, 12.2: same sub in userinfo and after refresh", () => {
  it("altered in userinfo: refused, session kept", async () => {
    const world = await signedIn();
    const { record } = world.store;
    world.server.intercept = ({ path }) =>
      path === "/userinfo" ? Response.json({ sub: "eve", name: "Eve" }) : undefined;
    expect(await codeOf(world.client.userInfo())).toBe("invalid_response");
    expectSignedIn(world);
    expect(world.store.record).toBe(record);
  });

  it.each([
    ["sub", { sub: "eve" }],
    ["nonce", { nonce: "of another sign-in" }],
    ["iss", { iss: "https://evil.example" }],
    ["aud", { aud: "another client" }],
  ])("%s altered after a refresh: refused, session kept", async (claim, claims) => {
    const world = await signedIn();
    const before = await world.client.getAccessToken();
    world.server.idTokenClaims = claims;
    expect(await codeOf(refreshNow(world))).toBe("temporarily_unavailable");
    expect(degradedOf(world.client.getState())).toMatchObject({ code: "id_token_invalid", detail: claim });
    expect(await world.client.getAccessToken()).toBe(before);
    // Only the refresh token is new: the one before is spent.
    const { generation, subject } = JSON.parse(world.store.record!) as Record<string, unknown>;
    expect([generation, subject]).toEqual([2, "ada"]);
    expectSignedIn(world);
  });

  it("another person's key does not help: the signature of a refreshed ID token is checked too", async () => {
    const world = await signedIn();
    const stranger = await createSigner();
    const forged = await stranger.sign({ iss: world.server.issuer, sub: "ada", aud: "app" });
    alterRefresh(world, (answer) => (answer["id_token"] = forged));
    expect(await codeOf(refreshNow(world))).toBe("temporarily_unavailable");
    expect(degradedOf(world.client.getState())?.code).toBe("id_token_invalid");
  });
});
