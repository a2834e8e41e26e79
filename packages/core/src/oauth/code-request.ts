// The access token request (RFC 6749 4.1.3): the code for the first tokens of a session.
import {
  authorizationCodeGrantRequest,
  expectNoNonce,
  processAuthorizationCodeResponse,
  type AuthorizationServer,
} from "oauth4webapi";
import type { Attempt } from "./sign-in-attempt.js";
import { Secret } from "../ground/secret.js";
import type { LiveSession } from "../session/session.js";
import { requestsOpenId } from "../config/reserved-parameters.js";
import type { ValidatedResponse } from "./authorization-response.js";
import { clientOf, type OAuthContext } from "./context.js";
import { withNonce, type DPoPKey } from "./dpop.js";
import { authenticationOf, withSecret } from "./inside/client-authentication.js";
import { toFirstSession } from "./inside/first-tokens.js";
import { readTokenAnswer } from "./inside/tolerances.js";
import { toAuthError } from "./inside/errors.js";
import { asTenantOf } from "./inside/tenant.js";
import { tokenRequestOptions } from "./inside/token-request.js";
import { EVERY_TOKEN_TYPE, TOKEN_ENDPOINT } from "./inside/token-response.js";

export interface CodeRedemption {
  readonly server: AuthorizationServer;
  readonly attempt: Attempt;
  readonly redirectUri: string;
  readonly response: ValidatedResponse;
  readonly dpopKey?: DPoPKey | undefined;
}

/**
 * Exchanges the code for a session. The ID token is validated with its signature (OpenID Connect Core 3.1.3.7).
 * Rejects with `authorization_failed`, `invalid_response`, `id_token_invalid` or `temporarily_unavailable`.
 */
export async function redeemCode(
  context: OAuthContext,
  { server, attempt, redirectUri, response, dpopKey }: CodeRedemption,
  signal: AbortSignal,
): Promise<LiveSession> {
  const withOpenId = requestsOpenId(attempt.scope);
  try {
    return await withNonce(dpopKey, async () => {
      const askedAt = context.clock.now();
      const answer = await readTokenAnswer(
        await authorizationCodeGrantRequest(
          server,
          clientOf(context),
          authenticationOf(context.config, server, attempt.clientSecret),
          response.reveal(),
          redirectUri,
          attempt.proof.codeVerifier.reveal(),
          await tokenRequestOptions(context, dpopKey, signal),
        ),
        TOKEN_ENDPOINT,
        { dpopKey, scope: attempt.scope.split(" "), bearerTokenTypes: context.config.bearerTokenTypes },
      );
      const named = response.reveal().get("iss");
      const tenant = await asTenantOf(context.config, server, answer, named);
      const tokens = await processAuthorizationCodeResponse(tenant, clientOf(context), answer, {
        expectedNonce: withOpenId ? attempt.proof.nonce.reveal() : expectNoNonce,
        requireIdToken: withOpenId,
        ...EVERY_TOKEN_TYPE,
      });
      return toFirstSession(context, { server, attempt, tokens, answer, askedAt, dpopKey }, signal);
    });
  } catch (error) {
    const code = new Secret(response.reveal().get("code") ?? "");
    throw toAuthError(
      error,
      TOKEN_ENDPOINT,
      withSecret([code, attempt.proof.codeVerifier], attempt.clientSecret),
    );
  }
}
