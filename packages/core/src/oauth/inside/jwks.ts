// The server's keys for ID tokens: remembered as long as it says, and fetched again at once when they do not do.
import { customFetch, jwksCache, type ExportedJWKSCache, type JWKS, type JWKSCacheInput } from "oauth4webapi";
import type { Clock } from "../../ports/ports.js";
import { readKeySet } from "./endpoint-tolerances.js";
import type { ServerFetch } from "./http.js";

/** Keys as they were fetched. The same object as long as they are the same. */
export interface KnownKeys {
  readonly jwks: JWKS;
  /** Until when the server lets them be kept, in epoch milliseconds. */
  readonly until: number;
}

interface KeyOptions {
  readonly [jwksCache]: JWKSCacheInput;
  readonly [customFetch]: (url: string, init: Parameters<ServerFetch>[1]) => Promise<Response>;
}

export interface SigningKeys {
  /**
   * Runs a check against the keys that are remembered. When it fails, once more against keys fetched anew: a server may have
   * rotated or mended them a moment ago (OpenID Connect Core 10.1.1).
   */
  validate(check: (options: KeyOptions) => Promise<void>): Promise<void>;
  /** Those that a check has held with last. */
  known(): KnownKeys | undefined;
  /** Takes keys of an earlier process, or none. */
  replace(keys: KnownKeys | undefined): void;
}

const LONGEST_MS = 24 * 3_600_000;
/** Of a server that does not say: as long as oauth4webapi keeps them. */
const UNSAID_MS = 300_000;

/**
 * oauth4webapi keeps keys for five minutes, and by itself looks for an unknown one only when they are a minute old. As long as
 * the server lets them be kept (`max-age`, up to a day) they are handed to it as new.
 */
export function createSigningKeys({
  clock,
  fetch,
}: {
  readonly clock: Clock;
  readonly fetch: ServerFetch;
}): SigningKeys {
  let cache: Partial<ExportedJWKSCache> = {};
  let known: KnownKeys | undefined;

  return {
    async validate(check) {
      let isAnew = known === undefined && cache.uat === undefined;
      async function run(): Promise<void> {
        const isKept = known !== undefined && clock.now() < known.until;
        const keys = isKept ? { jwks: known!.jwks, uat: Math.floor(Date.now() / 1000) } : cache;
        let until: number | undefined;
        await check({
          [jwksCache]: keys as JWKSCacheInput,
          async [customFetch](url, init) {
            isAnew = true;
            const answer = await fetch(url, init);
            until = clock.now() + lifetimeOf(answer.headers);
            return readKeySet(answer);
          },
        });
        if (until === undefined) return;
        cache = keys;
        known = { jwks: keys.jwks!, until };
      }
      try {
        await run();
      } catch (error) {
        // What a check failed with is not kept for the next one.
        cache = {};
        known = undefined;
        if (isAnew) throw error;
        await run();
      }
    },
    known: () => known,
    replace(keys) {
      cache = {};
      known = keys;
    },
  };
}

/** `max-age` (RFC 9111 5.2.2.1), less what the answer has spent on its way; no time at all where it must be asked for each time. */
function lifetimeOf(headers: Pick<Headers, "get">): number {
  const said = (headers.get("cache-control") ?? "").toLowerCase().split(",");
  const directives = new Map(
    said.map((each) => {
      const [name = "", value = ""] = each.trim().split("=", 2);
      return [name, value] as const;
    }),
  );
  if (directives.has("no-store") || directives.has("no-cache")) return 0;
  const maxAge = /^"?(\d{1,10})"?$/.exec(directives.get("max-age") ?? "")?.[1];
  if (maxAge === undefined) return UNSAID_MS;
  const age = /^\d{1,10}$/.exec(headers.get("age") ?? "")?.[0] ?? "0";
  return Math.min(Math.max(Number(maxAge) - Number(age), 0) * 1000, LONGEST_MS);
}
