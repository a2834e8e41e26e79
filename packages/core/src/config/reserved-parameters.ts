// Which parameters of the authorization request an app may set by itself, and which it may not.

/** Parameters that only the library sets, so that no option can weaken a request. */
export const OWN_PARAMETERS: ReadonlySet<string> = new Set([
  "response_type",
  "response_mode",
  "client_id",
  "client_secret",
  "client_assertion",
  "client_assertion_type",
  "redirect_uri",
  "scope",
  "state",
  "nonce",
  "code_challenge",
  "code_challenge_method",
  "code_verifier",
  "request",
  "request_uri",
  "dpop_jkt",
  // Has an option of its own: it stands in token requests too.
  "resource",
]);

/** What is asked for by an option of `signIn`, because the ID token is checked against it (Core 3.1.3.7, steps 12 and 13). */
export const CHECKED_PARAMETERS: Readonly<Record<string, string>> = {
  max_age: "maxAge",
  acr_values: "acrValues",
};

/** Whether an ID token is asked for (OpenID Connect Core 3.1.2.1). */
export function requestsOpenId(scope: string): boolean {
  return scope.split(" ").includes("openid");
}
