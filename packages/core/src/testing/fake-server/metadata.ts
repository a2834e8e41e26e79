// The metadata document (OpenID Connect Discovery 3, RFC 8414 2), and which origins are the server's own.
import { isSecureUrl } from "../../config/secure-url.js";
import type { FakeServerOptions, Offer } from "./types.js";

export const DEFAULT_ISSUER = "https://id.example";

export const DOCUMENT_PATHS = {
  openid: "/.well-known/openid-configuration",
  oauth: "/.well-known/oauth-authorization-server",
} as const;

const OFFERED: Readonly<Record<Offer, (issuer: string) => Readonly<Record<string, unknown>>>> = {
  par: (issuer) => ({ pushed_authorization_request_endpoint: `${issuer}/par` }),
  dpop: () => ({ dpop_signing_alg_values_supported: ["ES256"] }),
  device: (issuer) => ({
    device_authorization_endpoint: `${issuer}/device`,
    grant_types_supported: ["authorization_code", "refresh_token", DEVICE_GRANT],
  }),
  registration: (issuer) => ({ registration_endpoint: `${issuer}/register` }),
};

/** RFC 8628 3.4. */
export const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

export function createMetadata({
  issuer = DEFAULT_ISSUER,
  offers = [],
  metadata,
}: FakeServerOptions): Readonly<Record<string, unknown>> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    revocation_endpoint: `${issuer}/revoke`,
    end_session_endpoint: `${issuer}/logout`,
    response_types_supported: ["code"],
    code_challenge_methods_supported: ["S256"],
    id_token_signing_alg_values_supported: ["ES256"],
    authorization_response_iss_parameter_supported: true,
    ...Object.assign({}, ...offers.map((offer) => OFFERED[offer](issuer))),
    ...metadata,
  };
}

/** The issuer's origin, and those of endpoints that the metadata has elsewhere, over https: they are the server too. */
export function ownOrigins(metadata: Readonly<Record<string, unknown>>, issuer: string): Set<string> {
  const endpoints = Object.entries(metadata)
    .filter(([name]) => name.endsWith("_endpoint") || name === "jwks_uri")
    .map(([, value]) => String(value))
    .filter((value) => URL.canParse(value) && isSecureUrl(new URL(value)))
    .map((value) => new URL(value).origin);
  return new Set([new URL(issuer).origin, ...endpoints]);
}
