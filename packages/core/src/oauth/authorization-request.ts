// The authorization request (RFC 6749 4.1.1) with PKCE S256 (RFC 7636 4.3), state, and nonce where openid is asked for.
import type { AuthorizationServer } from "oauth4webapi";
import { codeChallenge } from "./inside/code-challenge.js";
import type { Attempt } from "./sign-in-attempt.js";
import { requestsOpenId } from "../config/reserved-parameters.js";
import type { ResolvedConfig } from "../config/config.js";
import type { ServerLack } from "../ground/error-codes.js";
import { AuthError } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import type { OAuthContext } from "./context.js";
import { createDPoPKey, type DPoPKey } from "./dpop.js";
import { pushesRequest, pushRequest } from "./pushed-request.js";

export interface AuthorizationRequest {
  /** For the person's browser. Holds `state`, `nonce` and the code challenge, or a reference to them; never the verifier. */
  readonly url: string;
  /** Of a pushed request: when the server knows the URL's reference no more, in epoch milliseconds. */
  readonly urlExpiresAt?: number;
  /** What the session will be bound to. */
  readonly dpopKey?: DPoPKey;
}

export interface AuthorizationRequestFacts {
  readonly server: AuthorizationServer;
  readonly attempt: Attempt;
  /** With the port that is really bound. */
  readonly redirectUri: string;
  /** Of the same attempt's request before, whose browser may be on its way yet. */
  readonly dpopKey?: DPoPKey | undefined;
}

/**
 * Builds the request, and pushes it to the server first where that is wanted (RFC 9126). Rejects with
 * `unsupported_by_server` when an ID token could not be checked, or the server lacks PAR or DPoP that was asked for, and with
 * what {@link pushRequest} rejects with.
 */
export async function buildAuthorizationRequest(
  context: OAuthContext,
  { server, attempt, redirectUri, dpopKey: before }: AuthorizationRequestFacts,
  signal: AbortSignal,
): Promise<AuthorizationRequest> {
  const { config } = context;
  const { proof, scope, prompt } = attempt;
  requireSigningKeys(server, scope);
  const dpopKey = config.dpop ? (before ?? (await createDPoPKey(server))) : undefined;
  const parameters = grantParameters(config, attempt);
  if (prompt !== undefined) parameters.set("prompt", prompt);
  parameters.set("response_type", "code");
  if (attempt.responseMode !== "query") parameters.set("response_mode", attempt.responseMode);
  parameters.set("client_id", config.clientId);
  parameters.set("redirect_uri", redirectUri);
  parameters.set("state", proof.state.reveal());
  if (requestsOpenId(scope)) parameters.set("nonce", proof.nonce.reveal());
  parameters.set("code_challenge", await codeChallenge(proof.codeVerifier.reveal()));
  parameters.set("code_challenge_method", "S256");
  // The code is of no use without the key either (RFC 9449 10).
  if (dpopKey) parameters.set("dpop_jkt", await (await context.dpop(dpopKey)).calculateThumbprint());
  const pushed = pushesRequest(config, server)
    ? await pushRequest(context, { server, parameters, clientSecret: attempt.clientSecret }, signal)
    : undefined;
  const sent = pushed?.parameters ?? parameters;
  const url = new URL(server.authorization_endpoint!);
  for (const name of new Set(sent.keys())) url.searchParams.delete(name);
  for (const [name, value] of sent) url.searchParams.append(name, value);
  return {
    url: url.href,
    ...(pushed === undefined ? {} : { urlExpiresAt: pushed.expiresAt }),
    ...(dpopKey === undefined ? {} : { dpopKey }),
  };
}

/** What is asked for, whichever way in: scope, resources (RFC 8707 2.1), how strong and how recent the sign-in must be. */
export function grantParameters(
  { resource }: ResolvedConfig,
  { scope, loginHint, maxAge, acrValues, authorizationParams }: Attempt,
): URLSearchParams {
  const parameters = new URLSearchParams(authorizationParams);
  if (scope !== "") parameters.set("scope", scope);
  if (loginHint !== undefined) parameters.set("login_hint", loginHint);
  if (maxAge !== undefined) parameters.set("max_age", `${maxAge}`);
  if (acrValues !== undefined) parameters.set("acr_values", acrValues.join(" "));
  for (const each of resource) parameters.append("resource", each);
  return parameters;
}

/** Throws `unsupported_by_server` when an ID token could not be checked. */
export function requireSigningKeys(server: AuthorizationServer, scope: string): void {
  if (!requestsOpenId(scope)) return;
  const lacks = (what: string, detail: ServerLack): AuthError =>
    new AuthError("unsupported_by_server", `The server ${printable(server.issuer)} ${what}.`, {
      detail,
      hint: "ID tokens are checked with their signature. Leave openid out of the scope, or add the keys to the metadata.",
    });
  if (!server.jwks_uri) throw lacks("names no jwks_uri", "jwks_uri");
  if (server.id_token_signing_alg_values_supported?.length === 0)
    throw lacks("signs ID tokens in no way that can be checked", "id_token_signing_alg_values_supported");
}
