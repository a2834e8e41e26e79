// The server's keys for ID tokens: remembered, and fetched again at once when they do not do.
import { jwksCache, type ExportedJWKSCache, type JWKSCacheInput } from "oauth4webapi";

type CacheOption = { readonly [jwksCache]: JWKSCacheInput };

export interface SigningKeys {
  /**
   * Runs a check against the keys that are remembered. When it fails, once more against keys fetched anew: a server may have
   * rotated or mended them a moment ago (OpenID Connect Core 10.1.1).
   */
  validate(check: (option: CacheOption) => Promise<void>): Promise<void>;
}

/** oauth4webapi keeps keys for five minutes, and by itself looks for an unknown one only when they are a minute old. */
export function createSigningKeys(): SigningKeys {
  let cache: Partial<ExportedJWKSCache> = {};
  const run = (check: (option: CacheOption) => Promise<void>): Promise<void> =>
    check({ [jwksCache]: cache as JWKSCacheInput });
  return {
    async validate(check) {
      const { uat: remembered } = cache;
      try {
        await run(check);
      } catch (error) {
        const wasFetched = cache.uat !== remembered;
        // What a check failed with is not kept for the next one.
        cache = {};
        if (wasFetched || remembered === undefined) throw error;
        await run(check);
      }
    },
  };
}
