// The APIs a token can be made for (RFC 8707): known by their URLs, each with scopes of its own.
import type { ResourceServer } from "oidc-provider";
import { InvalidTarget } from "oidc-provider/lib/helpers/errors.js";
import type { ApiPath, ResourceOptions } from "./feature-options.js";

/** What a request asked for at one API. */
export interface AskedResource {
  readonly indicator: string;
  readonly scopes: readonly string[];
}

export interface Resources {
  /** Throws `invalid_target` when there is none of that name. */
  serverFor(indicator: string): ResourceServer;
  /** What an authorization request asks for, API by API. */
  askedIn(params: { readonly resource?: unknown; readonly scope?: unknown }): readonly AskedResource[];
  /** Of all APIs: not to be granted for the server itself. */
  readonly scopes: ReadonlySet<string>;
  /** The audience a token must have at this path; undefined: none. */
  audienceAt(path: ApiPath): string | undefined;
}

export function createResources(issuer: string, options: readonly Required<ResourceOptions>[]): Resources {
  const byIndicator = new Map(options.map((option) => [new URL(option.path, issuer).href, option]));
  return {
    serverFor(indicator) {
      const found = byIndicator.get(indicator);
      if (found === undefined) throw new InvalidTarget("the resource is not known here");
      const { scope, accessTokenFormat } = found;
      return {
        scope,
        accessTokenFormat,
        ...(accessTokenFormat === "jwt" && { jwt: { sign: { alg: "RS256" } } }),
      };
    },
    askedIn({ resource, scope }) {
      const asked = typeof scope === "string" ? scope.split(" ") : [];
      return [resource].flat().flatMap((indicator) => {
        const found = typeof indicator === "string" ? byIndicator.get(indicator) : undefined;
        if (found === undefined) return [];
        const known = found.scope.split(" ");
        return { indicator: indicator as string, scopes: asked.filter((each) => known.includes(each)) };
      });
    },
    scopes: new Set(options.flatMap(({ scope }) => scope.split(" "))),
    audienceAt(path) {
      const indicator = `${issuer}${path}`;
      return byIndicator.has(indicator) ? indicator : undefined;
    },
  };
}
