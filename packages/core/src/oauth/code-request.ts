// The access token request (RFC 6749 4.1.3): the code for the first tokens of a session.
import {
  authorizationCodeGrantRequest,
  expectNoNonce,
  None,
  processAuthorizationCodeResponse,
  type AuthorizationServer,
} from "oauth4webapi";
import type { Attempt } from "../attempt.js";
import { Secret } from "../secret.js";
import type { LiveSession } from "../session.js";
import { requestsOpenId } from "./authorization-request.js";
import type { ValidatedResponse } from "./authorization-response.js";
import { clientOf, requestOptions, type OAuthContext } from "./context.js";
import { checkIdToken } from "./id-token.js";
import { toAuthError } from "./oauth-errors.js";
import { requireBearer, TOKEN_ENDPOINT, toSession } from "./token-response.js";

export interface CodeRedemption {
  readonly server: AuthorizationServer;
  readonly attempt: Attempt;
  readonly redirectUri: string;
  readonly response: ValidatedResponse;
}

/**
 * Exchanges the code for a session. The ID token is validated with its signature (OpenID Connect Core 3.1.3.7).
 * Rejects with `authorization_failed`, `invalid_response`, `id_token_invalid` or `temporarily_unavailable`.
 */
export async function redeemCode(
  context: OAuthContext,
  { server, attempt, redirectUri, response }: CodeRedemption,
  signal: AbortSignal,
): Promise<LiveSession> {
  const client = clientOf(context);
  const withOpenId = requestsOpenId(attempt.scope);
  const askedAt = context.clock.now();
  try {
    const answer = await authorizationCodeGrantRequest(
      server,
      client,
      None(),
      response.reveal(),
      redirectUri,
      attempt.proof.codeVerifier.reveal(),
      requestOptions(context, signal),
    );
    const tokens = await processAuthorizationCodeResponse(server, clientOf(context), answer, {
      expectedNonce: withOpenId ? attempt.proof.nonce.reveal() : expectNoNonce,
      requireIdToken: withOpenId,
    });
    requireBearer(tokens);
    await checkIdToken(context, server, tokens, answer, signal);
    const scope = attempt.scope.split(" ").filter(Boolean);
    return toSession(tokens, {
      id: crypto.randomUUID(),
      generation: 1,
      askedAt,
      scope,
      random: context.random,
    });
  } catch (error) {
    const code = new Secret(response.reveal().get("code") ?? "");
    throw toAuthError(error, TOKEN_ENDPOINT, [code, attempt.proof.codeVerifier]);
  }
}
