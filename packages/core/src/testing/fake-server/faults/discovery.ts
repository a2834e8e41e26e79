// Faults of the metadata (OpenID Connect Discovery 4, RFC 8414): wrong, missing, insecure, or not to be had.
import { effectsAt } from "./effects.js";
import { fault, type FaultInArea, inArea } from "./fault.js";
import { transportFaults } from "./transport.js";

const { members, text, headers, answer } = effectsAt("discovery");

type FaultOfDiscovery = FaultInArea;

const ENDPOINTS = [
  "authorization_endpoint",
  "token_endpoint",
  "userinfo_endpoint",
  "jwks_uri",
  "revocation_endpoint",
  "end_session_endpoint",
  "pushed_authorization_request_endpoint",
  "device_authorization_endpoint",
  "registration_endpoint",
] as const;

/** Each by itself: one that is not https is enough to refuse the server. */
function inTheClear(): Readonly<Record<`discovery-http-${(typeof ENDPOINTS)[number]}`, FaultOfDiscovery>> {
  const faults = ENDPOINTS.map((name) => [
    `discovery-http-${name}`,
    fault(
      "insecure_endpoint",
      `The ${name} is http on another machine.`,
      members({ [name]: "http://elsewhere.example/x" }),
    ),
  ]);
  return Object.fromEntries(faults) as ReturnType<typeof inTheClear>;
}

/** What is not the document is asked for at its other place too (RFC 8414 3). */
function alsoElsewhere<Name extends string>(
  faults: Readonly<Record<Name, FaultInArea>>,
): Readonly<Record<Name, FaultInArea>> {
  const changed = Object.entries<FaultInArea>(faults).map(([name, each]): [string, FaultInArea] => [
    name,
    each.ends === "discovery_failed" ? { ...each, mayFollow: ["discovery"] } : each,
  ]);
  return Object.fromEntries(changed) as Record<Name, FaultInArea>;
}

