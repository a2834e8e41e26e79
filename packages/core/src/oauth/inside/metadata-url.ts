// Where a server's metadata is looked for.
import type { ResolvedConfig } from "../../config/config.js";

/** OpenID Connect Discovery 4.1; undefined where the app gives the metadata itself. */
export function metadataUrl({ issuer, metadataUrl, server }: ResolvedConfig): string | undefined {
  if (metadataUrl) return metadataUrl.href;
  return server ? undefined : `${issuer.href.replace(/\/$/, "")}/.well-known/openid-configuration`;
}
