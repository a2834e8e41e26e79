// MSAL Node for a server that is not Microsoft's, with its cache where `keyring` keeps it, by the plug-in that its
// documentation has for that.
import {
  ProtocolMode,
  PublicClientApplication,
  type INetworkModule,
  type NetworkRequestOptions,
  type NetworkResponse,
} from "@azure/msal-node";
import type { KeyringText } from "../keyring.js";
import type { Order } from "../order.js";

/** One of an API too: without it MSAL finds no access token in its cache. */
export const SCOPES = ["openid", "offline_access", "api"];

export function createMsalClient(
  { issuer, clientId }: Pick<Order, "issuer" | "clientId">,
  keyring?: KeyringText,
): PublicClientApplication {
  const { host, protocol } = new URL(issuer);
  return new PublicClientApplication({
    auth: { clientId, authority: `https://${host}`, knownAuthorities: [host] },
    system: {
      protocolMode: ProtocolMode.OIDC,
      ...(protocol === "http:" ? { networkClient: plainHttp(host) } : {}),
    },
    ...(keyring && {
      cache: {
        cachePlugin: {
          async beforeCacheAccess({ tokenCache }) {
            tokenCache.deserialize((await keyring.load()) ?? "");
          },
          async afterCacheAccess({ cacheHasChanged, tokenCache }) {
            if (cacheHasChanged) await keyring.save(tokenCache.serialize());
          },
        },
      },
    }),
  });
}

/** MSAL takes https alone: what it asks for goes to the same host over http. Its own module is fetch too. */
function plainHttp(host: string): INetworkModule {
  async function send<T>(
    method: string,
    url: string,
    options: NetworkRequestOptions = {},
  ): Promise<NetworkResponse<T>> {
    const response = await fetch(url.replace(`https://${host}`, `http://${host}`), {
      method,
      headers: options.headers ?? {},
      ...(options.body === undefined ? {} : { body: options.body }),
    });
    // Its metadata names the issuer as MSAL was told it.
    const body = JSON.parse((await response.text()).replaceAll(`http://${host}`, `https://${host}`)) as T;
    return { headers: Object.fromEntries(response.headers), body, status: response.status };
  }
  return {
    sendGetRequestAsync: (url, options) => send("GET", url, options),
    sendPostRequestAsync: (url, options) => send("POST", url, options),
  };
}
