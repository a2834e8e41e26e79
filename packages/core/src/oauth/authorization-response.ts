// The authorization response (RFC 6749 4.1.2): first whether a request is ours at all, then what it says.
import { validateAuthResponse, type AuthorizationServer } from "oauth4webapi";
import { AuthError } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import { parseLoopbackUri } from "../config/loopback-uri.js";
import type { RedirectVerdict } from "../ports/ports.js";
import { Secret } from "../ground/secret.js";
import { toAuthError } from "./inside/errors.js";
import { asTenantNamed } from "./inside/tenant.js";
import type { Proof } from "./proof.js";
import type { Attempt } from "./sign-in-attempt.js";

/** Parameters a token request can be made from: validated, and given out by nothing but `reveal`. */
export type ValidatedResponse = Secret<URLSearchParams>;

/**
 * Whether a request to the listener is the redirect of this attempt: the registered path, and exactly one `state`,
 * the right one (RFC 8252 8.9). Anything else is answered with 404 or 400 and the wait goes on.
 */
export function judgeRequest(url: URL, uris: readonly string[], { state }: Proof): RedirectVerdict {
  if (!isRegistered(url, uris)) return { accepted: false, status: 404, reason: "wrong_path" };
  const states = url.searchParams.getAll("state");
  if (states.length !== 1 || states[0] !== state.reveal())
    return {
      accepted: false,
      status: 400,
      reason: "wrong_state",
      detail: `${states.length} state parameters`,
    };
  return { accepted: true };
}

/** Whether a request's URL is one of these redirect URIs: the same host, path, and port where one is named. */
export function isRegistered(url: URL, uris: readonly string[]): boolean {
  return uris.map(parseLoopbackUri).some(({ host, port, path }) => {
    const isPort = port === undefined || port === Number(url.port || 80);
    return host === url.hostname && path === url.pathname && isPort;
  });
}

/**
 * Reads a response that carries the right state: the code, or why there is none. `iss` is checked on errors too
 * (RFC 9207 2.4), duplicates are refused (OAuth 2.1 4.1.2).
 */
export function readResponse(
  url: URL,
  server: AuthorizationServer,
  clientId: string,
  { proof: { state, nonce, codeVerifier }, idTokenIssuers }: Pick<Attempt, "proof" | "idTokenIssuers">,
): ValidatedResponse | AuthError {
  const iss = url.searchParams.get("iss");
  const tenant = asTenantNamed(idTokenIssuers, server, iss);
  try {
    const parameters = validateAuthResponse(tenant, { client_id: clientId }, url, state.reveal());
    const [code, ...more] = parameters.getAll("code");
    if (!code || more.length > 0)
      return new AuthError("invalid_response", "The authorization response has no single code.", {
        detail: "code",
      });
    return new Secret(parameters);
  } catch (error) {
    const isOther = iss !== null && iss !== tenant.issuer;
    // The code has come, and is as good as sent.
    const codes = url.searchParams.getAll("code").map((code) => new Secret(code));
    const sent = [state, nonce, codeVerifier, ...codes];
    return toAuthError(
      isOther ? ofAnother(iss, server) : error,
      "The authorization response",
      sent,
    ) as AuthError;
  }
}

function ofAnother(iss: string, { issuer }: AuthorizationServer): AuthError {
  return new AuthError(
    "invalid_response",
    `The redirect is of the server ${printable(iss)}, not of ${printable(issuer)}.`,
    {
      detail: "iss",
      hint: "If both are yours, write the issuer as the server calls itself. Else sign in again.",
    },
  );
}
