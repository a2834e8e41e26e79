// For preflight alone: a HEAD request, of whose answer the `Date` is read. How the clocks are compared in every other answer:
// inside/skew.ts.
import type { OAuthContext } from "./context.js";
import { metadataUrl } from "./inside/metadata-url.js";
import { measureSkew } from "./inside/skew.js";

/**
 * How far the server's clock is ahead of ours, in milliseconds: 0 within the tolerance, undefined when its answer names no
 * time or comes from a cache. Any status will do. Rejects with `temporarily_unavailable`.
 */
export async function askServerTime(context: OAuthContext, signal: AbortSignal): Promise<number | undefined> {
  const { config, clock, fetch } = context;
  const sentAt = clock.now();
  // The issuer may be a mere name; the token endpoint is asked with every token.
  const address = metadataUrl(config) ?? new URL("/", config.server?.token_endpoint).href;
  const { headers } = await fetch(address, {
    method: "HEAD",
    redirect: "manual",
    headers: { "cache-control": "no-cache" },
    signal,
  });
  // A cache that ignores that says so: its Date is that of the first answer (RFC 9111 5.1).
  if (Number(headers.get("age") ?? 0) > 0) return undefined;
  const toleranceMs = config.clockToleranceSeconds * 1000;
  return measureSkew(headers, { sentAt, now: clock.now(), toleranceMs });
}
