// The headers of one request, to the origins the app named and nowhere else (RFC 9700 4.9), and what its answer asks for. `fetch` of
// the client sends what is made here; whoever has a way to send of their own asks for it by `authorize` and `refused`.
import type { TokenTarget } from "../../config/api-origins.js";
import { AuthError } from "../../ground/errors.js";
import { untilAborted } from "../../ground/until-aborted.js";
import {
  authorizeRequest,
  stepUpRequired,
  type AuthorizedRequest,
  type ResourceRequest,
} from "../../oauth/api-request.js";
import type { OAuthContext } from "../../oauth/context.js";
import type { AccessToken } from "../../session/session.js";
import type { AuthClient } from "../auth-client.js";
import type { AccessTokens } from "./access-tokens.js";
import type { Renewals } from "./renewals.js";

export interface ApiAuthorizationOptions {
  readonly context: OAuthContext;
  readonly tokensFor: (target: TokenTarget) => AccessTokens;
  readonly renewals: Renewals;
}

export interface ApiAuthorization extends Pick<AuthClient, "authorize" | "refused"> {
  /** The address, and the tokens that are meant for it. Throws `origin_not_allowed`. */
  at(text: string): { readonly url: URL; readonly tokens: AccessTokens };
  of(request: ResourceRequest): Promise<AuthorizedRequest>;
}

interface Given {
  readonly url: URL;
  readonly tokens: AccessTokens;
  readonly accessToken: AccessToken;
  readonly request: AuthorizedRequest;
}

export function createApiAuthorization(options: ApiAuthorizationOptions): ApiAuthorization {
  const { context, tokensFor, renewals } = options;
  const given = new WeakMap<Headers, Given>();

  function at(text: string) {
    const url = allowed(text);
    return { url, tokens: tokensFor(context.config.apiOrigins.get(url.origin) ?? {}) };
  }

  function of(request: ResourceRequest): Promise<AuthorizedRequest> {
    return authorizeRequest(context, request);
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

  return {
    at,
    of,
    async authorize({ url: target, method = "GET", signal }) {
      const { url, tokens } = at(String(target));
      const accessToken = await (signal ? untilAborted(signal, () => tokens.get()) : tokens.get());
      const own = new Headers();
      const request = await of({ url, method: method.toUpperCase(), headers: own, accessToken });
      const headers = new Headers();
      for (const name of ["authorization", "dpop"]) {
        const value = request.headers.get(name);
        if (value !== null) headers.set(name, value);
      }
      given.set(headers, { url, tokens, accessToken, request });
      return headers;
    },
    async refused(response, headers) {
      const found = given.get(headers);
      if (!found)
        throw new AuthError(
          "invalid_config",
          "These headers are not of authorize(), or were answered already.",
          {
            detail: "headers",
            hint: "Call refused() once for each answer, with the very object that authorize() gave.",
          },
        );
      // A proof is for one request (RFC 9449 4.2).
      given.delete(headers);
      const { url, tokens, accessToken, request } = found;
      const answer = await request.answered(response);
      const renew = (): Promise<AccessToken> => tokens.renew(accessToken);
      if (await renewals.answered(url.origin, accessToken, answer, renew)) return true;
      if (answer.verdict === "step_up") throw stepUpRequired(url, answer.stepUp);
      return answer.verdict === "nonce";
    },
  };
}
