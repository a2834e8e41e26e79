// The "Wacht profile": oidc-provider configured to behave like the server Loopkey is for.
import { generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { Configuration, JWK, KoaContextWithOIDC } from "oidc-provider";
import { causeOf } from "./causes.js";
import type { Accounts } from "./accounts.js";
import type { Consents } from "./consents.js";
import { DEVICE_GRANT, DEVICE_ROUTES } from "./device-code.js";
import { PASSWORD, type ResolvedFeatures, TWO_STEPS } from "./feature-options.js";
import { createFeatures } from "./features.js";
import { pageHeaders } from "./http.js";
import { createPolicy } from "./interaction-policy.js";
import type { ClientOptions, ResolvedOptions } from "./options.js";
import { messagePage } from "./pages.js";
import type { Resources } from "./resources.js";
import type { Store } from "./store.js";

const DAY = 24 * 3600;

export interface ConfigurationParts {
  readonly options: ResolvedOptions;
  readonly key: JWK;
  readonly port: number;
  readonly store: Store;
  readonly accounts: Accounts;
  readonly consents: Consents;
  readonly resources: Resources;
  /** Access tokens to what the client gets of them: a JWT's value is kept nowhere else. */
  readonly tokenValues: WeakMap<object, string>;
}

export async function createSigningKey(): Promise<JWK> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  // Node's JWK and oidc-provider's differ only in how optional members are written.
  return { ...(privateKey.export({ format: "jwk" }) as JWK), alg: "RS256", use: "sig" };
}

// Every callback whose default prints a notice is given, so oidc-provider stays silent; see also features.ts.
export function createConfiguration(parts: ConfigurationParts): Configuration {
  const { options, key, port, store, accounts, consents, resources, tokenValues } = parts;
  const { features } = options;
  return {
    adapter: store.adapter,
    jwks: { keys: [key] },
    clients: options.clients.map((client) => toMetadata(client, features)),
    // Of a client that registers itself and does not say otherwise.
    clientDefaults: { token_endpoint_auth_method: "none" },
    routes: {
      authorization: "/oauth/authorize",
      token: "/oauth/token",
      revocation: "/oauth/revoke",
      introspection: "/oauth/introspect",
      userinfo: "/oauth/userinfo",
      end_session: "/oauth/logout",
      registration: "/oauth/register",
      jwks: "/.well-known/jwks.json",
      pushed_authorization_request: "/oauth/par",
      ...DEVICE_ROUTES,
    },
    responseTypes: ["code"],
    clientAuthMethods: ["none"],
    pkce: { required: () => true },
    scopes: ["openid", "offline_access", "profile", "email"],
    claims: {
      // at_hash: see findAccount. auth_time would otherwise come only when max_age was sent.
      openid: ["sub", "auth_time", "at_hash", ...(features.stepUp ? ["acr"] : [])],
      profile: ["name", "preferred_username"],
      email: ["email", "email_verified"],
    },
    acrValues: features.stepUp ? [PASSWORD, TWO_STEPS] : [],
    // What an API must know of the sign-in (RFC 9470 6).
    extraTokenClaims: ({ oidc }) => (features.stepUp ? signInBehind(oidc) : undefined),
    conformIdTokenClaims: false,
    enabledJWA: { idTokenSigningAlgValues: ["RS256"] },
    ttl: {
      AccessToken: options.accessTokenSeconds,
      AuthorizationCode: 60,
      IdToken: options.idTokenSeconds,
      RefreshToken: options.refreshTokenSeconds,
      ...(features.deviceCode && { DeviceCode: features.deviceCode.expiresInSeconds }),
      Interaction: 3600,
      Session: 14 * DAY,
      // Outlives every rotation of its refresh token.
      Grant: 10 * 365 * DAY,
    },
    rotateRefreshToken: true,
    issueRefreshToken: async (_ctx, client, source) =>
      client.grantTypeAllowed("refresh_token") && source.scopes.has("offline_access"),
    // Wacht gives offline_access for the asking; oidc-provider strikes it out of the scope unless prompt=consent
    // came too. This validator runs right after that and puts it back.
    extraParams: {
      scope(ctx, scope = "", client) {
        const asked = scopeAskedIn(ctx).split(" ");
        const kept = scope.split(" ").filter(Boolean);
        if (!asked.includes("offline_access") || kept.includes("offline_access")) return;
        if (client.grantTypeAllowed("refresh_token"))
          ctx.oidc.params!["scope"] = [...kept, "offline_access"].join(" ");
      },
    },
    // Sessions are ended by the store (revokeSession). oidc-provider's own tie allows one grant per session and
    // client, so a second sign-in in the same browser would end the tokens of the first.
    expiresWithSession: async () => false,
    loadExistingGrant: (ctx) => findGrant(ctx, consents, resources),
    interactions: {
      policy: createPolicy(features),
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
    },
    async findAccount(ctx, accountId) {
      const person = accounts.find(accountId);
      if (person === undefined) return undefined;
      return {
        accountId,
        claims: (use) => ({
          sub: accountId,
          name: person.name,
          preferred_username: person.username,
          email: person.email,
          email_verified: true,
          // oidc-provider no longer sends at_hash in the code flow, but still hashes a value found under this name.
          ...(use === "id_token" && { at_hash: tokenValues.get(ctx.oidc.entities.AccessToken ?? {}) }),
        }),
      };
    },
    features: createFeatures({ features, resources, emit: options.onEvent }),
    clientBasedCORS: () => false,
    cookies: {
      keys: [randomBytes(32).toString("base64url")],
      // Browsers do not keep the cookies of two ports apart.
      names: { session: `session_${port}`, interaction: `interaction_${port}`, resume: `resume_${port}` },
    },
    renderError(ctx, { error, error_description: description = "no description" }) {
      ctx.set(pageHeaders());
      ctx.body = messagePage("This sign-in cannot go on", causeOf(error), `${error}: ${description}`);
    },
  };
}

