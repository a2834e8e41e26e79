// MSAL Node in a warm process, as its documentation has it: acquireTokenInteractive() with a listener of its own.
import type { PublicClientApplication } from "@azure/msal-node";
import type { CreateWarm } from "../warm.js";
import { createMsalClient, SCOPES } from "./client.js";

export const createWarm: CreateWarm = async ({ expiring, lasting, clientId, openBrowser }) => {
  async function signInWith(client: PublicClientApplication) {
    const { account } = await client.acquireTokenInteractive({
      scopes: SCOPES,
      // Its authority is https always: see client.ts.
      openBrowser: async (url) => void openBrowser(toServer(url)),
    });
    return account!;
  }

  const toServer = (url: string): string =>
    expiring.startsWith("http:") ? url.replace("https:", "http:") : url;
  const client = createMsalClient({ issuer: expiring, clientId });
  const other = createMsalClient({ issuer: lasting, clientId });
  const account = await signInWith(client);
  return {
    token: async () => (await client.acquireTokenSilent({ account, scopes: SCOPES })).accessToken,
    signIn: async () => void (await signInWith(other)),
  };
};
