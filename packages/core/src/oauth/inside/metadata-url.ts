// Where a server's metadata is looked for.
import type { ResolvedConfig } from "../../config/config.js";

/** `mcp`: in the order that MCP asks for, which begins with OAuth's own. */
export type PlaceOrder = "openid" | "mcp";

/**
 * Where the document may be, the likeliest first: OpenID Connect Discovery 4.1, then RFC 8414 3.1, whose name goes before the
 * issuer's path, then OpenID's name there (RFC 8414 5). Where the app says it, there alone.
 */
export function metadataPlaces(
  { issuer, metadataUrl }: ResolvedConfig,
  order: PlaceOrder = "openid",
): readonly URL[] {
  if (metadataUrl) return [metadataUrl];
  const { origin, pathname } = issuer;
  const path = pathname.replace(/\/$/, "");
  const appended = new URL(`${origin}${path}/.well-known/openid-configuration`);
  const oauth = new URL(`${origin}/.well-known/oauth-authorization-server${path}`);
  const inserted = path === "" ? [] : [new URL(`${origin}/.well-known/openid-configuration${path}`)];
  return order === "mcp" ? [oauth, ...inserted, appended] : [appended, oauth, ...inserted];
}

/** OpenID Connect Discovery 4.1; undefined where the app gives the metadata itself. */
export function metadataUrl({ issuer, metadataUrl, server }: ResolvedConfig): string | undefined {
  if (metadataUrl) return metadataUrl.href;
  return server ? undefined : `${issuer.href.replace(/\/$/, "")}/.well-known/openid-configuration`;
}