function toMetadata(client: ClientOptions, { deviceCode, dpop }: ResolvedFeatures) {
  const {
    clientId,
    name = clientId,
    redirectUris,
    postLogoutRedirectUris = [],
    dpopBoundAccessTokens,
  } = client;
  return {
    client_id: clientId,
    client_name: name,
    // Native is what allows any port on a loopback host.
    application_type: "native" as const,
    token_endpoint_auth_method: "none" as const,
    grant_types: ["authorization_code", "refresh_token", ...(deviceCode ? [DEVICE_GRANT] : [])],
    response_types: ["code" as const],
    redirect_uris: redirectUris,
    post_logout_redirect_uris: postLogoutRedirectUris,
    ...(dpop && { dpop_bound_access_tokens: dpopBoundAccessTokens ?? false }),
  };
}

/** The scope as the client wrote it: in the query, or in what it pushed before. */
function scopeAskedIn({ query, oidc }: KoaContextWithOIDC): string {
  const pushed = oidc.entities.PushedAuthorizationRequest?.request;
  const asked = pushed === undefined ? (oidc.body ?? query) : payloadOf(pushed);
  return String(asked["scope"]);
}

function payloadOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split(".")[1]!, "base64url").toString("utf8")) as Record<string, unknown>;
}

/** Every authorization gets a grant of its own: the family of tokens that is revoked together. */
async function findGrant({ oidc }: KoaContextWithOIDC, consents: Consents, resources: Resources) {
  const { Grant } = oidc.provider;
  const consented = oidc.result?.consent?.grantId;
  if (consented !== undefined) return Grant.find(consented);
  const [accountId, clientId] = [oidc.account!.accountId, oidc.client!.clientId];
  const scopes = oidc.requestParamOIDCScopes;
  const asked = resources.askedIn(oidc.params!);
  if (!consents.covers(accountId, clientId, scopes, asked)) return undefined;
  const grant = new Grant({ accountId, clientId });
  grant.addOIDCScope(scopes);
  for (const { indicator, scopes } of asked) grant.addResourceScope(indicator, scopes.join(" "));
  await grant.save();
  return grant;
}

function signInBehind({ entities }: KoaContextWithOIDC["oidc"]) {
  const { acr, authTime } = entities.AuthorizationCode ?? entities.DeviceCode ?? entities.RefreshToken ?? {};
  return { acr, auth_time: authTime };
}
