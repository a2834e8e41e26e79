// Where an access token may be sent, and which. A request elsewhere is refused in `client/inside/api-authorization.ts`.
import type { ApiOrigin } from "./auth-config.js";
import { refuseUnknown, scopeOf, wrongOption } from "./option-checks.js";
import { resources } from "./request-options.js";
import { isSecureUrl } from "./secure-url.js";

/** Which access token: the session's own where nothing is said. */
export interface TokenTarget {
  /** RFC 8707 2.2. */
  readonly resource?: string;
  readonly scope?: string;
}

const ORIGIN_NAMES: readonly (keyof ApiOrigin)[] = ["origin", "resource", "scope"];

/**
 * The origins that a token may be sent to, each with the token that it gets: the issuer's, and those of `apiOrigins`. Rejects
 * what makes no sense by throwing `invalid_config`.
 */
export function resolveApiOrigins(
  issuer: URL,
  origins: readonly (string | ApiOrigin)[],
): ReadonlyMap<string, TokenTarget> {
  if (!Array.isArray(origins))
    throw wrongOption("apiOrigins", 'must be a list, like ["https://api.example.com"]');
  const targets = new Map<string, TokenTarget>([[issuer.origin, {}]]);
  for (const entry of origins as readonly (string | ApiOrigin)[]) {
    const [origin, target] = resolveEntry(entry);
    const before = targets.get(origin);
    // The issuer's stands there anyway; said twice, nobody knows which token is meant.
    if (before && origin !== issuer.origin && JSON.stringify(before) !== JSON.stringify(target))
      throw wrongOption("apiOrigins", `has "${origin}" twice, with different tokens. Leave one out`);
    targets.set(origin, target);
  }
  return targets;
}

function resolveEntry(entry: string | ApiOrigin): readonly [origin: string, target: TokenTarget] {
  if (typeof entry !== "object" || entry === null) return [resolveOrigin(entry), {}];
  refuseUnknown(entry, ORIGIN_NAMES);
  return [resolveOrigin(entry.origin), resolveTarget("apiOrigins", entry)];
}

/** Of a call. Throws `invalid_config`. */
export function checkedTarget({ resource, scope }: TokenTarget): TokenTarget {
  return { ...resolveTarget("resource", { resource }), ...resolveTarget("scope", { scope }) };
}

function resolveTarget(
  option: string,
  { resource, scope }: { readonly [Name in keyof TokenTarget]: TokenTarget[Name] | undefined },
): TokenTarget {
  if (Array.isArray(resource))
    throw wrongOption(option, "takes one resource for a token. Ask for a token for each of them");
  return {
    ...(resource === undefined ? {} : { resource: resources(option, resource)[0]! }),
    ...(scope === undefined ? {} : { scope: scopeOf(option, scope) }),
  };
}

function resolveOrigin(origin: string): string {
  if (!URL.canParse(origin))
    throw wrongOption("apiOrigins", `has ${JSON.stringify(origin)}. Write "https://api.example.com"`);
  const url = new URL(origin);
  if (url.href !== `${url.origin}/`)
    throw wrongOption(
      "apiOrigins",
      `has more than an origin in ${JSON.stringify(origin)}. Write "${url.origin}"`,
    );
  if (!isSecureUrl(url))
    throw wrongOption(
      "apiOrigins",
      `has ${JSON.stringify(origin)}, which is not https. Write "https://${url.host}"`,
    );
  return url.origin;
}
