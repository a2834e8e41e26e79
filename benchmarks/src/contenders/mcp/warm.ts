// The client of the MCP SDK in a warm process: auth(), a listener by hand, and auth() again with the code.
import { auth } from "@modelcontextprotocol/client";
import { listenOnLoopback } from "../loopback.js";
import type { CreateWarm } from "../warm.js";
import { createMcpProvider } from "./provider.js";

type Tokens = Parameters<Parameters<typeof createMcpProvider>[0]["save"]>[0];

export const createWarm: CreateWarm = async ({ expiring, lasting, clientId, openBrowser }) => {
  async function signInAt(issuer: string): Promise<() => Promise<string>> {
    const loopback = await listenOnLoopback();
    let tokens: Tokens | undefined;
    let page: Promise<void> | undefined;
    const provider = createMcpProvider({
      clientId,
      redirectUri: loopback.redirectUri,
      load: async () => tokens,
      save: async (newest) => void (tokens = newest),
      openBrowser: (url) => void (page = openBrowser(url.href)),
    });
    const serverUrl = `${issuer}/mcp`;
    await auth(provider, { serverUrl, scope: "openid offline_access" });
    const { searchParams } = await loopback.redirected;
    const iss = searchParams.get("iss");
    await auth(provider, {
      serverUrl,
      authorizationCode: searchParams.get("code")!,
      ...(iss === null ? {} : { iss }),
    });
    loopback.finish();
    await page;
    return async () => {
      await auth(provider, { serverUrl });
      return tokens!.access_token;
    };
  }

  const token = await signInAt(expiring);
  return { token, signIn: async () => void (await signInAt(lasting)) };
};
