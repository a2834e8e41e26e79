// What an authorization request must hold to: code flow, S256 (RFC 7636), fresh state, nonce and challenge (RFC 9700 4.5.3).
import type { ServerContext } from "./context.js";
import { duplicated } from "./seen-request.js";

const ONE_TIME = ["state", "nonce", "code_challenge"] as const;

/** Gives the `error` of a wrong request. */
export type AuthorizationJudge = (
  parameters: URLSearchParams,
  how: { readonly isPushed: boolean },
) => string | undefined;

export function createAuthorizationJudge({ note, metadata }: ServerContext): AuthorizationJudge {
  /** Which request had which one-time value. */
  const used = new Map<string, string>();

  function reused(parameters: URLSearchParams): string | undefined {
    const request = parameters.toString();
    return ONE_TIME.find((name) => {
      const value = parameters.get(name);
      if (value === null) return false;
      const before = used.get(`${name} ${value}`);
      used.set(`${name} ${value}`, request);
      // The same page again is the same request.
      return before !== undefined && before !== request;
    });
  }

  function problemOf(parameters: URLSearchParams): string | undefined {
    const twice = duplicated(parameters);
    if (twice !== undefined) return `${twice} was sent twice`;
    for (const name of ["client_id", "redirect_uri", "state"])
      if (!parameters.get(name)) return `${name} is missing`;
    if (!parameters.get("code_challenge") || parameters.get("code_challenge_method") !== "S256")
      return "there is no S256 code challenge";
    if (parameters.get("scope")?.split(" ").includes("openid") && !parameters.get("nonce"))
      return "openid without a nonce";
    for (const name of ["client_secret", "code_verifier"])
      if (parameters.has(name)) return `${name} must not be in it`;
    const again = reused(parameters);
    return again === undefined ? undefined : `the ${again} of an earlier request came again`;
  }

  return (parameters, { isPushed }) => {
    const refuse = (error: string, why: string): string => {
      note(`The authorization request: ${why}.`);
      return error;
    };
    if (metadata["require_pushed_authorization_requests"] === true && !isPushed)
      return refuse("invalid_request", "it was not pushed, which this server requires");
    if (parameters.get("response_type") !== "code")
      return refuse("unsupported_response_type", "response_type is not code");
    const problem = problemOf(parameters);
    return problem === undefined ? undefined : refuse("invalid_request", problem);
  };
}
