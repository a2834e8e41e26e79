// Names of a server's own in its token answers: a token type that nobody registered, a device's error under another name.
import { describe, expect, it } from "vitest";
import { createAuthClient, type AuthConfig } from "../../src/index.js";
import { createFakeClock, createFakePorts, createFakeServer, reached } from "../../src/testing/index.js";

async function arrange(options: Partial<AuthConfig> = {}) {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock, offers: ["device"] });
  const ports = createFakePorts({ clock, server });
  const client = createAuthClient(
    { issuer: server.issuer, clientId: "app", scope: "api offline_access", ...options },
    ports,
  );
  return { client, server, clock };
}

describe("a token type", () => {
  it.each([
    ["user", "user"],
    ["USER", "User"],
    ["urn:example:plain", "URN:example:plain"],
  ])("%s, where the app names %s, is taken for Bearer, and sent as that", async (tokenType, named) => {
    const { client, server } = await arrange({ bearerTokenTypes: ["bot", named] });
    server.tokenMembers = { token_type: tokenType };
    await client.signIn();
    expect((await client.fetch(`${server.issuer}/api`)).status).toBe(200);
    expect(server.requests.at(-1)!.authorization).toMatch(/^Bearer /);
    expect(await client.getAccessToken({ forceRefresh: true })).toMatch(/./);
    await client.close();
  });

  it.each(["user", "bot", "Access", "Bearer2"])(
    "%s, which nobody named, is refused with what to write",
    async (tokenType) => {
      const { client, server } = await arrange({ bearerTokenTypes: ["person"] });
      server.tokenMembers = { token_type: tokenType };
      await expect(client.signIn()).rejects.toMatchObject({
        code: "invalid_response",
        detail: "token_type",
        hint: `If that is the server's word for a bearer token, set "bearerTokenTypes: [${JSON.stringify(tokenType.toLowerCase())}]".`,
      });
      server.tokenMembers = {};
      await client.signIn();
      server.tokenMembers = { token_type: tokenType };
      await expect(client.getAccessToken({ forceRefresh: true })).rejects.toMatchObject({
        code: "temporarily_unavailable",
        detail: "invalid_response",
      });
      await client.close();
    },
  );

  it.each(["DPoP", "dpop", "PoP", "mac", "MAC", "N_A", 7, ["user"], { type: "user" }])(
    "%j is not: tokens of it are used otherwise, or it is no name",
    async (tokenType) => {
      const { client, server } = await arrange();
      server.tokenMembers = { token_type: tokenType };
      await expect(client.signIn()).rejects.toMatchObject({ code: "invalid_response" });
      await client.close();
    },
  );

  it("of its own is refused where a bound token was asked for", async () => {
    const clock = createFakeClock();
    const server = await createFakeServer({ clock, offers: ["dpop"] });
    server.tokenMembers = { token_type: "user" };
    const config = { issuer: server.issuer, clientId: "app", scope: "api", dpop: true };
    const client = createAuthClient(config, createFakePorts({ clock, server }));
    await expect(client.signIn()).rejects.toMatchObject({ code: "invalid_response" });
    await client.close();
  });
});

describe("a device's poll that is answered with a message alone", () => {
  it.each(["authorization_pending", "slow_down"])("%s: it goes on asking", async (message) => {
    const { client, server, clock } = await arrange();
    const signingIn = client.signIn({ flow: "device" });
    const state = await reached(client, (each) => "device" in each && each.device !== undefined);
    let polls = 0;
    server.intercept = ({ path }) => {
      if (path !== "/token") return undefined;
      polls += 1;
      return polls === 1 ? Response.json({ status: 400, message }, { status: 400 }) : undefined;
    };
    await clock.advance(6_000);
    expect(polls).toBe(1);
    server.approveDevice((state as Extract<typeof state, { device?: object }>).device!.userCode);
    await clock.advance(20_000);
    expect((await signingIn).scope).toContain("api");
    await client.close();
  });

  it.each([
    [
      "with an error beside it",
      { error: "access_denied", message: "authorization_pending" },
      "access_denied",
    ],
    ["with other words", { status: 400, message: "access_denied" }, "invalid_response"],
  ])("%s, it is not", async (_, body, code) => {
    const { client, server, clock } = await arrange();
    const failed = expect(client.signIn({ flow: "device" })).rejects.toMatchObject({ code });
    await reached(client, (each) => "device" in each && each.device !== undefined);
    server.intercept = ({ path }) => (path === "/token" ? Response.json(body, { status: 400 }) : undefined);
    await clock.advance(6_000);
    await failed;
    await client.close();
  });
});
