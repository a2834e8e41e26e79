// oauth4webapi by hand in a warm process, as its examples have it; the server is found once.
import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  calculatePKCECodeChallenge,
  discoveryRequest,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
  None,
  processAuthorizationCodeResponse,
  processDiscoveryResponse,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  validateAuthResponse,
  type AuthorizationServer,
} from "oauth4webapi";
import { listenOnLoopback } from "../loopback.js";
import type { CreateWarm } from "../warm.js";

export const createWarm: CreateWarm = async ({ expiring, lasting, clientId, openBrowser }) => {
  const client = { client_id: clientId };
  const options = { [allowInsecureRequests]: expiring.startsWith("http:") };

  async function find(issuer: string): Promise<AuthorizationServer> {
    const url = new URL(issuer);
    return processDiscoveryResponse(url, await discoveryRequest(url, options));
  }

  async function signInWith(server: AuthorizationServer): Promise<string> {
    const loopback = await listenOnLoopback();
    const [verifier, state] = [generateRandomCodeVerifier(), generateRandomState()];
    const nonce = generateRandomNonce();
    const url = new URL(server.authorization_endpoint!);
    url.search = new URLSearchParams({
      response_type: "code",
      client_id: clientId,
      redirect_uri: loopback.redirectUri,
      scope: "openid offline_access",
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    }).toString();
    const page = openBrowser(url.href);
    const { searchParams } = await loopback.redirected;
    const response = await authorizationCodeGrantRequest(
      server,
      client,
      None(),
      validateAuthResponse(server, client, searchParams, state),
      loopback.redirectUri,
      verifier,
      options,
    );
    const tokens = await processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    loopback.finish();
    await page;
    return tokens.refresh_token!;
  }

  const [server, other] = await Promise.all([find(expiring), find(lasting)]);
  let refreshToken = await signInWith(server);
  return {
    async token() {
      const response = await refreshTokenGrantRequest(server, client, None(), refreshToken, options);
      const tokens = await processRefreshTokenResponse(server, client, response);
      refreshToken = tokens.refresh_token!;
      return tokens.access_token;
    },
    signIn: async () => void (await signInWith(other)),
  };
};
