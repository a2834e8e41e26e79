// An MCP server on the SDK's own parts: it takes the tokens that one authorization server made for it, and no others.
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import {
  buildOAuthProtectedResourceMetadata,
  createMcpHandler,
  getOAuthProtectedResourceMetadataUrl,
  McpServer,
  OAuthError,
  OAuthErrorCode,
  requireBearerAuth,
  requireScopes,
} from "@modelcontextprotocol/server";
import { createTokenVerifier } from "./token-verifier.js";

export interface StartedMcpServer {
  /** Its endpoint, which is its resource indicator. */
  readonly url: URL;
  /** Where it sends people: until this is called it knows no token. */
  trust(issuer: string): Promise<void>;
  /** From now on it refuses the token that came last, as if it had been revoked. */
  refuseToken(): void;
  /** Every token that came, in order; undefined for a request without one. */
  readonly tokens: readonly (string | undefined)[];
  /** Left out of its 401s: clients find the metadata at the well-known places. @default false */
  isSilent: boolean;
  readonly stop: () => Promise<void>;
}

const SCOPE = "notes:read";

/** Its tools: `read-notes` for everybody who may come at all, `write-note` for `notes:write`. */
export async function startMcpServer(): Promise<StartedMcpServer> {
  const tokens: (string | undefined)[] = [];
  const refused = new Set<string>();
  let isSilent = false;
  let issuer: string | undefined;
  let verify: (
    token: string,
  ) => Promise<{ readonly scopes: string[]; readonly expiresAt: number; readonly clientId: string }>;
  const handler = createMcpHandler(createNotes);

  const server = serve({ fetch: answer, hostname: "127.0.0.1", port: 0 });
  const { port } = await new Promise<AddressInfo>((resolve) =>
    server.once("listening", () => resolve(server.address() as AddressInfo)),
  );
  const url = new URL(`http://127.0.0.1:${port}/mcp`);
  const metadataUrl = getOAuthProtectedResourceMetadataUrl(url);
  const gate = requireBearerAuth({
    expectedResource: url,
    requiredScopes: [SCOPE],
    resourceMetadataUrl: metadataUrl,
    verifier: {
      async verifyAccessToken(token) {
        const known = refused.has(token) ? undefined : await verify(token).catch(() => undefined);
        if (!known) throw new OAuthError(OAuthErrorCode.InvalidToken, "The token is not good here");
        return { token, resource: url, ...known };
      },
    },
  });

  async function answer(request: Request): Promise<Response> {
    if (request.url === metadataUrl) return Response.json(await metadata());
    if (new URL(request.url).pathname !== url.pathname) return new Response(null, { status: 404 });
    tokens.push(/^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1]);
    const known = await gate(request);
    if (!(known instanceof Response)) return handler.fetch(request, { authInfo: known });
    if (isSilent) known.headers.delete("www-authenticate");
    return known;
  }

  async function metadata(): Promise<object> {
    const found = await fetch(`${issuer}/.well-known/openid-configuration`);
    return buildOAuthProtectedResourceMetadata({
      oauthMetadata: (await found.json()) as Parameters<
        typeof buildOAuthProtectedResourceMetadata
      >[0]["oauthMetadata"],
      resourceServerUrl: url,
      scopesSupported: [SCOPE],
      resourceName: "Notes",
    });
  }

  return {
    url,
    tokens,
    get isSilent() {
      return isSilent;
    },
    set isSilent(silent) {
      isSilent = silent;
    },
    async trust(newIssuer) {
      issuer = newIssuer;
      verify = await createTokenVerifier(issuer, url.href);
    },
    refuseToken: () => void refused.add(tokens.findLast((token) => token !== undefined)!),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

function createNotes(): McpServer {
  const server = new McpServer({ name: "notes", version: "1.0.0" });
  const said = (text: string) => ({ content: [{ type: "text" as const, text }] });
  server.registerTool("read-notes", { description: "All notes" }, () =>
    said("It weaves algebraic patterns."),
  );
  server.registerTool(
    "write-note",
    { description: "Adds a note", scopeChallenge: requireScopes("notes:read", "notes:write") },
    () => said("Written."),
  );
  return server;
}
