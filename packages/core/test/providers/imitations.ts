// What each provider of docs/providers.md does on the wire, as its documents have it.
import type { Differences } from "./imitation.js";

type Json = Record<string, unknown>;

/** Endpoints below one address, by the ends of their paths. */
function below(base: string, paths: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, `${base}${path}`]));
}

/** RFC 6749 5.2, in the provider's words. */
const refusing =
  (status: number, error: string, more: Json = {}) =>
  (body: Json) =>
    body["error"] === "invalid_grant" ? { status, body: { error, ...more } } : { status: 400, body };

/** Errors come with status 200, and those of a grant have another name. */
const withStatus200 =
  (error: string) =>
  (body: Json): { status: number; body: Json } => ({
    status: 200,
    body: body["error"] === "invalid_grant" ? { ...body, error } : body,
  });

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

const GITHUB: Differences = {
  endpoints: {
    authorization_endpoint: "https://github.com/login/oauth/authorize",
    token_endpoint: "https://github.com/login/oauth/access_token",
    device_authorization_endpoint: "https://github.com/login/device/code",
  },
  api: "https://api.github.com/user",
  hasBareApi: true,
  refusal: withStatus200("bad_refresh_token"),
};

/** Standard endpoints, and nothing that differs. */
function standard(
  base: string,
  api: string,
  paths: Readonly<Record<string, string>>,
  more: Partial<Differences> = {},
): Differences {
  return { endpoints: below(base, paths), api, ...more };
}

