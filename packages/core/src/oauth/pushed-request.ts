// The pushed authorization request (RFC 9126): the parameters go to the server, the browser carries a reference to them.
import {
  processPushedAuthorizationResponse,
  pushedAuthorizationRequest,
  type AuthorizationServer,
} from "oauth4webapi";
import type { ResolvedConfig } from "../config/config.js";
import { AuthError } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import { Secret } from "../ground/secret.js";
import { clientOf, requestOptions, type OAuthContext } from "./context.js";
import { readErrorAnswer } from "./inside/endpoint-tolerances.js";
import { authenticationOf, withSecret } from "./inside/client-authentication.js";
import { toAuthError } from "./inside/errors.js";

/** Throws `unsupported_by_server` when what the app wants and what the server wants exclude each other. */
export function pushesRequest({ par }: ResolvedConfig, server: AuthorizationServer): boolean {
  const isRequired = server.require_pushed_authorization_requests === true;
  const isOffered = server.pushed_authorization_request_endpoint !== undefined;
  const wanted = par === "always" || isRequired;
  if (par === "never" && isRequired)
    throw unsupported(
      server,
      "takes pushed authorization requests only",
      'Leave out "par", or set it to "auto".',
    );
  if (wanted && !isOffered)
    throw unsupported(server, "has no endpoint for pushed authorization requests", 'Set "par" to "auto".');
  return wanted;
}

export interface RequestToPush {
  readonly server: AuthorizationServer;
  readonly parameters: URLSearchParams;
  readonly clientSecret: Secret<string> | undefined;
}

export interface PushedRequest {
  /** What is left for the browser. */
  readonly parameters: URLSearchParams;
  /** When they are of no use any more, in epoch milliseconds. */
  readonly expiresAt: number;
}

/**
 * Pushes the request. Rejects with `authorization_failed`, `invalid_response` or `temporarily_unavailable`.
 */
export async function pushRequest(
  context: OAuthContext,
  { server, parameters, clientSecret }: RequestToPush,
  signal: AbortSignal,
): Promise<PushedRequest> {
  const client = clientOf(context);
  const askedAt = context.clock.now();
  try {
    const auth = authenticationOf(context.config, server, clientSecret);
    const options = requestOptions(context, signal);
    const answer = await readErrorAnswer(
      await pushedAuthorizationRequest(server, client, auth, parameters, options),
      "request_uri",
    );
    const { request_uri, expires_in: seconds } = await processPushedAuthorizationResponse(
      server,
      client,
      answer,
    );
    return {
      parameters: new URLSearchParams({ client_id: context.config.clientId, request_uri }),
      expiresAt: askedAt + seconds * 1000,
    };
  } catch (error) {
    const sent = ["state", "nonce"].map((name) => new Secret(parameters.get(name) ?? ""));
    throw toAuthError(error, "The pushed authorization request endpoint", withSecret(sent, clientSecret));
  }
}

function unsupported({ issuer }: AuthorizationServer, what: string, hint: string): AuthError {
  return new AuthError("unsupported_by_server", `The server ${printable(issuer)} ${what}.`, {
    detail: "pushed_authorization_request_endpoint",
    hint,
  });
}
