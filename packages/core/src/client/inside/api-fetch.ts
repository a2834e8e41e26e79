// fetch with the access token, to the issuer's origin and those the app named (RFC 9700 4.9): `api-authorization.ts` refuses the rest.
import type { ApiAuthorization } from "./api-authorization.js";
import { followRedirects, isOneShot, readApiRequest, type ApiRequest } from "./api-redirects.js";
import { stepUpRequired, type ResourceAnswer } from "../../oauth/api-request.js";
import type { AccessToken } from "../../session/session.js";
import { untilAborted } from "../../ground/until-aborted.js";
import type { Renewals } from "./renewals.js";

/** What the Fetch standard takes away from a redirect to another origin, and the proof. */
const FOR_ONE_ORIGIN = ["authorization", "dpop", "cookie", "proxy-authorization"];

export interface ApiFetchOptions {
  readonly authorization: ApiAuthorization;
  readonly fetch: typeof globalThis.fetch;
  readonly renewals: Renewals;
  /** Told of a request that did not get through: of whichever API, the way there may be the server's too. */
  readonly onNetworkFailed: () => void;
}

export function createApiFetch({
  authorization,
  fetch,
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
    const { url, tokens } = authorization.at(typeof target === "string" ? target : target.url);
    const ask = (accessToken: AccessToken): Promise<ResourceAnswer> => askAt(target, init, accessToken);
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    // Its own reason, as it ends a fetch. Who else waits for the same token is not disturbed.
    const unlessAborted = (ask: () => Promise<AccessToken>): Promise<AccessToken> =>
      signal ? untilAborted(signal, ask) : ask();
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

  async function sendWith({ url, method, headers, body, init }: ApiRequest, accessToken: AccessToken) {
    const request = await authorization.of({ url, method, headers, accessToken });
    return request.answered(
      await sent(url.href, { ...init, method, body, headers: request.headers, redirect: "manual" }),
    );
  }
}
