// Token revocation (RFC 7009), of the refresh token: servers take the access tokens of the grant with it.
import { processRevocationResponse, revocationRequest, type AuthorizationServer } from "oauth4webapi";
import type { LiveSession } from "../session/session.js";
import { clientOf, requestOptions, type OAuthContext } from "./context.js";
import { authenticationOf, secretOf, withSecret } from "./inside/client-authentication.js";
import { readRevocationAnswer } from "./inside/endpoint-tolerances.js";
import { toAuthError } from "./inside/errors.js";

/** `unsupported`: the server has no such endpoint. `skipped`: there is nothing to revoke. */
export async function revokeTokens(
  context: OAuthContext,
  server: AuthorizationServer,
  { tokens, clientSecret }: LiveSession,
  signal: AbortSignal,
): Promise<"done" | "unsupported" | "skipped"> {
  const [token, hint] = tokens.refreshToken
    ? [tokens.refreshToken, "refresh_token"]
    : [tokens.accessToken, "access_token"];
  if (!server.revocation_endpoint) return "unsupported";
  if (!token) return "skipped";
  try {
    const auth = authenticationOf(context.config, server, clientSecret);
    const options = {
      ...requestOptions(context, signal),
      additionalParameters: { token_type_hint: hint },
    };
    const answer = await revocationRequest(server, clientOf(context), auth, token.reveal(), options);
    await processRevocationResponse(await readRevocationAnswer(answer));
    return "done";
  } catch (error) {
    throw toAuthError(
      error,
      "The revocation endpoint",
      withSecret([token], secretOf(context.config, clientSecret)),
    );
  }
}
