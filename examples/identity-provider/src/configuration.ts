// The "Wacht profile": oidc-provider configured to behave like the server Loopkey is for.
import { generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { Configuration, JWK, KoaContextWithOIDC } from "oidc-provider";
import { base, Prompt } from "oidc-provider/lib/helpers/interaction_policy/index.js";
import type { Accounts } from "./accounts.js";
import type { Consents } from "./consents.js";
import type { ClientOptions, ResolvedOptions } from "./options.js";
import { messagePage } from "./pages.js";
import { pageHeaders } from "./http.js";
import type { Store } from "./store.js";

const DAY = 24 * 3600;
const REFUSED =
  "The app asked for something that is not possible here. You can close this page and go back to it.";

export interface ConfigurationParts {
  readonly options: ResolvedOptions;
  readonly key: JWK;
  readonly port: number;
  readonly store: Store;
  readonly accounts: Accounts;
  readonly consents: Consents;
}

export async function createSigningKey(): Promise<JWK> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  // Node's JWK and oidc-provider's differ only in how optional members are written.
  return { ...(privateKey.export({ format: "jwk" }) as JWK), alg: "RS256", use: "sig" };
}

// Every callback whose default prints a notice is given, so oidc-provider stays silent.
export function createConfiguration(parts: ConfigurationParts): Configuration {
  const { options, key, port, store, accounts, consents } = parts;
  return {
    adapter: store.adapter,
    jwks: { keys: [key] },
    clients: options.clients.map(toMetadata),
    routes: {
      authorization: "/oauth/authorize",
      token: "/oauth/token",
      revocation: "/oauth/revoke",
      introspection: "/oauth/introspect",
      userinfo: "/oauth/userinfo",
      end_session: "/oauth/logout",
      registration: "/oauth/register",
      jwks: "/.well-known/jwks.json",
    },
    responseTypes: ["code"],
    clientAuthMethods: ["none"],
    pkce: { required: () => true },
    scopes: ["openid", "offline_access", "profile", "email"],
    claims: {
      // at_hash: see findAccount. auth_time would otherwise come only when max_age was sent.
      openid: ["sub", "auth_time", "at_hash"],
      profile: ["name", "preferred_username"],
      email: ["email", "email_verified"],
    },
    conformIdTokenClaims: false,
    enabledJWA: { idTokenSigningAlgValues: ["RS256"] },
    ttl: {
      AccessToken: options.accessTokenSeconds,
      AuthorizationCode: 60,
      IdToken: options.idTokenSeconds,
      RefreshToken: options.refreshTokenSeconds,
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
        const asked = String(ctx.query["scope"]).split(" ");
        const kept = scope.split(" ").filter(Boolean);
        if (!asked.includes("offline_access") || kept.includes("offline_access")) return;
        if (client.grantTypeAllowed("refresh_token"))
          ctx.oidc.params!["scope"] = [...kept, "offline_access"].join(" ");
      },
    },
    // Sessions are ended by the store (revokeSession). oidc-provider's own tie allows one grant per session and
    // client, so a second sign-in in the same browser would end the tokens of the first.
    expiresWithSession: async () => false,
    loadExistingGrant: (ctx) => findGrant(ctx, consents),
    interactions: { policy: createPolicy(), url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
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
          ...(use === "id_token" && { at_hash: ctx.oidc.entities.AccessToken?.jti }),
        }),
      };
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      registration: { enabled: options.registration },
      introspection: { enabled: true, allowedPolicy: ownTokensOnly },
      revocation: { enabled: true, allowedPolicy: ownTokensOnly },
      rpInitiatedLogout: { enabled: true, postLogoutSuccessSource: renderSignedOut },
    },
    clientBasedCORS: () => false,
    cookies: {
      keys: [randomBytes(32).toString("base64url")],
      // Browsers do not keep the cookies of two ports apart.
      names: { session: `session_${port}`, interaction: `interaction_${port}`, resume: `resume_${port}` },
    },
    renderError(ctx, { error, error_description: description = "no description" }) {
      ctx.set(pageHeaders());
      ctx.body = messagePage("This sign-in cannot go on", REFUSED, `${error}: ${description}`);
    },
  };
}

function toMetadata({ clientId, name = clientId, redirectUris, postLogoutRedirectUris = [] }: ClientOptions) {
  return {
    client_id: clientId,
    client_name: name,
    // Native is what allows any port on a loopback host.
    application_type: "native" as const,
    token_endpoint_auth_method: "none" as const,
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code" as const],
    redirect_uris: redirectUris,
    post_logout_redirect_uris: postLogoutRedirectUris,
  };
}

function createPolicy() {
  const policy = base();
  // It would ask native clients for consent every time.
  policy.get("consent")!.checks.remove("native_client_prompt");
  policy.add(new Prompt({ name: "select_account", requestable: true }), 0);
  return policy;
}

/** Every authorization gets a grant of its own: the family of tokens that is revoked together. */
async function findGrant({ oidc }: KoaContextWithOIDC, consents: Consents) {
  const { Grant } = oidc.provider;
  const consented = oidc.result?.consent?.grantId;
  if (consented !== undefined) return Grant.find(consented);
  const [accountId, clientId] = [oidc.account!.accountId, oidc.client!.clientId];
  const scopes = oidc.requestParamOIDCScopes;
  if (!consents.covers(accountId, clientId, scopes)) return undefined;
  const grant = new Grant({ accountId, clientId });
  grant.addOIDCScope(scopes);
  await grant.save();
  return grant;
}

function ownTokensOnly(
  _ctx: KoaContextWithOIDC,
  client: { readonly clientId: string },
  token: { readonly clientId?: string | undefined },
) {
  return token.clientId === client.clientId;
}

function renderSignedOut(ctx: KoaContextWithOIDC) {
  ctx.set(pageHeaders());
  ctx.body = messagePage("You are signed out", "You can close this page.");
}
