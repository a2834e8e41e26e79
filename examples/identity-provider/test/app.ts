// An app that signs in with oauth4webapi: what the tests need of a client, and no more.
import * as oauth from "oauth4webapi";
import { afterEach, vi } from "vitest";
import { createPerson, startIdentityProvider } from "../src/index.js";
import type {
  FollowOptions,
  IdentityProvider,
  IdentityProviderEvent,
  IdentityProviderOptions,
  Person,
} from "../src/index.js";

export const REDIRECT_URI = "http://127.0.0.1:49152/callback";
export const POST_LOGOUT_URI = "http://127.0.0.1:49152/logged-out";
const SCOPE = "openid profile email offline_access";

// Every server makes an RSA key, which a busy machine may take a second for.
vi.setConfig({ testTimeout: 20_000 });

const started: IdentityProvider[] = [];

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(started.splice(0).map((provider) => provider.close()));
});

/** It is that much later, for the server and whoever asks it. */
export function later(seconds: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
}

export interface App {
  readonly provider: IdentityProvider;
  readonly metadata: oauth.AuthorizationServer;
  readonly events: IdentityProviderEvent[];
  /** A person with a new browser profile. */
  newPerson(): Person;
  authorizationUrl(parameters?: Record<string, string>): Promise<SignInUrl>;
  /** The whole sign-in: the person's part, then the exchange. */
  signIn(options?: { person?: Person; parameters?: Record<string, string> } & FollowOptions): Promise<Tokens>;
  exchange(redirect: string, begun: SignInUrl): Promise<Tokens>;
  refresh(refreshToken: string): Promise<Tokens>;
  /** `GET /api/notes`. */
  callApi(accessToken: string): Promise<Response>;
  logoutUrl(parameters: Record<string, string>): string;
}

interface SignInUrl {
  readonly url: string;
  readonly verifier: string;
  readonly nonce: string;
  readonly state: string;
  readonly redirectUri: string;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly idToken: string;
  readonly claims: oauth.IDToken;
  readonly raw: oauth.TokenEndpointResponse;
}

const insecure = { [oauth.allowInsecureRequests]: true };

export async function startApp(options: IdentityProviderOptions = {}): Promise<App> {
  const events: IdentityProviderEvent[] = [];
  const provider = await startIdentityProvider({ onEvent: (event) => events.push(event), ...options });
  started.push(provider);
  const issuer = new URL(provider.issuer);
  const metadata = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: "oidc", ...insecure }),
  );
  const client: oauth.Client = { client_id: provider.clientId };
  const newPerson = () => createPerson(provider.account);

  async function authorizationUrl(parameters: Record<string, string> = {}): Promise<SignInUrl> {
    const [verifier, nonce, state] = [
      oauth.generateRandomCodeVerifier(),
      oauth.generateRandomNonce(),
      oauth.generateRandomState(),
    ];
    const query = new URLSearchParams({
      client_id: provider.clientId,
      response_type: "code",
      redirect_uri: REDIRECT_URI,
      scope: SCOPE,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      nonce,
      state,
      ...parameters,
    });
    const redirectUri = query.get("redirect_uri")!;
    return {
      url: `${metadata.authorization_endpoint}?${query.toString()}`,
      verifier,
      nonce,
      state,
      redirectUri,
    };
  }

  async function exchange(redirect: string, { verifier, nonce, state, redirectUri }: SignInUrl) {
    const parameters = oauth.validateAuthResponse(metadata, client, new URL(redirect), state);
    const response = await oauth.authorizationCodeGrantRequest(
      metadata,
      client,
      oauth.None(),
      parameters,
      redirectUri,
      verifier,
      insecure,
    );
    const raw = await oauth.processAuthorizationCodeResponse(metadata, client, response, {
      expectedNonce: nonce,
    });
    await oauth.validateApplicationLevelSignature(metadata, response, insecure);
    return toTokens(raw);
  }

  return {
    provider,
    metadata,
    events,
    newPerson,
    authorizationUrl,
    exchange,
    async signIn({ person = newPerson(), parameters, ...options } = {}) {
      const begun = await authorizationUrl(parameters);
      return exchange(await person.follow(begun.url, options), begun);
    },
    async refresh(refreshToken) {
      const response = await oauth.refreshTokenGrantRequest(
        metadata,
        client,
        oauth.None(),
        refreshToken,
        insecure,
      );
      return toTokens(await oauth.processRefreshTokenResponse(metadata, client, response));
    },
    callApi: (accessToken) => fetch(provider.apiUrl, { headers: { authorization: `Bearer ${accessToken}` } }),
    logoutUrl: (parameters) =>
      `${metadata.end_session_endpoint}?${new URLSearchParams(parameters).toString()}`,
  };
}

function toTokens(raw: oauth.TokenEndpointResponse): Tokens {
  return {
    accessToken: raw.access_token,
    refreshToken: raw.refresh_token ?? "",
    idToken: raw.id_token ?? "",
    claims: oauth.getValidatedIdTokenClaims(raw)!,
    raw,
  };
}
