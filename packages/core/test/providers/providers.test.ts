// Every provider of docs/providers.md: the configuration that is pasted from there, against its imitation, with the same
// sentences for each.
import { afterEach, describe, expect, it } from "vitest";
import { createAuthClient, type AuthClient } from "../../src/index.js";
import { reached } from "../../src/testing/index.js";
import { imitate, type Differences, type Imitation } from "./imitation.js";
import { IDENTITY_PROVIDERS } from "./identity-providers.js";
import { readProviders } from "./page.js";
import { SERVICES } from "./services.js";

const IMITATIONS = { ...IDENTITY_PROVIDERS, ...SERVICES };
const PROVIDERS = readProviders();

it("each provider of the page has its imitation, and the other way round", () => {
  expect(PROVIDERS.map(({ name }) => name).toSorted()).toEqual(Object.keys(IMITATIONS).toSorted());
  expect(PROVIDERS.length).toBeGreaterThanOrEqual(27);
});

describe.each(PROVIDERS.map((each) => [each.name, each] as const))("%s", (name, { config, promised }) => {
  const differs = (IMITATIONS as Readonly<Record<string, Differences>>)[name]!;
  const { refreshTokens, over, revocation, endSession, device } = promised;
  let client: AuthClient;

  afterEach(async () => client?.close());

  async function arrange(): Promise<Imitation> {
    const imitation = await imitate(config, differs);
    client = createAuthClient(config, imitation.ports);
    return imitation;
  }

  /** Signs in as the configuration says. */
  async function signIn({ server, ports }: Imitation, flow = config.flow): Promise<void> {
    const signingIn = client.signIn({ ...(flow && { flow }) });
    if (flow !== "device") return void (await signingIn);
    const state = await reached(client, (each) => "device" in each && each.device !== undefined);
    const { userCode, verificationUri } = (state as Extract<typeof state, { device?: object }>).device!;
    expect(verificationUri).toMatch(/^https:/);
    await ports.clock.advance(6000);
    server.approveDevice(userCode);
    await ports.clock.advance(6000);
    await signingIn;
  }

  const sent = ({ server }: Imitation) =>
    server.requests.filter(({ path }) => path === "/token").map(({ body }) => body);

  it("signs in: what the configuration asks for is asked for, and the secret is where it should be", async () => {
    const imitation = await arrange();
    await signIn(imitation);
    expect(client.getState().status).toBe("authenticated");
    const { server } = imitation;
    expect(server.violations).toEqual([]);
    const asked = server.requests.find(({ path }) => path === "/device")?.body ?? server.authorizations[0]!;
    expect(Object.fromEntries(asked)).toMatchObject({ ...config.authorizationParams });
    for (const parameters of sent(imitation))
      expect(Object.fromEntries(parameters)).toMatchObject({ ...config.tokenParams });
  });

  it("calls the API; a token that the API refuses is renewed where that can be", async () => {
    const imitation = await arrange();
    const { server } = imitation;
    await signIn(imitation);
    expect((await client.fetch(differs.api)).status).toBe(200);
    if (refreshTokens === "none") return;
    const before = sent(imitation).length;
    server.intercept = ({ path }) => {
      if (path !== "/api") return undefined;
      server.intercept = undefined;
      const headers: Record<string, string> = differs.hasBareApi
        ? {}
        : { "www-authenticate": 'Bearer error="invalid_token"' };
      return new Response(null, { status: 401, headers });
    };
    expect((await client.fetch(differs.api)).status).toBe(200);
    expect(sent(imitation)).toHaveLength(before + 1);
  });

  if (refreshTokens === "none")
    it("has no refresh tokens: a new access token needs a sign-in", async () => {
      await signIn(await arrange());
      await expect(client.getAccessToken({ forceRefresh: true })).rejects.toMatchObject({
        code: "sign_in_required",
      });
    });
  else {
    it(`refreshes twice: the refresh token is ${refreshTokens}`, async () => {
      const imitation = await arrange();
      await signIn(imitation);
      const tokens = [await client.getAccessToken()];
      tokens.push(await client.getAccessToken({ forceRefresh: true }));
      tokens.push(await client.getAccessToken({ forceRefresh: true }));
      expect(new Set(tokens).size).toBe(3);
      const shown = sent(imitation)
        .slice(-2)
        .map((parameters) => parameters.get("refresh_token"));
      expect(new Set(shown).size).toBe(refreshTokens === "rotated" ? 2 : 1);
      expect(imitation.server.violations).toEqual([]);
    });

    it(`a grant that the server has ended: calls get ${over}`, async () => {
      const imitation = await arrange();
      await signIn(imitation);
      imitation.server.endSessions();
      await expect(client.getAccessToken({ forceRefresh: true })).rejects.toMatchObject({ code: over });
      await signIn(imitation);
      expect(await client.getAccessToken()).toMatch(/^access-/);
    });
  }

  it(`signs out: revocation ${revocation}, end of the session ${endSession}`, async () => {
    const imitation = await arrange();
    await signIn(imitation);
    expect(await client.signOut()).toEqual({ local: "done", revocation, endSession });
    expect(imitation.server.requests.some(({ path }) => path === "/revoke")).toBe(revocation === "done");
  });

  if (device)
    it("signs in with a device code", async () => {
      const imitation = await arrange();
      await signIn(imitation, "device");
      expect(client.getState().status).toBe("authenticated");
      expect(await client.getAccessToken()).toMatch(/^access-/);
    });
});