export const IMITATIONS: Readonly<Record<string, Differences>> = {
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
  Google: {
    endpoints: {
      authorization_endpoint: "https://accounts.google.com/o/oauth2/v2/auth",
      token_endpoint: "https://oauth2.googleapis.com/token",
      device_authorization_endpoint: "https://oauth2.googleapis.com/device/code",
      revocation_endpoint: "https://oauth2.googleapis.com/revoke",
      userinfo_endpoint: "https://openidconnect.googleapis.com/v1/userinfo",
      jwks_uri: "https://www.googleapis.com/oauth2/v3/certs",
    },
    api: "https://www.googleapis.com/drive/v3/files",
    metadata: {
      scopes_supported: ["openid", "email", "profile"],
      code_challenge_methods_supported: ["plain", "S256"],
    },
    keepsRefreshTokens: true,
    tokens: (body) => ({ ...body, scope: `openid https://www.googleapis.com/auth/userinfo.email` }),
    device: ({ verification_uri, ...body }) => ({ ...body, verification_url: verification_uri }),
  },
  "GitHub, OAuth App": {
    ...GITHUB,
    givesRefreshTokens: false,
    tokens: ({ access_token }) => ({ access_token, token_type: "bearer", scope: "read:user,user:email" }),
  },
  "GitHub App": {
    ...GITHUB,
    tokens: (body) => ({ ...body, scope: "", refresh_token_expires_in: 15_897_600 }),
  },
  GitLab: standard("https://gitlab.com/oauth", "https://gitlab.com/api/v4/user", {
    authorization_endpoint: "/authorize",
    token_endpoint: "/token",
    device_authorization_endpoint: "/authorize_device",
    revocation_endpoint: "/revoke",
    userinfo_endpoint: "/userinfo",
    jwks_uri: "/discovery/keys",
  }),
  Okta: standard("https://example.okta.com/oauth2/default/v1", "https://example.okta.com/api", {
    authorization_endpoint: "/authorize",
    token_endpoint: "/token",
    device_authorization_endpoint: "/device/authorize",
    revocation_endpoint: "/revoke",
    end_session_endpoint: "/logout",
    jwks_uri: "/keys",
  }),
  Auth0: standard("https://example.eu.auth0.com", "https://api.example.com/me", {
    authorization_endpoint: "/authorize",
    token_endpoint: "/oauth/token",
    device_authorization_endpoint: "/oauth/device/code",
    revocation_endpoint: "/oauth/revoke",
    end_session_endpoint: "/oidc/logout",
    jwks_uri: "/.well-known/jwks.json",
  }),
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
    tokens: ({ scope: _, ...body }) => body,
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
  Salesforce: standard(
    "https://example.my.salesforce.com",
    "https://example.my.salesforce.com/services/data/v66.0",
    {
      authorization_endpoint: "/services/oauth2/authorize",
      token_endpoint: "/services/oauth2/token",
      revocation_endpoint: "/services/oauth2/revoke",
      jwks_uri: "/id/keys",
    },
    {
      // No life of the token is said.
      tokens: ({ expires_in: _, ...body }) => ({
        ...body,
        instance_url: "https://example.my.salesforce.com",
      }),
    },
  ),
  Slack: {
    endpoints: {
      authorization_endpoint: "https://slack.com/oauth/v2_user/authorize",
      token_endpoint: "https://slack.com/api/oauth.v2.user.access",
    },
    api: "https://slack.com/api/auth.test",
    tokens: (body) => ({ ok: true, ...body, token_type: "user", scope: "users:read,channels:read" }),
    refusal: (body) => ({
      status: 200,
      body: { ok: false, error: "invalid_refresh_token", was: body["error"] },
    }),
  },
  Twitch: {
    ...standard("https://id.twitch.tv/oauth2", "https://api.twitch.tv/helix/users", {
      authorization_endpoint: "/authorize",
      token_endpoint: "/token",
      device_authorization_endpoint: "/device",
      revocation_endpoint: "/revoke",
    }),
    tokens: (body) => ({ ...body, token_type: "bearer", scope: ["user:read:email"] }),
    // Codes as messages, and no `error`; at the end of a grant, words.
    refusal: ({ error }) =>
      error === "authorization_pending" || error === "slow_down"
        ? { status: 400, body: { status: 400, message: error } }
        : { status: 400, body: { error: "Bad Request", status: 400, message: "Invalid refresh token" } },
  },
  Atlassian: {
    ...standard("https://auth.atlassian.com", "https://api.atlassian.com/me", {
      authorization_endpoint: "/authorize",
      token_endpoint: "/oauth/token",
    }),
    refusal: refusing(403, "invalid_grant", { error_description: "Unknown or invalid refresh token." }),
  },
  Linear: {
    endpoints: {
      authorization_endpoint: "https://linear.app/oauth/authorize",
      token_endpoint: "https://api.linear.app/oauth/token",
      revocation_endpoint: "https://api.linear.app/oauth/revoke",
    },
    api: "https://api.linear.app/graphql",
    tokens: (body) => ({ ...body, scope: ["read", "write"] }),
  },
  Reddit: {
    ...standard("https://www.reddit.com/api/v1", "https://oauth.reddit.com/api/v1/me", {
      authorization_endpoint: "/authorize",
      token_endpoint: "/access_token",
      revocation_endpoint: "/revoke_token",
    }),
    keepsRefreshTokens: true,
    hasBareApi: true,
    // A number, and no word of what is wrong.
    refusal: () => ({ status: 400, body: { message: "Bad Request", error: 400 } }),
  },
  Dropbox: {
    endpoints: {
      authorization_endpoint: "https://www.dropbox.com/oauth2/authorize",
      token_endpoint: "https://api.dropboxapi.com/oauth2/token",
    },
    api: "https://api.dropboxapi.com/2/users/get_current_account",
    keepsRefreshTokens: true,
    tokens: (body) => ({
      ...body,
      token_type: "bearer",
      scope: "account_info.read",
      uid: "1",
      account_id: "dbid:1",
    }),
  },
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
  Supabase: standard("https://example.supabase.co/auth/v1", "https://example.supabase.co/rest/v1/notes", {
    authorization_endpoint: "/oauth/authorize",
    token_endpoint: "/oauth/token",
    jwks_uri: "/.well-known/jwks.json",
  }),
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
