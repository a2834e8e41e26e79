// The metadata of a protected resource (RFC 9728 3): where it may be, and what of it is believed.
import { processResourceDiscoveryResponse, type ResourceServer } from "oauth4webapi";
import { isLoopbackHttp, isSecureUrl } from "../config/secure-url.js";
import { AuthError } from "../ground/errors.js";
import { isTooDeep } from "../ground/json-depth.js";
import { printable } from "../ground/printable.js";
import { createServerFetch } from "./inside/http.js";
import { busy, isTransient } from "./inside/errors.js";
import { createSkewMeter } from "./inside/skew.js";
import { fetchOf } from "./context.js";
import type { AuthPorts } from "../ports/ports.js";

export type { ResourceServer };

/** An address, and the identifiers that the document there may have (RFC 9728 3.3). */
interface Place {
  readonly at: URL;
  readonly of: readonly URL[];
}

export interface ResourceMetadataRequest {
  readonly resource: URL;
  /** As the challenge named it: then no other place is looked at. */
  readonly named: string | undefined;
  readonly timeoutMs: number;
}

/**
 * The metadata of the resource, checked to be its own. Rejects with `discovery_failed`, `insecure_endpoint` or
 * `temporarily_unavailable`.
 */
export async function requestResourceMetadata(
  ports: Pick<AuthPorts, "clock" | "fetch">,
  { resource, named, timeoutMs }: ResourceMetadataRequest,
  signal: AbortSignal,
): Promise<ResourceServer> {
  const { clock } = ports;
  const skew = createSkewMeter({ clock, toleranceMs: 0, onSkew: () => {} });
  const fetch = createServerFetch({ fetch: fetchOf(ports), clock, timeoutMs, skew });
  const places = named === undefined ? wellKnownPlaces(resource) : [namedPlace(named, resource)];
  const tried: string[] = [];
  for (const { at, of } of places) {
    const init = { headers: { accept: "application/json" }, redirect: "manual", signal } as const;
    // oxlint-disable-next-line no-await-in-loop
    const response = await fetch(at.href, init);
    if (isTransient(response.status)) throw busy(`The resource metadata at ${at.href}`, response);
    // oxlint-disable-next-line no-await-in-loop
    const isFound = response.status === 200 && (named !== undefined || (await isDocument(response)));
    if (isFound) return read(response, { at, of });
    tried.push(`${at.href} (${response.status})`);
  }
  throw new AuthError(
    "discovery_failed",
    `${printable(resource.href)} does not say who signs people in for it: ${printable(tried.join(", "), 400)}.`,
    {
      detail: "resource_metadata",
      hint: "Check the address. A server without it needs an issuer and a client id of yours.",
    },
  );
}

/** The path goes behind the well-known one (RFC 9728 3.1); at the root it is the whole host's, as MCP has it. */
function wellKnownPlaces(resource: URL): readonly Place[] {
  const root = new URL("/.well-known/oauth-protected-resource", resource);
  if (resource.pathname === "/") return [{ at: root, of: [resource] }];
  const at = new URL(root.href + resource.pathname.replace(/\/$/, "") + resource.search);
  return [
    { at, of: [resource] },
    // A host with one resource says at its root which.
    { at: root, of: [new URL("/", resource), resource] },
  ];
}

/** RFC 9728 3.3: it is about the URL that was asked for. Whoever is elsewhere has no business with what listens here. */
function namedPlace(named: string, resource: URL): Place {
  if (!URL.canParse(named))
    throw new AuthError("discovery_failed", `resource_metadata is not a URL: ${printable(named)}.`, {
      detail: "resource_metadata",
      hint: "Tell the operator of the server.",
    });
  const at = new URL(named);
  checkNamed("resource_metadata", at, resource);
  return { at, of: [resource] };
}

/** Throws `insecure_endpoint` for http, unless both are on this machine. */
export function checkNamed(name: string, url: URL, by: URL): void {
  const isAtHome = isLoopbackHttp(by);
  if (isSecureUrl(url) && (isAtHome || !isLoopbackHttp(url)) && !url.username && !url.password) return;
  throw new AuthError("insecure_endpoint", `${name} of ${by.host} is not https: ${printable(url.href)}`, {
    detail: name,
  });
}

/** Many hosts answer every path with a page, and status 200. Whose document it is, is judged when it is one. */
async function isDocument(response: Response): Promise<boolean> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  return typeof body === "object" && body !== null && "resource" in body;
}

async function read(response: Response, { at, of }: Place): Promise<ResourceServer> {
  for (const each of of)
    try {
      // oxlint-disable-next-line no-await-in-loop
      const found = await processResourceDiscoveryResponse(each, response.clone());
      if (!isTooDeep(found)) return found;
    } catch {
      // Said below: what oauth4webapi throws holds the whole answer.
    }
  throw new AuthError(
    "discovery_failed",
    `The document at ${printable(at.href)} is not the metadata of ${printable(of.map(({ href }) => href).join(" or "))}.`,
    {
      detail: "resource",
      hint: "Write the address exactly as the server calls itself, or tell its operator.",
    },
  );
}
