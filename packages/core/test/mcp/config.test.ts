// Who the app is at an MCP server's authorization server, and what it asks for there.
import { describe, expect, it } from "vitest";
import { mcpConfig, type ProtectedResource } from "../../src/mcp-entry.js";
import { AuthError, createAuthClient, type Secret } from "../../src/index.js";
import { createMcpWorld, MCP, type McpWorld } from "./world.js";

const RESOURCE: ProtectedResource = {
  resource: MCP,
  authorizationServers: ["https://id.example", "https://other-host.example"],
  scope: ["notes:read"],
};
const DOCUMENT = "https://app.example/client.json";
const READS_DOCUMENTS = { metadata: { client_id_metadata_document_supported: true } };
const registration = { client_name: "Example Notes" };

describe("the client id", () => {
  it("is the one of that issuer, before all others", async () => {
    const { ports, server } = await createMcpWorld({ ...READS_DOCUMENTS, offers: ["registration"] });
    const clientIds = { "https://id.example": "ours", "https://other-host.example": "theirs" };
    const known = { clientIds, clientIdMetadataUrl: DOCUMENT, registration };
    expect(await mcpConfig(RESOURCE, known, ports)).toEqual({
      issuer: "https://id.example",
      metadataUrl: "https://id.example/.well-known/openid-configuration",
      clientId: "ours",
      resource: MCP,
      scope: "notes:read",
      apiOrigins: ["https://mcp.example"],
    });
    expect(server.requests.map(({ method }) => method)).not.toContain("POST");
  });

  it("is the metadata document, where the server says that it reads such", async () => {
    const { ports } = await createMcpWorld({ ...READS_DOCUMENTS, offers: ["registration"] });
    const known = {
      clientIds: { "https://other-host.example": "theirs" },
      clientIdMetadataUrl: DOCUMENT,
      registration,
    };
    expect((await mcpConfig(RESOURCE, known, ports)).clientId).toBe(DOCUMENT);
  });

  it("is one that is registered now, where the server does not read documents", async () => {
    const { ports } = await createMcpWorld({ offers: ["registration"] });
    const config = await mcpConfig(RESOURCE, { clientIdMetadataUrl: DOCUMENT, registration }, ports);
    expect(config.clientId).toMatch(/^client-/);
  });

  it("is one that is registered with a secret, where the server insists: the secret is kept likewise, and its end", async () => {
    const { ports, server } = await createMcpWorld({ offers: ["registration"] });
    server.intercept = (request) =>
      request.path === "/register"
        ? Response.json(
            { client_id: "client-7", client_secret: "hush", client_secret_expires_at: 1_900_000_000 },
            { status: 201 },
          )
        : undefined;
    const config = await mcpConfig(RESOURCE, { registration }, ports);
    expect(config).toMatchObject({
      clientId: "client-7",
      tokenEndpointAuthMethod: "client_secret_basic",
      clientSecretExpiresAt: 1_900_000_000_000,
    });
    expect((config.clientSecret as Secret<string>).reveal()).toBe("hush");
    expect(JSON.stringify(config)).not.toContain("hush");
  });

  it("is that of an earlier registration with its secret, until that ends: then it is registered anew", async () => {
    const { ports, server } = await createMcpWorld({ offers: ["registration"] });
    const ours = (clientSecretExpiresAt: number) => ({
      clientId: "ours",
      clientSecret: "hush",
      clientSecretExpiresAt,
      tokenEndpointAuthMethod: "client_secret_post" as const,
    });
    const now = ports.clock.now();
    const known = (end: number) => ({ clientIds: { "https://id.example": ours(end) }, registration });
    expect(await mcpConfig(RESOURCE, known(now + 1_000), ports)).toMatchObject(ours(now + 1_000));
    expect(server.requests.map(({ path }) => path)).not.toContain("/register");
    const anew = await mcpConfig(RESOURCE, known(now), ports);
    expect(anew.clientId).toMatch(/^client-/);
    expect(anew).not.toHaveProperty("clientSecret");
  });

  it("never is that of another issuer: what can be done is said", async () => {
    const { ports } = await createMcpWorld({ ...READS_DOCUMENTS, offers: ["registration"] });
    const known = { clientIds: { "https://other-host.example": "theirs" } };
    await expect(mcpConfig(RESOURCE, known, ports)).rejects.toMatchObject({
      code: "unsupported_by_server",
      hint: expect.stringMatching(/clientIds: \{ "https:\/\/id\.example".*clientIdMetadataUrl.*registration/),
    });
  });

  it.each([
    "http://app.example/client.json",
    "https://app.example",
    "https://APP.example/x",
    "https://app.example/a/../x",
    "x",
  ])("is no document at %s", async (clientIdMetadataUrl) => {
    const { ports } = await createMcpWorld(READS_DOCUMENTS);
    await expect(mcpConfig(RESOURCE, { clientIdMetadataUrl }, ports)).rejects.toMatchObject({
      code: "invalid_config",
      detail: "clientIdMetadataUrl",
    });
  });
});

describe("the metadata of the authorization server", () => {
  const issuer = "https://id.example/tenant";
  const resource = { ...RESOURCE, authorizationServers: [issuer] };
  const PLACES = [
    "/.well-known/oauth-authorization-server/tenant",
    "/.well-known/openid-configuration/tenant",
    "/tenant/.well-known/openid-configuration",
  ];
  const host = "https://id.example";
  const metadata = {
    authorization_endpoint: `${host}/authorize`,
    token_endpoint: `${host}/token`,
    jwks_uri: `${host}/jwks`,
    registration_endpoint: `${host}/register`,
  };
  const wellKnown = ({ server }: McpWorld) =>
    server.requests.map(({ path }) => path).filter((path) => path.includes("well-known"));

  it.each(PLACES)(
    "is looked for in MCP's order, and found at %s, for the sign-in and a registration too",
    async (place) => {
      const world = await createMcpWorld({ issuer, metadataPath: place, offers: ["registration"], metadata });
      const config = await mcpConfig(resource, { registration }, world.ports);
      const before = PLACES.slice(0, PLACES.indexOf(place) + 1);
      expect(wellKnown(world)).toEqual([...before, place]);
      expect(config.metadataUrl).toBe(`https://id.example${place}`);
      const client = createAuthClient(config, world.ports);
      await client.signIn();
      expect(wellKnown(world)).toEqual([...before, place, place]);
      await client.close();
    },
  );

  it("is that of the first place, where several have one", async () => {
    const world = await createMcpWorld({ issuer, metadataPath: PLACES[0]! });
    world.server.intercept = ({ path }) =>
      PLACES.indexOf(path) > 0 ? Response.json({ issuer: "https://id.attacker.example" }) : undefined;
    const known = { clientIds: { [issuer]: "ours" } };
    expect((await mcpConfig(resource, known, world.ports)).metadataUrl).toBe(
      `https://id.example${PLACES[0]}`,
    );
  });

  it("is not that of another issuer, wherever it is", async () => {
    const world = await createMcpWorld({ issuer, metadataPath: PLACES[2]! });
    world.server.intercept = ({ path }) =>
      path === PLACES[1] ? Response.json({ issuer: "https://id.attacker.example" }) : undefined;
    const known = { clientIds: { [issuer]: "ours" } };
    await expect(mcpConfig(resource, known, world.ports)).rejects.toMatchObject({
      code: "discovery_failed",
      detail: "issuer",
    });
  });

  it("of an issuer without a path is OAuth's own first, then OpenID's, and no place twice", async () => {
    const world = await createMcpWorld();
    await mcpConfig(RESOURCE, { clientIds: { "https://id.example": "ours" } }, world.ports);
    expect(wellKnown(world)).toEqual([
      "/.well-known/oauth-authorization-server",
      "/.well-known/openid-configuration",
    ]);
  });
});

describe("an issuer that is an origin", () => {
  it.each([
    ["https://id.example/", "https://id.example"],
    ["https://id.example", "https://id.example/"],
  ])(
    "is the same as %s and as %s: the resource writes it one way, the server itself the other",
    async (named, issuer) => {
      const { ports } = await createMcpWorld({ issuer: "https://id.example", metadata: { issuer } });
      const resource = { ...RESOURCE, authorizationServers: [named] };
      for (const spelling of [named, issuer]) {
        // oxlint-disable-next-line no-await-in-loop
        const config = await mcpConfig(
          resource,
          { clientIds: { [spelling]: "ours" }, issuer: spelling },
          ports,
        );
        expect(config).toMatchObject({ issuer, clientId: "ours" });
      }
    },
  );

  it.each([
    ["of a path", "https://id.example/tenant/", "https://id.example/tenant"],
    ["of another port", "https://id.example:8443/", "https://id.example"],
    ["of another scheme", "https://id.example/", "http://id.example"],
    ["with a query", "https://id.example/?a", "https://id.example"],
  ])("is none with a slash %s", async (_, named, issuer) => {
    const { ports } = await createMcpWorld({
      metadata: { issuer },
      metadataPath: "/.well-known/openid-configuration",
    });
    const resource = { ...RESOURCE, authorizationServers: [named] };
    const known = { clientIds: { [issuer]: "ours", [named]: "ours" } };
    await expect(mcpConfig(resource, known, ports)).rejects.toBeInstanceOf(AuthError);
  });
});

it("an issuer that the resource does not name is refused before anything is sent", async () => {
  const { ports, server } = await createMcpWorld();
  const known = {
    issuer: "https://id.attacker.example",
    clientIds: { "https://id.attacker.example": "ours" },
  };
  await expect(mcpConfig(RESOURCE, known, ports)).rejects.toMatchObject({
    code: "discovery_failed",
    detail: "authorization_servers",
  });
  expect(server.requests).toEqual([]);
});

it("asks for offline_access where the authorization server lists it", async () => {
  const { ports } = await createMcpWorld({
    metadata: { scopes_supported: ["offline_access", "notes:read"] },
  });
  const known = { clientIds: { "https://id.example": "ours" } };
  expect((await mcpConfig(RESOURCE, known, ports)).scope).toBe("notes:read offline_access");
});