const all = alsoElsewhere({
  ...transportFaults("discovery", "discovery", "The discovery document", {
    passing: "discovery_failed",
    broken: "discovery_failed",
  }),
  "discovery-404": fault(
    "discovery_failed",
    "There is no discovery document, of either kind.",
    answer({ status: 404, body: { error: "not_found" } }),
  ),
  ...inTheClear(),

  "discovery-issuer-other": fault(
    "discovery_failed",
    "The issuer is another server.",
    members({ issuer: "https://evil.example" }),
  ),
  "discovery-issuer-path": fault(
    "discovery_failed",
    "The issuer has another path.",
    members(({ issuer }) => ({ issuer: `${issuer}/tenant` })),
  ),
  "discovery-issuer-slash": fault(
    "discovery_failed",
    "The issuer has a slash more than was configured: the same URL, another issuer.",
    members(({ issuer }) => ({ issuer: `${issuer}/` })),
  ),
  "discovery-issuer-missing": fault(
    "discovery_failed",
    "There is no issuer.",
    members({ issuer: undefined }),
  ),
  "discovery-issuer-number": fault("discovery_failed", "The issuer is a number.", members({ issuer: 7 })),
  "discovery-issuer-array": fault(
    "discovery_failed",
    "The issuer is a list with the right one.",
    members(({ issuer }) => ({ issuer: [issuer] })),
  ),

  "discovery-other-host": fault(
    "works",
    "Token endpoint and keys are on another host of the server's, which is its right.",
    members(({ otherHost }) => ({
      token_endpoint: `${otherHost}/token`,
      jwks_uri: `${otherHost}/jwks`,
    })),
  ),
  "discovery-authorization-query": fault(
    "works",
    "The authorization endpoint has a query (RFC 6749 3.1).",
    members(({ issuer }) => ({ authorization_endpoint: `${issuer}/authorize?tenant=a` })),
  ),
  "discovery-javascript": fault(
    "insecure_endpoint",
    "The authorization endpoint is a script.",
    members({ authorization_endpoint: "javascript:alert(1)" }),
  ),
  "discovery-file": fault(
    "insecure_endpoint",
    "The authorization endpoint is a file.",
    members({ authorization_endpoint: "file:///etc/passwd" }),
  ),
  "discovery-http-lookalike": fault(
    "insecure_endpoint",
    "The token endpoint is http on a host whose name begins like loopback.",
    members({ token_endpoint: "http://127.0.0.1.elsewhere.example/token" }),
  ),
  "discovery-http-userinfo-trick": fault(
    "insecure_endpoint",
    "The token endpoint is http on another machine, with loopback as its user name.",
    members({ token_endpoint: "http://127.0.0.1@elsewhere.example/token" }),
  ),
  "discovery-credentials": fault(
    "discovery_failed",
    "The token endpoint has a user name and a password in it.",
    members(({ issuer }) => ({ token_endpoint: `${issuer.replace("://", "://ada:secret@")}/token` })),
  ),
  "discovery-duplicate-http": fault(
    "insecure_endpoint",
    "The token endpoint is there twice, the second time http.",
    text((whole) => whole.replace(/\}$/, ',"token_endpoint":"http://elsewhere.example/token"}')),
  ),

  "discovery-no-authorization": fault(
    "unsupported_by_server",
    "There is no authorization endpoint.",
    members({ authorization_endpoint: undefined }),
  ),
  "discovery-no-token": fault(
    "unsupported_by_server",
    "There is no token endpoint.",
    members({ token_endpoint: undefined }),
  ),
  "discovery-no-jwks": fault(
    "unsupported_by_server",
    "There are no keys, and an ID token is asked for.",
    members({ jwks_uri: undefined }),
  ),
  "discovery-no-extras": fault(
    "works",
    "There is neither userinfo, revocation nor logout.",
    members({
      userinfo_endpoint: undefined,
      revocation_endpoint: undefined,
      end_session_endpoint: undefined,
    }),
  ),
  "discovery-token-number": fault(
    "discovery_failed",
    "The token endpoint is a number.",
    members({ token_endpoint: 7 }),
  ),
  "discovery-token-array": fault(
    "discovery_failed",
    "The token endpoint is a list.",
    members(({ issuer }) => ({ token_endpoint: [`${issuer}/token`] })),
  ),
  "discovery-authorization-relative": fault(
    "discovery_failed",
    "The authorization endpoint is a path.",
    members({ authorization_endpoint: "/authorize" }),
  ),
  "discovery-jwks-null": fault("discovery_failed", "The keys are null.", members({ jwks_uri: null })),
  "discovery-revocation-empty": fault(
    "discovery_failed",
    "The revocation endpoint is empty.",
    members({ revocation_endpoint: "" }),
  ),

  "discovery-implicit-only": fault(
    "unsupported_by_server",
    "The server has the implicit flow only.",
    members({ response_types_supported: ["token", "id_token token"] }),
  ),
  "discovery-response-types-missing": fault(
    "works",
    "The server does not say which flows it has.",
    members({ response_types_supported: undefined }),
  ),
  "discovery-response-types-string": fault(
    "works",
    "What flows the server has is a word where a list should be.",
    members({ response_types_supported: "token" }),
  ),
  "discovery-pkce-plain-only": fault(
    "unsupported_by_server",
    "The server knows plain challenges only.",
    members({ code_challenge_methods_supported: ["plain"] }),
  ),
  "discovery-pkce-none": fault(
    "unsupported_by_server",
    "The server knows no code challenges.",
    members({ code_challenge_methods_supported: [] }),
  ),
  "discovery-pkce-missing": fault(
    "works",
    "The server does not say which code challenges it knows.",
    members({ code_challenge_methods_supported: undefined }),
  ),
  "discovery-algorithms-none": fault(
    "unsupported_by_server",
    "ID tokens are not signed: their signature could not be checked.",
    members({ id_token_signing_alg_values_supported: ["none"] }),
  ),
  "discovery-algorithms-hs256": fault(
    "unsupported_by_server",
    "ID tokens are signed with a client secret, which a public client has not.",
    members({ id_token_signing_alg_values_supported: ["HS256"] }),
  ),
  "discovery-algorithms-missing": fault(
    "works",
    "The server does not say how it signs.",
    members({ id_token_signing_alg_values_supported: undefined }),
  ),
  "discovery-algorithms-string": fault(
    "works",
    "How the server signs is a word where a list should be: it is not known.",
    members({ id_token_signing_alg_values_supported: "ES256" }),
  ),

  "discovery-content-type-parameters": fault(
    "works",
    "The content type is written with capitals and a charset.",
    headers({ "content-type": "Application/JSON; charset=UTF-8" }),
  ),
  "discovery-byte-order-mark": fault(
    "works",
    "The document begins with a byte order mark.",
    text((whole) => `\uFEFF${whole}`),
  ),
  "discovery-unknown-members": fault(
    "works",
    "The document has members nobody knows, with names that mean something to JavaScript.",
    text((whole) => whole.replace(/^\{/, '{"__proto__":{"token_endpoint":"x"},"constructor":7,"vendor":{},')),
  ),
});

export const discoveryFaults = inArea("discovery", all);
