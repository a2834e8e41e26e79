// fetch with the access token, to the origins the app named and nowhere else (RFC 9700 4.9).
import { AuthError } from "./errors.js";

export interface ApiFetchOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly origins: ReadonlySet<string>;
  readonly getAccessToken: () => Promise<string>;
}

export function createApiFetch({ fetch, origins, getAccessToken }: ApiFetchOptions): typeof globalThis.fetch {
  return async (input, init) => {
    const target = input instanceof Request ? input.url : String(input);
    const origin = URL.canParse(target) ? new URL(target).origin : "a relative URL";
    if (!origins.has(origin))
      throw new AuthError("origin_not_allowed", `The access token is not for ${origin}.`, {
        detail: origin,
        hint: `Name the origin in "apiOrigins" if the token is meant for it.`,
      });
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    headers.set("authorization", `Bearer ${await getAccessToken()}`);
    // A redirect to another origin loses the header: the Fetch standard removes it (HTTP-redirect fetch, step 13).
    return fetch(input, { ...init, headers });
  };
}
