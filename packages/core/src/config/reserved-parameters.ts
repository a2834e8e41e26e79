// Which parameters of requests an app may set by itself, and which it may not: no option can weaken a request.

const LEAVE_OUT = "Leave it out";

/** In both requests, and what to write instead. */
const IN_BOTH: readonly (readonly [name: string, instead: string])[] = [
  ["client_id", 'Write the option "clientId"'],
  ["client_secret", 'Write the option "clientSecret"'],
  ["client_assertion", LEAVE_OUT],
  ["client_assertion_type", LEAVE_OUT],
  ["redirect_uri", 'Write the option "redirectUris"'],
  ["scope", 'Write the option "scope"'],
  ["code_verifier", LEAVE_OUT],
  // Has an option of its own: it stands in both.
  ["resource", 'Write the option "resource"'],
];

/** Parameters of the authorization request that only the library sets. */
export const OWN_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ...IN_BOTH,
  ["response_type", LEAVE_OUT],
  ["response_mode", 'Write the option "responseMode"'],
  ["state", LEAVE_OUT],
  ["nonce", LEAVE_OUT],
  ["code_challenge", LEAVE_OUT],
  ["code_challenge_method", LEAVE_OUT],
  ["request", LEAVE_OUT],
  ["request_uri", LEAVE_OUT],
  ["dpop_jkt", LEAVE_OUT],
]);

/** The same of token requests. */
export const OWN_TOKEN_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ...IN_BOTH,
  ["grant_type", LEAVE_OUT],
  ["code", LEAVE_OUT],
  ["refresh_token", LEAVE_OUT],
  ["device_code", LEAVE_OUT],
  ["assertion", LEAVE_OUT],
  ["username", LEAVE_OUT],
  ["password", LEAVE_OUT],
  ["subject_token", LEAVE_OUT],
  ["actor_token", LEAVE_OUT],
]);

/** Members of a token answer that no app is shown. */
export const TOKEN_MEMBERS: ReadonlySet<string> = new Set([
  "access_token",
  "refresh_token",
  "id_token",
  "device_secret",
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

/** Registered, and used otherwise than a bearer token (RFC 9449 5, RFC 9200 8.4, drafts of MAC, RFC 8693 2.2.1). */
export const OTHER_TOKEN_TYPES: ReadonlySet<string> = new Set(["dpop", "pop", "mac", "n_a"]);
