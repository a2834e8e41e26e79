// What to do about what a server says, where more is known than the code of the error tells.

/** The network is fine: it has brought an answer. */
export const BUSY = "The server is busy, or has a fault of its own: try again later.";

const PROOF = 'The server asks for proofs of a key: set "dpop: true".';

const CREDENTIALS =
  "Check the client id and the client's secret, and that the client is still there at the server.";

/** Of errors that are about how the app is set up: signing in again does not help. */
const OF_SETUP = new Map<string, string>([
  ["invalid_client", "Check the client id, and that the server has it as a public client without a secret."],
  [
    "unauthorized_client",
    "Check the client id, and that the server allows this client the authorization code (or device code) grant.",
  ],
  [
    "invalid_scope",
    'Check "scope": the server does not know all of it, or does not allow it to this client.',
  ],
  ["invalid_target", 'Check "resource": the server does not know it, or takes one only.'],
  ["unsupported_grant_type", "Check that the server gives refresh tokens to this client."],
  ["unsupported_token_type", "Check that the server gives refresh tokens to this client."],
  ["use_dpop_nonce", PROOF],
  ["invalid_dpop_proof", PROOF],
  // Of a client's secret and of its redirect URIs, in words of their own.
  ["incorrect_client_credentials", CREDENTIALS],
  ["bad_client_secret", CREDENTIALS],
  ["invalid_client_id", CREDENTIALS],
  ["deleted_client", CREDENTIALS],
  ["disabled_client", CREDENTIALS],
  ["bad_redirect_uri", "Check that the redirect URIs are registered for this client."],
  ["redirect_uri_mismatch", "Check that the redirect URIs are registered for this client."],
  [
    "invalid_request",
    "Check that the redirect URIs are registered for this client, and what is set as authorizationParams.",
  ],
]);

/** Whether it is about the app, whoever signs in. */
export function isOfSetup(error: string): boolean {
  return OF_SETUP.has(error);
}

/** By the `error` of the server (RFC 6749 4.1.2.1, 5.2; RFC 8707 2). */
export function hintFor(error: string): string | undefined {
  return OF_SETUP.get(error);
}

/** Times are wrong where a clock is; whom it is for, where the app is set up wrongly. All else is the server's. */
export function hintForClaim(claim: string | undefined): string | undefined {
  if (claim === "exp" || claim === "iat" || claim === "nbf") return undefined;
  if (claim === "aud") return "Check that the client id is that of this app at the server.";
  return "Tell the operator of the server: it must not send such an ID token.";
}
