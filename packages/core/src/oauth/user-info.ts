// The userinfo request (OpenID Connect Core 5.3): who the access token stands for.
import {
  OperationProcessingError,
  processUserInfoResponse,
  skipSubjectCheck,
  userInfoRequest,
  WWWAuthenticateChallengeError,
  type AuthorizationServer,
} from "oauth4webapi";
import { AuthError } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import { isTooDeep } from "../ground/json-depth.js";
import { Secret } from "../ground/secret.js";
import type { AccessToken, Claims } from "../session/session.js";
import { clientOf, requestOptions, type OAuthContext } from "./context.js";
import { proofOptions, withNonce } from "./dpop.js";
import { isAnswer, toResourceError } from "./inside/errors.js";
import { refusalOf, type TokenRefusal } from "./inside/tolerances.js";

/** The claims, or why there are none. */
export type UserInfoAnswer =
  | { readonly verdict: "accepted"; readonly claims: Claims }
  /** With a refusal another token may do. */
  | { readonly verdict: TokenRefusal | undefined; readonly error: unknown };

/** Claims of the userinfo endpoint. With a subject from an ID token, another `sub` is refused (Core 5.3.2). */
export async function fetchUserInfo(
  context: OAuthContext,
  server: AuthorizationServer,
  { value, dpopKey }: AccessToken,
  subject: string | undefined,
  signal: AbortSignal,
): Promise<UserInfoAnswer> {
  if (!server.userinfo_endpoint)
    throw new AuthError(
      "unsupported_by_server",
      `The server ${printable(server.issuer)} names no userinfo endpoint.`,
      {
        detail: "userinfo_endpoint",
        hint: "Use the claims of the ID token: session.claims.",
      },
    );
  try {
    const client = clientOf(context);
    const options = { ...requestOptions(context, signal), ...(await proofOptions(context, dpopKey)) };
    return await withNonce(dpopKey, async (): Promise<UserInfoAnswer> => {
      const response = await userInfoRequest(server, client, value, options);
      const claims = await processUserInfoResponse(server, client, subject ?? skipSubjectCheck, response);
      if (isTooDeep(claims))
        throw new AuthError(
          "invalid_response",
          "The userinfo endpoint sent claims that are nested too deeply.",
          {
            detail: "claims",
          },
        );
      return { verdict: "accepted", claims };
    });
  } catch (error) {
    const said = toResourceError(error, "The userinfo endpoint", [new Secret(value)]);
    // With `resource` it is refused for what it is for, and another one would be too.
    if (context.config.resource.length > 0) return { verdict: undefined, error: withAudience(said) };
    return { verdict: refusalIn(error, dpopKey !== undefined), error: said };
  }
}

function refusalIn(error: unknown, isBound: boolean): TokenRefusal | undefined {
  if (error instanceof WWWAuthenticateChallengeError) return refusalOf(error.response, error.cause, isBound);
  const response = error instanceof OperationProcessingError ? error.cause : undefined;
  return isAnswer(response) ? refusalOf(response, undefined, isBound) : undefined;
}

/** With `resource` the token is for those APIs (RFC 8707 2), and the userinfo endpoint is mostly none of them. */
function withAudience(error: unknown): unknown {
  if (!(error instanceof AuthError && (error.detail === "401" || error.detail === "403"))) return error;
  const { detail, oauthError } = error;
  return new AuthError(
    "authorization_failed",
    'The userinfo endpoint does not accept an access token for the APIs named as "resource".',
    { detail, oauthError, hint: "Use the claims of the ID token: session.claims." },
  );
}
