// Who the app is at an MCP server's authorization server, and what it asks for there.
import { describe, expect, it } from "vitest";
import { mcpConfig, type ProtectedResource } from "../../src/mcp-entry.js";
import { createMcpWorld, MCP } from "./world.js";

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
