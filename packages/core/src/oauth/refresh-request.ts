// The refresh request (RFC 6749 6): the next tokens of a session.
import {
  getValidatedIdTokenClaims,
  None,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  type AuthorizationServer,
} from "oauth4webapi";
import { AuthError } from "../errors.js";
import { Secret } from "../secret.js";
import type { LiveSession } from "../session.js";
import { clientOf, requestOptions, type OAuthContext } from "./context.js";
import { checkIdToken } from "./id-token.js";
import { toAuthError } from "./oauth-errors.js";
import { requireBearer, TOKEN_ENDPOINT, toSession } from "./token-response.js";

/**
 * Mints an access token. An ID token may come or not; one that comes is validated, and must name the same subject
 * (OpenID Connect Core 12.2). Rejects with `session_ended` when the server says that the grant is over, and with
 * `invalid_response`, `id_token_invalid`, `authorization_failed` or `temporarily_unavailable`, which say nothing of it.
 */
export async function refreshSession(
  context: OAuthContext,
  server: AuthorizationServer,
  session: LiveSession,
  signal: AbortSignal,
): Promise<LiveSession> {
  const client = clientOf(context);
  const askedAt = context.clock.now();
  const refreshToken = session.tokens.refreshToken ?? new Secret("");
  try {
    const options = requestOptions(context, signal);
    const answer = await refreshTokenGrantRequest(server, client, None(), refreshToken.reveal(), options);
    const tokens = await processRefreshTokenResponse(server, client, answer);
    requireBearer(tokens);
    await checkIdToken(context, server, tokens, answer, signal);
    const subject = getValidatedIdTokenClaims(tokens)?.sub;
    if (subject !== undefined && session.view.subject !== undefined && subject !== session.view.subject)
      throw new AuthError("id_token_invalid", "The refreshed ID token names another person.", {
        detail: "sub",
      });
    const { id, generation, view } = session;
    const { random } = context;
    const facts = { id, generation: generation + 1, askedAt, scope: view.scope, before: session, random };
    return toSession(tokens, facts);
  } catch (error) {
    throw judged(toAuthError(error, TOKEN_ENDPOINT, [refreshToken]));
  }
}

/** `invalid_grant` is the server's verdict on the stored grant; nothing else is. */
function judged(error: unknown): unknown {
  if (!(error instanceof AuthError) || error.oauthError !== "invalid_grant") return error;
  return new AuthError("session_ended", "The server has ended this session.", {
    oauthError: error.oauthError,
    cause: error,
  });
}
