// fetch with the access token, to the origins the app named and nowhere else (RFC 9700 4.9).
import type { AccessTokens } from "./access-tokens.js";
import { AuthError } from "./errors.js";

export interface ApiFetchOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly origins: ReadonlySet<string>;
  readonly tokens: AccessTokens;
}

export function createApiFetch({ fetch, origins, tokens }: ApiFetchOptions): typeof globalThis.fetch {
  return async (input, init) => {
    // A URL object may be changed while we wait for the token: what was checked is what is asked for.
    const target = input instanceof Request ? input : String(input);
    assertAllowed(typeof target === "string" ? target : target.url);
    const accessToken = await tokens.get();
    const again = typeof target === "string" ? target : target.clone();
    const response = await send(target, init, accessToken);
    // A stream that was sent is gone; everything else can be sent again, once.
    const isOneShot = init?.body instanceof ReadableStream;
    if (isOneShot || !refusesToken(response)) return response;
    await response.body?.cancel();
    return send(again, init, await tokens.renew(accessToken));
  };

  function send(
    input: Request | string,
    init: RequestInit | undefined,
    accessToken: string,
  ): Promise<Response> {
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    headers.set("authorization", `Bearer ${accessToken}`);
    // A redirect to another origin loses the header: the Fetch standard removes it (HTTP-redirect fetch, step 13).
    return fetch(input, { ...init, headers });
  }

  function assertAllowed(url: string): void {
    const origin = URL.canParse(url) ? new URL(url).origin : "a relative URL";
    if (origins.has(origin)) return;
    throw new AuthError("origin_not_allowed", `The access token is not for ${origin}.`, {
      detail: origin,
      hint: `Name the origin in "apiOrigins" if the token is meant for it.`,
    });
  }
}

/** The resource server's verdict on the token (RFC 6750 3.1); any other 401 is the app's to read. */
function refusesToken(response: Response): boolean {
  return response.status === 401 && /\binvalid_token\b/.test(response.headers.get("www-authenticate") ?? "");
}
