// Where a server's metadata is looked for.
import type { ResolvedConfig } from "../../config/config.js";

/**
 * Where the document may be, the likeliest first: OpenID Connect Discovery 4.1, then RFC 8414 3.1, whose name goes before the
 * issuer's path. Where the app says it, there alone.
 */
export function metadataPlaces({ issuer, metadataUrl }: ResolvedConfig): readonly URL[] {
  if (metadataUrl) return [metadataUrl];
  const { origin, pathname } = issuer;
  const path = pathname.replace(/\/$/, "");
  return [
    new URL(`${origin}${path}/.well-known/openid-configuration`),
    new URL(`${origin}/.well-known/oauth-authorization-server${path}`),
  ];
}

/** OpenID Connect Discovery 4.1; undefined where the app gives the metadata itself. */
export function metadataUrl({ issuer, metadataUrl, server }: ResolvedConfig): string | undefined {
  if (metadataUrl) return metadataUrl.href;
  return server ? undefined : `${issuer.href.replace(/\/$/, "")}/.well-known/openid-configuration`;
}
