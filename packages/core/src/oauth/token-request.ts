// The access token request (RFC 6749 4.1.3) and all that its answer must hold to.
import {
  authorizationCodeGrantRequest,
  expectNoNonce,
  getValidatedIdTokenClaims,
  None,
  processAuthorizationCodeResponse,
  validateApplicationLevelSignature,
  type AuthorizationServer,
  type TokenEndpointResponse,
} from "oauth4webapi";
import type { Attempt } from "../attempt.js";
import { AuthError } from "../errors.js";
import { Secret } from "../secret.js";
import type { LiveSession, Session } from "../session.js";
import { requestsOpenId } from "./authorization-request.js";
import type { ValidatedResponse } from "./authorization-response.js";
import { clientOf, requestOptions, type OAuthContext } from "./context.js";
import { toAuthError } from "./oauth-errors.js";

const WHAT = "The token endpoint";

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
  const options = requestOptions(context, signal);
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
      options,
    );
    const tokens = await processAuthorizationCodeResponse(server, client, answer, {
      expectedNonce: withOpenId ? attempt.proof.nonce.reveal() : expectNoNonce,
      requireIdToken: withOpenId,
    });
    requireBearer(tokens);
    if (tokens.id_token !== undefined) await validateApplicationLevelSignature(server, answer, options);
    return toLiveSession(tokens, server, attempt, askedAt);
  } catch (error) {
    throw toAuthError(error, WHAT);
  }
}

/** A token of another type needs a proof that was never made: using it as a bearer token would be a lie. */
function requireBearer({ token_type }: TokenEndpointResponse): void {
  if (token_type !== "bearer")
    throw new AuthError(
      "invalid_response",
      `${WHAT} sent a ${token_type} token where a bearer token was asked for.`,
      {
        detail: "token_type",
      },
    );
}

function toLiveSession(
  tokens: TokenEndpointResponse,
  server: AuthorizationServer,
  attempt: Attempt,
  askedAt: number,
): LiveSession {
  const claims = getValidatedIdTokenClaims(tokens);
  const view: Session = {
    scope: (tokens.scope ?? attempt.scope).split(" ").filter(Boolean),
    ...(claims === undefined ? {} : { subject: claims.sub, claims }),
    // Counted from before the request: the token is at least this old.
    ...(tokens.expires_in === undefined ? {} : { accessTokenExpiresAt: askedAt + tokens.expires_in * 1000 }),
  };
  return {
    id: crypto.randomUUID(),
    generation: 1,
    issuer: server.issuer,
    view,
    tokens: {
      accessToken: new Secret(tokens.access_token),
      ...(tokens.refresh_token === undefined ? {} : { refreshToken: new Secret(tokens.refresh_token) }),
      ...(tokens.id_token === undefined ? {} : { idToken: new Secret(tokens.id_token) }),
    },
  };
}
