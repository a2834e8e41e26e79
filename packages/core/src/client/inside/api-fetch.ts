// fetch with the access token, to the origins the app named and nowhere else (RFC 9700 4.9).
import type { AccessTokens } from "./access-tokens.js";
import type { Renewals } from "./renewals.js";
import { followRedirects, isOneShot, readApiRequest, type ApiRequest } from "./api-redirects.js";
import type { TokenTarget } from "../../config/api-origins.js";
import { AuthError } from "../../ground/errors.js";
import type { OAuthContext } from "../../oauth/context.js";
import { requestResource, stepUpRequired, type ResourceAnswer } from "../../oauth/api-request.js";
import type { AccessToken } from "../../session/session.js";
import { untilAborted } from "../../ground/until-aborted.js";

/** What the Fetch standard takes away from a redirect to another origin, and the proof. */
const FOR_ONE_ORIGIN = ["authorization", "dpop", "cookie", "proxy-authorization"];

export interface ApiFetchOptions {
  readonly context: OAuthContext;
  readonly fetch: typeof globalThis.fetch;
  readonly tokensFor: (target: TokenTarget) => AccessTokens;
  readonly renewals: Renewals;
  /** Told of a request that did not get through: of whichever API, the way there may be the server's too. */
  readonly onNetworkFailed: () => void;
}

export function createApiFetch({
  context,
  fetch,
  tokensFor,
  renewals,
  onNetworkFailed,
}: ApiFetchOptions): typeof globalThis.fetch {
  async function sent(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch (error) {
      if (!init.signal?.aborted) onNetworkFailed();
      throw error;
    }
  }

  return async (input, init) => {
    // A URL object may be changed while we wait for the token: what was checked is what is asked for.
    const target = input instanceof Request ? input : String(input);
    const url = allowed(typeof target === "string" ? target : target.url);
    const ask = (accessToken: AccessToken): Promise<ResourceAnswer> => askAt(target, init, accessToken);
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    // Its own reason, as it ends a fetch. Who else waits for the same token is not disturbed.
    const unlessAborted = (ask: () => Promise<AccessToken>): Promise<AccessToken> =>
      signal ? untilAborted(signal, ask) : ask();
    const tokens = tokensFor(context.config.apiOrigins.get(url.origin) ?? {});
    const accessToken = await unlessAborted(() => tokens.get());
    const answer = await renewals.asked(url.origin, accessToken, ask, {
      mayAskAgain: !isOneShot(init?.body),
      renew: () => unlessAborted(() => tokens.renew(accessToken)),
      discard: ({ response }) => response.body?.cancel(),
    });
    if (answer.verdict !== "step_up") return answer.response;
    await answer.response.body?.cancel();
    throw stepUpRequired(url, answer.stepUp);
  };

  /**
   * Redirects are followed here, whatever the port's fetch would do with the token: a proof is for one URL (RFC 9449 4.2), and
   * another origin gets neither.
   */
  async function askAt(
    target: Request | string,
    init: RequestInit | undefined,
    accessToken: AccessToken,
  ): Promise<ResourceAnswer> {
    const first = await readApiRequest(target, init);
    return followRedirects(
      first,
      async (request) => {
        const answer = await sendWith(request, accessToken);
        if (answer.verdict !== "nonce" || isOneShot(request.body)) return answer;
        await answer.response.body?.cancel();
        return sendWith(request, accessToken);
      },
      async ({ url, method, headers, body, init: rest }) => {
        for (const name of FOR_ONE_ORIGIN) headers.delete(name);
        const response = await sent(url.href, { ...rest, method, headers, body, redirect: "follow" });
        return { response, verdict: undefined, stepUp: {} };
      },
    );
  }

  function sendWith({ url, method, headers, body, init }: ApiRequest, accessToken: AccessToken) {
    return requestResource(context, {
      url,
      method,
      headers: new Headers(headers),
      accessToken,
      send: (withToken) => sent(url.href, { ...init, method, body, headers: withToken, redirect: "manual" }),
    });
  }

  function allowed(text: string): URL {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    // A blob: URL has the origin of whoever made it, and is fetched from nobody.
    const isHttp = url?.protocol === "https:" || url?.protocol === "http:";
    if (url && isHttp && context.config.apiOrigins.has(url.origin)) return url;
    if (!url)
      throw new AuthError("origin_not_allowed", "The URL has no origin that could be checked.", {
        detail: "relative",
        hint: 'Write all of it, like "https://api.example.com/notes".',
      });
    const { origin } = url;
    throw new AuthError("origin_not_allowed", `The access token is not for ${origin}.`, {
      detail: origin,
      hint: `Name the origin in "apiOrigins" if the token is meant for it.`,
    });
  }
}
