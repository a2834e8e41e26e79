// The MCP SDK's own client and server, with Loopkey in between: from a 401 to a tool call.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { createAuthClient, type AuthClient } from "@loopkey/core";
import { discoverResource, mcpAuthProvider, mcpConfig, stepUpFetch, type McpClient } from "@loopkey/core/mcp";
import { createPerson } from "@loopkey/example-identity-provider";
import { createNodePorts } from "@loopkey/node-adapter";
import { describe, expect, it, onTestFinished } from "vitest";
import { startMcpServer, type StartedMcpServer } from "../servers/mcp/index.js";
import { startServer, type Server } from "./support/app.js";

interface World {
  readonly mcp: StartedMcpServer;
  readonly server: Server;
  readonly client: AuthClient;
  /** Scopes that a person was asked for, sign-in by sign-in. */
  readonly asked: readonly string[];
  readonly connect: () => Promise<Client>;
}

async function createWorld(known: McpClient, { isSilent = false } = {}): Promise<World> {
  const mcp = await startMcpServer();
  onTestFinished(mcp.stop);
  mcp.isSilent = isSilent;
  const server = await startServer({
    registration: true,
    resources: [
      { path: mcp.url.href as `http://${string}`, accessTokenFormat: "jwt", scope: "notes:read notes:write" },
    ],
  });
  await mcp.trust(server.issuer);

  const person = createPerson(server.account);
  const asked: string[] = [];
  const ports = {
    ...createNodePorts({ appName: "Loopkey MCP", store: "memory" }),
    async openBrowser(url: string) {
      asked.push(new URL(url).searchParams.get("scope") ?? "");
      void person.follow(url).then((redirect) => fetch(redirect));
    },
  };
  const clientIds = { [server.issuer]: server.clientId };
  const resource = await discoverResource(mcp.url, ports);
  const config = await mcpConfig(resource, "registration" in known ? known : { clientIds, ...known }, ports);
  const client = createAuthClient(config, ports);
  onTestFinished(() => client.close());
  return {
    mcp,
    server,
    client,
    asked,
    async connect() {
      const transport = new StreamableHTTPClientTransport(mcp.url, {
        authProvider: mcpAuthProvider(client, { scope: config.scope }),
        fetch: stepUpFetch(client, { scope: config.scope }),
      });
      const sdk = new Client({ name: "loopkey-test", version: "1.0.0" });
      await sdk.connect(transport);
      onTestFinished(() => sdk.close());
      return sdk;
    },
  };
}

const READ = { content: [{ type: "text", text: "It weaves algebraic patterns." }] };
const WRITTEN = { content: [{ type: "text", text: "Written." }] };

describe.each([
  ["with the metadata that the 401 names", {}],
  ["with the metadata at its well-known place", { isSilent: true }],
])("an MCP server, %s", (_, how) => {
  it("leads from a 401 to a tool call: one sign-in, and a token for that server alone", async () => {
    const { mcp, server, asked, connect } = await createWorld({}, how);
    const sdk = await connect();
    expect(await sdk.callTool({ name: "read-notes" })).toMatchObject(READ);
    expect(asked).toEqual(["notes:read offline_access"]);
    expect(mcp.tokens[0]).toBeUndefined();
    expect(mcp.tokens.at(-1)).toMatch(/./);
    const issued = server.events.filter((event) => event.type === "tokens-issued");
    expect(issued).toMatchObject([{ grantType: "authorization_code", audience: mcp.url.href }]);
  });
});

it("registers itself where it has no client id yet", async () => {
  const { asked, connect } = await createWorld({ registration: { client_name: "Example Notes" } });
  const sdk = await connect();
  expect(await sdk.callTool({ name: "read-notes" })).toMatchObject(READ);
  expect(asked).toHaveLength(1);
});

it("renews a token that the server refuses, without the person", async () => {
  const { mcp, server, asked, connect } = await createWorld({});
  const sdk = await connect();
  await sdk.callTool({ name: "read-notes" });
  const first = mcp.tokens.at(-1);
  mcp.refuseToken();
  expect(await sdk.callTool({ name: "read-notes" })).toMatchObject(READ);
  expect(mcp.tokens.at(-1)).not.toBe(first);
  expect(asked).toHaveLength(1);
  expect(server.events.filter((event) => event.type === "tokens-issued")).toMatchObject([
    { grantType: "authorization_code" },
    { grantType: "refresh_token", audience: mcp.url.href },
  ]);
});

it("steps up: a tool that needs more asks the person for it, once, and keeps what was granted", async () => {
  const { asked, client, connect } = await createWorld({});
  const sdk = await connect();
  await sdk.callTool({ name: "read-notes" });
  expect(await sdk.callTool({ name: "write-note" })).toMatchObject(WRITTEN);
  expect(asked).toEqual(["notes:read offline_access", "notes:read offline_access notes:write"]);
  expect(client.getState()).toMatchObject({
    session: { scope: expect.arrayContaining(["notes:read", "notes:write"]) },
  });
  await sdk.callTool({ name: "write-note" });
  await sdk.callTool({ name: "read-notes" });
  expect(asked).toHaveLength(2);
});

it("works over client.fetch alone, for a person who is signed in", async () => {
  const { mcp, client } = await createWorld({});
  await client.signIn();
  const sdk = new Client({ name: "loopkey-test", version: "1.0.0" });
  await sdk.connect(new StreamableHTTPClientTransport(mcp.url, { fetch: client.fetch }));
  onTestFinished(() => sdk.close());
  expect(await sdk.callTool({ name: "read-notes" })).toMatchObject(READ);
  mcp.refuseToken();
  expect(await sdk.callTool({ name: "read-notes" })).toMatchObject(READ);
});
