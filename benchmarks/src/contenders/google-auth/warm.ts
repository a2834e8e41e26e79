// google-auth-library in a warm process, as its README has it; the listener is by hand, as there.
import { CodeChallengeMethod, type OAuth2Client } from "google-auth-library";
import { listenOnLoopback } from "../loopback.js";
import type { CreateWarm } from "../warm.js";
import { createGoogleClient } from "./client.js";

export const createWarm: CreateWarm = async ({ expiring, lasting, clientId, openBrowser }) => {
  async function signInAt(issuer: string): Promise<OAuth2Client> {
    const loopback = await listenOnLoopback();
    const client = createGoogleClient({ issuer, clientId }, loopback.redirectUri);
    const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync();
    const state = crypto.randomUUID();
    const url = client.generateAuthUrl({
      access_type: "offline",
      scope: "openid offline_access",
      state,
      code_challenge_method: CodeChallengeMethod.S256,
      ...(codeChallenge === undefined ? {} : { code_challenge: codeChallenge }),
    });
    const page = openBrowser(url);
    const { searchParams } = await loopback.redirected;
    if (searchParams.get("state") !== state) throw new Error("This redirect belongs to another sign-in.");
    const { tokens } = await client.getToken({ code: searchParams.get("code")!, codeVerifier });
    client.setCredentials(tokens);
    // It keeps the old refresh token where the server has sent a new one, unless it is told.
    client.on("tokens", ({ refresh_token }) => {
      if (refresh_token) client.setCredentials({ ...client.credentials, refresh_token });
    });
    loopback.finish();
    await page;
    return client;
  }

  const client = await signInAt(expiring);
  return {
    async token() {
      const { token } = await client.getAccessToken();
      return token!;
    },
    signIn: async () => void (await signInAt(lasting)),
  };
};
