// The client registration request (RFC 7591 3.1): a native public client, known to the server from then on.
import {
  dynamicClientRegistrationRequest,
  processDynamicClientRegistrationResponse,
  WWWAuthenticateChallengeError,
  type AuthorizationServer,
} from "oauth4webapi";
import { AuthError } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import type { Secret } from "../ground/secret.js";
import { requestOptions, type OAuthContext } from "./context.js";
import { readRegistrationAnswer } from "./inside/endpoint-tolerances.js";
import { challengeError, isTransient, toAuthError } from "./inside/errors.js";

const REGISTRATION_ENDPOINT = "The registration endpoint";

/** What to do next, by the server's `error` (RFC 7591 3.2.2). */
const HINTS: Readonly<Record<string, string>> = {
  invalid_redirect_uri: "Register redirect URIs that this server takes, or ask its operator.",
  invalid_client_metadata: "Change what the server names, or leave it out.",
};
const ASK_OPERATOR = "Ask the operator of the server to register the client, or for an initial access token.";

export interface Registration {
  readonly server: AuthorizationServer;
  readonly metadata: object;
  readonly initialAccessToken: Secret<string> | undefined;
}

/**
 * Gives the answer as it came. Rejects with `unsupported_by_server` where there is no such endpoint, and as `registerClient` says.
 */
export async function requestRegistration(
  context: OAuthContext,
  { server, metadata, initialAccessToken }: Registration,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  if (!server.registration_endpoint)
    throw new AuthError(
      "unsupported_by_server",
      `The server ${printable(server.issuer)} names no registration endpoint.`,
      {
        detail: "registration_endpoint",
        hint: "Ask the operator of the server to register the client, and configure its client id.",
      },
    );
  try {
    const answer = await dynamicClientRegistrationRequest(server, metadata, {
      ...requestOptions(context, signal),
      ...(initialAccessToken === undefined ? {} : { initialAccessToken: initialAccessToken.reveal() }),
    });
    return await processDynamicClientRegistrationResponse(await readRegistrationAnswer(answer));
  } catch (error) {
    throw refused(error, initialAccessToken);
  }
}

function refused(error: unknown, initialAccessToken: Secret<string> | undefined): unknown {
  if (error instanceof WWWAuthenticateChallengeError && !isTransient(error.status)) {
    const which = initialAccessToken === undefined ? "wants an" : "does not accept this";
    return new AuthError("authorization_failed", `${REGISTRATION_ENDPOINT} ${which} initial access token.`, {
      detail: `${error.status}`,
      hint: "Ask the operator of the server for an initial access token that is good now.",
      oauthError: challengeError(error, initialAccessToken ? [initialAccessToken] : []),
    });
  }
  const said = toAuthError(error, REGISTRATION_ENDPOINT, initialAccessToken ? [initialAccessToken] : []);
  if (!(said instanceof AuthError) || said.code !== "authorization_failed") return said;
  const { message, detail, oauthError } = said;
  const hint = Object.hasOwn(HINTS, oauthError ?? "") ? HINTS[oauthError!] : ASK_OPERATOR;
  return new AuthError("authorization_failed", message, { detail, oauthError, hint });
}
