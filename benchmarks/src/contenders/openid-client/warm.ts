// openid-client in a warm process: the configuration is found once, as its README has it; the listener is by hand.
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  type Configuration,
} from "openid-client";
import { listenOnLoopback } from "../loopback.js";
import type { CreateWarm } from "../warm.js";

export const createWarm: CreateWarm = async ({ expiring, lasting, clientId, openBrowser }) => {
  const find = (issuer: string): Promise<Configuration> =>
    discovery(new URL(issuer), clientId, undefined, None(), {
      execute: issuer.startsWith("http:") ? [allowInsecureRequests] : [],
    });
  const [configuration, other] = await Promise.all([find(expiring), find(lasting)]);

  async function signInWith(config: Configuration): Promise<string> {
    const loopback = await listenOnLoopback();
    const [verifier, state, nonce] = [randomPKCECodeVerifier(), randomState(), randomNonce()];
    const url = buildAuthorizationUrl(config, {
      redirect_uri: loopback.redirectUri,
      scope: "openid offline_access",
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const page = openBrowser(url.href);
    const current = new URL(loopback.redirectUri);
    current.search = (await loopback.redirected).search;
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
    const tokens = await authorizationCodeGrant(config, current, checks);
    loopback.finish();
    await page;
    return tokens.refresh_token!;
  }

  let refreshToken = await signInWith(configuration);
  return {
    async token() {
      const tokens = await refreshTokenGrant(configuration, refreshToken);
      refreshToken = tokens.refresh_token!;
      return tokens.access_token;
    },
    signIn: async () => void (await signInWith(other)),
  };
};
