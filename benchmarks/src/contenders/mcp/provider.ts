// What the MCP SDK's client asks of an app: an OAuthClientProvider.
import type { OAuthClientProvider } from "@modelcontextprotocol/client";

type StoredTokens = Awaited<ReturnType<OAuthClientProvider["tokens"]>>;

export interface McpProviderOptions {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly load: () => Promise<StoredTokens>;
  readonly save: (tokens: NonNullable<StoredTokens>) => Promise<void>;
  readonly openBrowser: (url: URL) => void;
}

export function createMcpProvider(options: McpProviderOptions): OAuthClientProvider {
  const { clientId, redirectUri, load, save, openBrowser } = options;
  let verifier = "";
  return {
    redirectUrl: redirectUri,
    clientMetadata: { redirect_uris: [redirectUri], token_endpoint_auth_method: "none" },
    clientInformation: () => ({ client_id: clientId }),
    state: () => crypto.randomUUID(),
    tokens: load,
    saveTokens: save,
    redirectToAuthorization: openBrowser,
    saveCodeVerifier: (text) => void (verifier = text),
    codeVerifier: () => verifier,
  };
}
