// The server's keys for ID tokens: remembered, and fetched again at once for a key that is not among them.
import {
  jwksCache,
  KEY_SELECTION,
  OperationProcessingError,
  type ExportedJWKSCache,
  type JWKSCacheInput,
} from "oauth4webapi";

type CacheOption = { readonly [jwksCache]: JWKSCacheInput };

export interface SigningKeys {
  /**
   * Runs a check against the keys that are remembered. When the key is not among them, once more against keys fetched
   * anew: a server may have rotated them a moment ago (OpenID Connect Core 10.1.1).
   */
  validate(check: (option: CacheOption) => Promise<void>): Promise<void>;
}

/** oauth4webapi keeps keys for five minutes. By itself it looks for an unknown one only when they are a minute old. */
export function createSigningKeys(): SigningKeys {
  let cache: JWKSCacheInput = {};
  return {
    async validate(check) {
      const { uat: remembered } = cache as Partial<ExportedJWKSCache>;
      try {
        await check({ [jwksCache]: cache });
      } catch (error) {
        const isUnknownKey = error instanceof OperationProcessingError && error.code === KEY_SELECTION;
        // Fetched for this very check: there is nothing newer to be had.
        const isNew = (cache as Partial<ExportedJWKSCache>).uat !== remembered;
        if (!isUnknownKey || isNew) throw error;
        cache = {};
        await check({ [jwksCache]: cache });
      }
    },
  };
}
