// From the address of an MCP server to what it says of itself: who signs people in for it, and what for.
import { refuseUnknown, wrongOption } from "../config/option-checks.js";
import { isSecureUrl } from "../config/secure-url.js";
import { abortedCall, AuthError } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import { fetchOf } from "../oauth/context.js";
import { readChallenge, type ResourceChallenge } from "../oauth/resource-challenge.js";
import {
  checkNamed,
  requestResourceMetadata,
  type ResourceServer,
} from "../oauth/resource-metadata-request.js";
import { startLimit } from "../ports/limit.js";
import type { AuthPorts } from "../ports/ports.js";

/** What a protected resource says of itself (RFC 9728 2), checked. */
export interface ProtectedResource {
  /** Its identifier, as it writes it: what tokens are asked for with (RFC 8707). */
  readonly resource: string;
  /** Issuers that sign people in for it, at least one, in its order. */
  readonly authorizationServers: readonly string[];
  /** What to ask for: the challenge's scope, else all of `scopes_supported`; empty where it says neither. */
  readonly scope: readonly string[];
  /** `resource_name`, to show. */
  readonly name?: string;
}

export interface DiscoverResourceOptions {
  /** A 401 that is there already. @default one GET without a token asks for it */
  readonly unauthorized?: Pick<Response, "status" | "headers">;
  readonly signal?: AbortSignal;
  /** Limit of each request, in milliseconds. @default 30_000 */
  readonly requestTimeoutMs?: number;
}

const OPTION_NAMES: Readonly<Record<keyof DiscoverResourceOptions, true>> = {
  unauthorized: true,
  signal: true,
  requestTimeoutMs: true,
};

/**
 * Asks a server without a token and reads where its 401 leads (RFC 9728 5.1), else the well-known places: that of its path,
 * then that of its host. The document must be of exactly this address (RFC 9728 3.3), or of the host where it is the host's,
 * and name an authorization server; no redirect is followed, and a server elsewhere may not lead to this machine.
 *
 * Rejects with `discovery_failed`, `insecure_endpoint`, `temporarily_unavailable`, `cancelled` (by the signal) or
 * `invalid_config`.
 *
 * @example
 * ```ts
 * const ports = createNodePorts({ appName: "Example Notes" });
 * const resource = await discoverResource("https://mcp.example.com/mcp", ports);
 * const known = { clientIdMetadataUrl: "https://notes.example.com/client.json" };
 * const client = createAuthClient(await mcpConfig(resource, known, ports), ports);
 * const authProvider = mcpAuthProvider(client);
 * ```
 */
export async function discoverResource(
  url: string | URL,
  ports: Pick<AuthPorts, "clock" | "fetch">,
  options: DiscoverResourceOptions = {},
): Promise<ProtectedResource> {
  refuseUnknown(options, Object.keys(OPTION_NAMES));
  const { signal = new AbortController().signal, requestTimeoutMs: timeoutMs = 30_000 } = options;
  const resource = readUrl(url);
  try {
    const challenge = options.unauthorized
      ? await readChallenge(options.unauthorized)
      : await askWithoutToken(resource, ports, timeoutMs, signal);
    const named = challenge?.resourceMetadata;
    const found = await requestResourceMetadata(ports, { resource, named, timeoutMs }, signal);
    return toResource(resource, found, challenge);
  } catch (error) {
    throw signal.aborted ? abortedCall() : error;
  }
}

function readUrl(given: string | URL): URL {
  if (!(given instanceof URL || typeof given === "string") || !URL.canParse(given))
    throw wrongOption("url", 'is not a URL. Write it like "https://mcp.example.com/mcp"');
  const url = new URL(given);
  if (url.hash || url.username || url.password)
    throw wrongOption("url", "has a fragment, a user name or a password in it. Leave them out");
  if (isSecureUrl(url)) return url;
  throw new AuthError("insecure_endpoint", `The address ${printable(url.href)} is not https.`, {
    detail: "url",
  });
}

/** A body may be a stream without an end: nothing of it is read. */
async function askWithoutToken(
  url: URL,
  ports: Pick<AuthPorts, "clock" | "fetch">,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ResourceChallenge | undefined> {
  const limit = new AbortController();
  const callOff = startLimit(ports.clock, timeoutMs, () => limit.abort());
  try {
    const response = await fetchOf(ports)(url.href, {
      headers: { accept: "application/json, text/event-stream" },
      redirect: "manual",
      credentials: "omit",
      signal: AbortSignal.any([signal, limit.signal]),
    });
    await response.body?.cancel();
    return response.status === 401 ? await readChallenge(response) : undefined;
  } catch (cause) {
    throw new AuthError("temporarily_unavailable", `${url.host} could not be reached.`, {
      detail: limit.signal.aborted ? "timeout" : "unreachable",
      cause,
    });
  } finally {
    callOff();
  }
}

function toResource(
  url: URL,
  { resource, authorization_servers: issuers, scopes_supported: scopes, resource_name: name }: ResourceServer,
  challenge: ResourceChallenge | undefined,
): ProtectedResource {
  const named = texts(issuers);
  if (named.length === 0 || !named.every((issuer) => URL.canParse(issuer)))
    throw new AuthError("discovery_failed", `${url.host} names no authorization server.`, {
      detail: "authorization_servers",
      hint: "Tell the operator of the server.",
    });
  for (const issuer of named) checkNamed("authorization_servers", new URL(issuer), url);
  const asked = challenge?.scope ?? [];
  return {
    resource,
    authorizationServers: named,
    scope: asked.length > 0 ? asked : texts(scopes),
    ...(typeof name === "string" ? { name: printable(name) } : {}),
  };
}

function texts(list: unknown): readonly string[] {
  return Array.isArray(list) && list.every((each) => typeof each === "string") ? list : [];
}
