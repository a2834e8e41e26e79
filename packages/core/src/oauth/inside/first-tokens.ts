// The first tokens of a session, however they were asked for: what they must hold to, and the session they make.
import {
  getValidatedIdTokenClaims,
  type AuthorizationServer,
  type TokenEndpointResponse,
} from "oauth4webapi";
import type { Attempt } from "../sign-in-attempt.js";
import { AuthError } from "../../ground/errors.js";
import type { LiveSession } from "../../session/session.js";
import { requestsOpenId } from "../../config/reserved-parameters.js";
import type { OAuthContext } from "../context.js";
import type { DPoPKey } from "../dpop.js";
import { checkIdToken } from "./id-token.js";
import { checkAccessToken, toSession } from "./token-response.js";

export interface FirstTokens {
  readonly server: AuthorizationServer;
  readonly attempt: Attempt;
  readonly tokens: TokenEndpointResponse;
  readonly answer: Response;
  /** When the request was sent, in epoch milliseconds. */
  readonly askedAt: number;
  readonly dpopKey: DPoPKey | undefined;
}

/** Rejects with `invalid_response` or `id_token_invalid`. */
export async function toFirstSession(
  context: OAuthContext,
  { server, attempt, tokens, answer, askedAt, dpopKey }: FirstTokens,
  signal: AbortSignal,
): Promise<LiveSession> {
  checkAccessToken(tokens, dpopKey);
  if (requestsOpenId(attempt.scope) && !getValidatedIdTokenClaims(tokens))
    throw new AuthError(
      "invalid_response",
      "The token endpoint sent no ID token, though openid was asked for.",
      {
        detail: "id_token",
      },
    );
  await checkIdToken(context, { server, tokens, answer, expected: attempt }, signal);
  return toSession(tokens, {
    id: crypto.randomUUID(),
    generation: 1,
    askedAt,
    scope: attempt.scope.split(" ").filter(Boolean),
    random: context.random,
    dpopKey,
    clientSecret: attempt.clientSecret,
    clientSecretExpiresAt: attempt.clientSecretExpiresAt,
    keeps: context.config.keepResponseMembers,
  });
}
