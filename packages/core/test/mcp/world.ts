// An MCP server as a fetch function, beside the fake authorization server that it trusts.
import { createAuthClient, type AuthClient } from "../../src/index.js";
import {
  createFakeClock,
  createFakePorts,
  createFakeServer,
  type FakePorts,
  type FakeServer,
  type FakeServerOptions,
} from "../../src/testing/index.js";

export const MCP = "https://mcp.example/notes/mcp";
export const BESIDE = "https://mcp.example/.well-known/oauth-protected-resource/notes/mcp";
export const ROOT = "https://mcp.example/.well-known/oauth-protected-resource";

export interface McpWorld {
  readonly server: FakeServer;
  readonly ports: FakePorts;
  /** What was asked of the MCP server and its host, in order. */
  readonly asked: readonly string[];
}

export interface McpWorldOptions extends Partial<FakeServerOptions> {
  /** Of the 401; undefined: it has no challenge. */
  readonly challenge?: string | undefined;
  /** By URL; what is not here is a 404. @default the right document beside the path */
  readonly documents?: Readonly<Record<string, unknown>>;
}

export const GOOD = { resource: MCP, authorization_servers: ["https://id.example"] };

export async function createMcpWorld(options: McpWorldOptions = {}): Promise<McpWorld> {
  const { challenge, documents = { [BESIDE]: GOOD }, ...rest } = options;
  const clock = createFakeClock();
  const server = await createFakeServer({ clock, ...rest });
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { href, origin } = new URL(input instanceof Request ? input.url : input);
    if (origin === new URL(server.issuer).origin) return server.fetch(input, init);
    asked.push(href);
    const document = documents[href];
    if (document instanceof Response) return document;
    if (document !== undefined) return Response.json(document);
    const headers: Record<string, string> = challenge === undefined ? {} : { "www-authenticate": challenge };
    return href === MCP ? new Response(null, { status: 401, headers }) : new Response(null, { status: 404 });
  };
  return { server, ports: { ...createFakePorts({ clock, server }), fetch }, asked };
}

/** One that is signed in for the MCP server. */
export async function signedIn(
  { server, ports }: McpWorld,
  scope = "notes:read offline_access",
): Promise<AuthClient> {
  const client = createAuthClient(
    { issuer: server.issuer, clientId: "my-app", scope, resource: MCP, apiOrigins: ["https://mcp.example"] },
    ports,
  );
  await client.signIn();
  return client;
}
