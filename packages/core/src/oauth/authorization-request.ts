// The authorization request (RFC 6749 4.1.1) with PKCE S256 (RFC 7636 4.3), state, and nonce where openid is asked for.
import { calculatePKCECodeChallenge, type AuthorizationServer } from "oauth4webapi";
import type { Attempt } from "../attempt.js";
import type { ResolvedConfig } from "../config.js";
import { AuthError, printable } from "../errors.js";

/** Parameters that only the library sets, so that no option can weaken a request. */
export const OWN_PARAMETERS: ReadonlySet<string> = new Set([
  "response_type",
  "response_mode",
  "client_id",
  "client_secret",
  "redirect_uri",
  "scope",
  "state",
  "nonce",
  "code_challenge",
  "code_challenge_method",
  "request",
  "request_uri",
]);

export function requestsOpenId(scope: string): boolean {
  return scope.split(" ").includes("openid");
}

/**
 * The URL for the person's browser. Holds `state`, `nonce` and the code challenge, never the verifier. Rejects with
 * `unsupported_by_server` when an ID token could not be checked.
 */
export async function buildAuthorizationUrl(
  config: ResolvedConfig,
  server: AuthorizationServer,
  attempt: Attempt,
  redirectUri: string,
): Promise<string> {
  const { proof, scope, prompt, loginHint } = attempt;
  if (requestsOpenId(scope) && !server.jwks_uri)
    throw new AuthError(
      "unsupported_by_server",
      `The server ${printable(server.issuer)} names no jwks_uri.`,
      {
        detail: "jwks_uri",
        hint: "ID tokens are checked with their signature. Leave openid out of the scope, or add the keys to the metadata.",
      },
    );
  const url = new URL(server.authorization_endpoint!);
  const parameters: Record<string, string | undefined> = {
    ...config.authorizationParams,
    ...(prompt === undefined ? {} : { prompt }),
    ...(loginHint === undefined ? {} : { login_hint: loginHint }),
    response_type: "code",
    client_id: config.clientId,
    redirect_uri: redirectUri,
    scope,
    state: proof.state.reveal(),
    nonce: requestsOpenId(scope) ? proof.nonce.reveal() : undefined,
    code_challenge: await calculatePKCECodeChallenge(proof.codeVerifier.reveal()),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}
