// fetch with the access token, to the origins the app named and nowhere else (RFC 9700 4.9).
import type { AccessTokens } from "./access-tokens.js";
import { AuthError } from "./errors.js";
import { requestResource, stepUpRequired, type OAuthContext, type ResourceAnswer } from "./oauth/index.js";
import type { AccessToken } from "./session.js";

export interface ApiFetchOptions {
  readonly context: OAuthContext;
  readonly fetch: typeof globalThis.fetch;
  readonly tokens: AccessTokens;
}

export function createApiFetch({ context, fetch, tokens }: ApiFetchOptions): typeof globalThis.fetch {
  return async (input, init) => {
    // A URL object may be changed while we wait for the token: what was checked is what is asked for.
    const target = input instanceof Request ? input : String(input);
    const url = allowed(typeof target === "string" ? target : target.url);
    // A stream that was sent is gone; everything else can be sent again.
    const isOneShot = init?.body instanceof ReadableStream;
    const ask = async (accessToken: AccessToken): Promise<ResourceAnswer> => {
      const answer = await send(target, url, init, accessToken);
      if (answer.verdict !== "nonce" || isOneShot || !accessToken.dpopKey) return answer;
      await answer.response.body?.cancel();
      return send(target, url, init, accessToken);
    };
    const accessToken = await tokens.get();
    let answer = await ask(accessToken);
    if (answer.verdict === "refused" && !isOneShot) {
      await answer.response.body?.cancel();
      answer = await ask(await tokens.renew(accessToken));
    }
    if (answer.verdict !== "step_up") return answer.response;
    await answer.response.body?.cancel();
    throw stepUpRequired(url, answer.stepUp);
  };

  function send(
    target: Request | string,
    url: URL,
    init: RequestInit | undefined,
    accessToken: AccessToken,
  ): Promise<ResourceAnswer> {
    const given = init?.headers ?? (target instanceof Request ? target.headers : undefined);
    return requestResource(context, {
      url,
      method: init?.method ?? (target instanceof Request ? target.method : "GET"),
      headers: new Headers(given),
      accessToken,
      // A redirect to another origin loses the token: the Fetch standard removes it (HTTP-redirect fetch, step 13).
      send: (headers) => fetch(target instanceof Request ? target.clone() : target, { ...init, headers }),
    });
  }

  function allowed(text: string): URL {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url && context.config.apiOrigins.has(url.origin)) return url;
    const origin = url?.origin ?? "a relative URL";
    throw new AuthError("origin_not_allowed", `The access token is not for ${origin}.`, {
      detail: origin,
      hint: `Name the origin in "apiOrigins" if the token is meant for it.`,
    });
  }
}
