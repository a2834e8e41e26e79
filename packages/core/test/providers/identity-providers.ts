// Servers whose business is signing in, hosted or one's own, on the wire as their documents have it.
import type { Differences } from "./imitation.js";
import { below, refusing, standard, without } from "./shapes.js";

const ENTRA = "https://login.microsoftonline.com";
const TENANT = "11111111-2222-3333-4444-555555555555";

function entra(tenant: string): Differences {
  return {
    endpoints: below(`${ENTRA}/${tenant}`, {
      authorization_endpoint: "/oauth2/v2.0/authorize",
      token_endpoint: "/oauth2/v2.0/token",
      device_authorization_endpoint: "/oauth2/v2.0/devicecode",
      jwks_uri: "/discovery/v2.0/keys",
      end_session_endpoint: "/oauth2/v2.0/logout",
    }),
    api: "https://graph.microsoft.com/v1.0/me",
    // Of the API alone, with its own spelling.
    tokens: (body) => ({ ...body, scope: "profile openid email User.Read", ext_expires_in: 3599 }),
    refusal: refusing(400, "invalid_grant", { error_codes: [50173], suberror: "bad_token" }),
  };
}

export const IDENTITY_PROVIDERS: Readonly<Record<string, Differences>> = {
  "Entra ID, one tenant": entra(TENANT),
  "Entra ID, any tenant": {
    ...entra("common"),
    claims: { iss: `${ENTRA}/${TENANT}/v2.0`, tid: TENANT },
  },
  "Azure AD B2C": {
    ...standard(
      "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_signin",
      "https://api.contoso.com/me",
      {
        authorization_endpoint: "/oauth2/v2.0/authorize",
        token_endpoint: "/oauth2/v2.0/token",
        jwks_uri: "/discovery/v2.0/keys",
        end_session_endpoint: "/oauth2/v2.0/logout",
      },
    ),
    tokens: (body) => ({ ...body, not_before: 1, refresh_token_expires_in: 1_209_600, expires_in: "3600" }),
  },
  Okta: standard("https://example.okta.com/oauth2/default/v1", "https://example.okta.com/api", {
    authorization_endpoint: "/authorize",
    token_endpoint: "/token",
    device_authorization_endpoint: "/device/authorize",
    revocation_endpoint: "/revoke",
    end_session_endpoint: "/logout",
    jwks_uri: "/keys",
  }),
  Auth0: standard(
    "https://example.eu.auth0.com",
    "https://api.example.com/me",
    {
      authorization_endpoint: "/authorize",
      token_endpoint: "/oauth/token",
      device_authorization_endpoint: "/oauth/device/code",
      revocation_endpoint: "/oauth/revoke",
      end_session_endpoint: "/oidc/logout",
      jwks_uri: "/.well-known/jwks.json",
    },
    { wants: { audience: "https://api.example.com" } },
  ),
  Cognito: {
    ...standard("https://example.auth.eu-central-1.amazoncognito.com", "https://api.example.com/me", {
      authorization_endpoint: "/oauth2/authorize",
      token_endpoint: "/oauth2/token",
      revocation_endpoint: "/oauth2/revoke",
      userinfo_endpoint: "/oauth2/userInfo",
      end_session_endpoint: "/logout",
      jwks_uri: "/jwks.json",
    }),
    keepsRefreshTokens: true,
    metadata: { scopes_supported: ["openid", "email", "phone", "profile"] },
    // It does not say what it granted.
    tokens: (body) => without(body, "scope"),
  },
  Keycloak: standard(
    "https://id.example.com/realms/example/protocol/openid-connect",
    "https://id.example.com/realms/example/protocol/openid-connect/userinfo",
    {
      authorization_endpoint: "/auth",
      token_endpoint: "/token",
      device_authorization_endpoint: "/auth/device",
      revocation_endpoint: "/revoke",
      end_session_endpoint: "/logout",
      jwks_uri: "/certs",
    },
    { tokens: (body) => ({ ...body, refresh_expires_in: 0, "not-before-policy": 0, session_state: "x" }) },
  ),
  Zitadel: standard("https://example.zitadel.cloud", "https://example.zitadel.cloud/oidc/v1/userinfo", {
    authorization_endpoint: "/oauth/v2/authorize",
    token_endpoint: "/oauth/v2/token",
    device_authorization_endpoint: "/oauth/v2/device_authorization",
    revocation_endpoint: "/oauth/v2/revoke",
    end_session_endpoint: "/oidc/v1/end_session",
    jwks_uri: "/oauth/v2/keys",
  }),
  Hydra: standard("https://id.example.com", "https://id.example.com/userinfo", {
    authorization_endpoint: "/oauth2/auth",
    token_endpoint: "/oauth2/token",
    revocation_endpoint: "/oauth2/revoke",
    end_session_endpoint: "/oauth2/sessions/logout",
    jwks_uri: "/.well-known/jwks.json",
  }),
  Dex: standard("https://dex.example.com", "https://dex.example.com/userinfo", {
    authorization_endpoint: "/auth",
    token_endpoint: "/token",
    device_authorization_endpoint: "/device/code",
    jwks_uri: "/keys",
  }),
  Authentik: standard(
    "https://authentik.example.com/application/o",
    "https://authentik.example.com/application/o/userinfo/",
    {
      authorization_endpoint: "/authorize/",
      token_endpoint: "/token/",
      device_authorization_endpoint: "/device/",
      revocation_endpoint: "/revoke/",
      end_session_endpoint: "/example/end-session/",
      jwks_uri: "/example/jwks/",
    },
  ),
  Supabase: standard(
    "https://example.supabase.co/auth/v1",
    "https://example.supabase.co/rest/v1/notes",
    {
      authorization_endpoint: "/oauth/authorize",
      token_endpoint: "/oauth/token",
      jwks_uri: "/.well-known/jwks.json",
    },
    {
      refusal: (body) =>
        body["error"] === "invalid_grant"
          ? {
              status: 400,
              body: { code: 400, error_code: "refresh_token_not_found", msg: "Invalid Refresh Token" },
            }
          : { status: 400, body },
    },
  ),
  WorkOS: standard("https://example.authkit.app/oauth2", "https://example.authkit.app/oauth2/userinfo", {
    authorization_endpoint: "/authorize",
    token_endpoint: "/token",
    device_authorization_endpoint: "/device_authorization",
    jwks_uri: "/jwks",
  }),
  Clerk: standard("https://example.clerk.accounts.dev", "https://example.clerk.accounts.dev/oauth/userinfo", {
    authorization_endpoint: "/oauth/authorize",
    token_endpoint: "/oauth/token",
    revocation_endpoint: "/oauth/token/revoke",
    jwks_uri: "/.well-known/jwks.json",
  }),
  ADFS: standard(
    "https://adfs.example.com/adfs",
    "https://api.example.com/me",
    {
      authorization_endpoint: "/oauth2/authorize/",
      token_endpoint: "/oauth2/token/",
      device_authorization_endpoint: "/oauth2/devicecode",
      end_session_endpoint: "/oauth2/logout",
      jwks_uri: "/discovery/keys",
    },
    { keepsRefreshTokens: true, tokens: (body) => ({ ...body, resource: "https://api.example.com" }) },
  ),
  Ping: standard(
    "https://auth.pingone.eu/11111111-2222-3333-4444-555555555555/as",
    "https://auth.pingone.eu/11111111-2222-3333-4444-555555555555/as/userinfo",
    {
      authorization_endpoint: "/authorize",
      token_endpoint: "/token",
      device_authorization_endpoint: "/device_authorization",
      revocation_endpoint: "/revoke",
      end_session_endpoint: "/signoff",
      jwks_uri: "/jwks",
    },
  ),
};
