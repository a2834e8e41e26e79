// Services whose API is what the app signs in for, on the wire as their documents have it.
import type { Differences } from "./imitation.js";
import { refusing, standard, without, withStatus200 } from "./shapes.js";

const GITHUB: Differences = {
  client: { secret: "example", method: "client_secret_post" },
  endpoints: {
    authorization_endpoint: "https://github.com/login/oauth/authorize",
    token_endpoint: "https://github.com/login/oauth/access_token",
    device_authorization_endpoint: "https://github.com/login/device/code",
  },
  api: "https://api.github.com/user",
  hasBareApi: true,
  refusal: withStatus200("bad_refresh_token"),
};

export const SERVICES: Readonly<Record<string, Differences>> = {
  Google: {
    client: { secret: "GOCSPX-example" },
    wants: { access_type: "offline" },
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
      tokens: (body) => ({
        ...without(body, "expires_in"),
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
    client: { secret: "example", method: "client_secret_post" },
    wants: { audience: "api.atlassian.com" },
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
    client: { secret: "", method: "client_secret_basic" },
    wants: { duration: "permanent" },
    // A number, and no word of what is wrong.
    refusal: () => ({ status: 400, body: { message: "Bad Request", error: 400 } }),
  },
  Dropbox: {
    endpoints: {
      authorization_endpoint: "https://www.dropbox.com/oauth2/authorize",
      token_endpoint: "https://api.dropboxapi.com/oauth2/token",
    },
    api: "https://api.dropboxapi.com/2/users/get_current_account",
    wants: { token_access_type: "offline" },
    keepsRefreshTokens: true,
    tokens: (body) => ({
      ...body,
      token_type: "bearer",
      scope: "account_info.read",
      uid: "1",
      account_id: "dbid:1",
    }),
  },
};
