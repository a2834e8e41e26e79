// The client of an MCP server's authorization server: who the app is there, in the order that MCP asks for.
import { resolveConfig } from "../config/config.js";
import type { AuthConfig } from "../config/auth-config.js";
import { refuseUnknown, wrongOption } from "../config/option-checks.js";
import { abortedCall, AuthError } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import { createOAuthContext } from "../oauth/context.js";
import { createDiscovery, type AuthorizationServer } from "../oauth/discovery.js";
import type { AuthPorts } from "../ports/ports.js";
import type { ClientMetadata } from "../registration/client-metadata.js";
import { registerClient } from "../registration/register-client.js";
import type { ProtectedResource } from "./discover-resource.js";

/** Who the app is: the first that the authorization server knows is taken, in this order. */
export interface McpClient {
  /**
   * Client ids by the issuer that gave them; those of earlier registrations, too, with the secret where there was one. No issuer
   * gets another's, and one whose secret has ended is as good as none.
   */
  readonly clientIds?: Readonly<Record<string, string | McpClientId>>;
  /** The https address of the app's client ID metadata document, for servers that read such (CIMD). */
  readonly clientIdMetadataUrl?: string;
  /** To register with (RFC 7591), where nothing else does: keep the `clientId` by its `issuer`, and give it next time. */
  readonly registration?: ClientMetadata;
  /** One of `authorizationServers`. @default the first of them */
  readonly issuer?: string;
  readonly signal?: AbortSignal;
}

/** What a registration gave, by its names in the configuration. */
export type McpClientId = Pick<
  AuthConfig,
  "clientId" | "clientSecret" | "clientSecretExpiresAt" | "tokenEndpointAuthMethod"
>;

/** What `createAuthClient` needs for it: other options may be added. */
export type McpConfig = AuthConfig &
  Required<Pick<AuthConfig, "clientId" | "resource" | "scope">> & {
    readonly issuer: string;
    readonly apiOrigins: readonly string[];
  };

const OPTION_NAMES: Readonly<Record<keyof McpClient, true>> = {
  clientIds: true,
  clientIdMetadataUrl: true,
  registration: true,
  issuer: true,
  signal: true,
};

/**
 * The configuration for a protected resource: its authorization server, a client id there, `resource` and the scope. Adds
 * `offline_access` where the authorization server lists it, and nothing else.
 *
 * Rejects with `unsupported_by_server` (the app cannot make itself known), as {@link registerClient} does, and with what
 * discovery rejects with; `discovery_failed` also for an `issuer` that the resource does not name.
 */
export async function mcpConfig(
  { resource, authorizationServers, scope }: ProtectedResource,
  known: McpClient,
  ports: Pick<AuthPorts, "clock" | "fetch">,
): Promise<McpConfig> {
  refuseUnknown(known, Object.keys(OPTION_NAMES));
  checkMetadataUrl(known.clientIdMetadataUrl);
  const named = known.issuer ?? authorizationServers[0]!;
  if (!authorizationServers.some((each) => spellings(each).includes(named)))
    throw new AuthError("discovery_failed", `${printable(resource)} does not name ${printable(named)}.`, {
      detail: "authorization_servers",
      hint: `It names ${printable(authorizationServers.join(", "), 200)}: a client id of another server is not for it.`,
    });
  const { signal = new AbortController().signal } = known;
  const context = createOAuthContext(
    resolveConfig({ issuer: asWritten(named), clientId: "not known yet" }),
    ports,
  );
  try {
    let metadataUrl: string | undefined;
    const server = await createDiscovery(context, {
      order: "mcp",
      onFound: ({ href }) => (metadataUrl = href),
    })(signal);
    // As it calls itself: that is what its tokens and redirects say.
    const { issuer } = server;
    const offered = server.scopes_supported?.includes("offline_access") && !scope.includes("offline_access");
    return {
      issuer,
      // The same document at every sign-in, where there are several.
      ...(metadataUrl === undefined ? {} : { metadataUrl }),
      ...(await clientAt({ server, issuer, metadataUrl }, known, ports)),
      resource,
      scope: [...scope, ...(offered ? ["offline_access"] : [])].join(" "),
      apiOrigins: [new URL(resource).origin],
    };
  } catch (error) {
    throw signal.aborted ? abortedCall() : error;
  }
}

/** An origin is the same with a slash and without (RFC 3986 6.2.3), and resources write it either way; a path is not. */
function spellings(issuer: string): readonly string[] {
  if (!URL.canParse(issuer)) return [issuer];
  const { href, origin } = new URL(issuer);
  return href === `${origin}/` ? [issuer, origin, href] : [issuer];
}

/** A URL stands for both of its spellings, text for itself. */
function asWritten(issuer: string): string | URL {
  return spellings(issuer).length > 1 ? new URL(issuer) : issuer;
}

interface FoundServer {
  readonly server: AuthorizationServer;
  readonly issuer: string;
  readonly metadataUrl: string | undefined;
}

async function clientAt(
  { server, issuer, metadataUrl }: FoundServer,
  { clientIds = {}, clientIdMetadataUrl, registration, signal }: McpClient,
  ports: Pick<AuthPorts, "clock" | "fetch">,
): Promise<McpClientId> {
  const name = spellings(issuer).find((each) => Object.hasOwn(clientIds, each));
  const known = name === undefined ? undefined : clientIds[name];
  if (typeof known === "string") return { clientId: known };
  if (known && (known.clientSecretExpiresAt ?? Infinity) > ports.clock.now()) return known;
  const readsDocuments = server["client_id_metadata_document_supported"] === true;
  if (clientIdMetadataUrl !== undefined && readsDocuments) return { clientId: clientIdMetadataUrl };
  if (registration !== undefined && server.registration_endpoint) {
    const { clientId, clientSecret, clientSecretExpiresAt, tokenEndpointAuthMethod } = await registerClient(
      issuer,
      registration,
      ports,
      { ...(signal && { signal }), ...(metadataUrl && { metadataUrl }) },
    );
    return {
      clientId,
      ...(clientSecret && { clientSecret }),
      ...(clientSecretExpiresAt !== undefined && { clientSecretExpiresAt }),
      ...(tokenEndpointAuthMethod && { tokenEndpointAuthMethod }),
    };
  }
  throw new AuthError("unsupported_by_server", `The app cannot make itself known to ${printable(issuer)}.`, {
    detail: "registration_endpoint",
    hint:
      `Register it there, and give its client id as clientIds: { ${JSON.stringify(printable(issuer))}: "..." }.` +
      (readsDocuments ? " Or give clientIdMetadataUrl: the server reads such documents." : "") +
      (server.registration_endpoint
        ? " Or give registration: the server lets apps register themselves."
        : ""),
  });
}

/** It is the client id itself: compared as text by everybody, so it has one form only. */
function checkMetadataUrl(given: string | undefined): void {
  if (given === undefined) return;
  const url = typeof given === "string" && URL.canParse(given) ? new URL(given) : undefined;
  const isGood =
    url?.protocol === "https:" &&
    url.href === given &&
    url.pathname !== "/" &&
    !url.hash &&
    !url.username &&
    !url.password;
  if (!isGood)
    throw wrongOption(
      "clientIdMetadataUrl",
      'must be an https URL with a path, written in full, like "https://app.example.com/client.json"',
    );
}
