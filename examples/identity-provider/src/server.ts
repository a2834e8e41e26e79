// Starts and stops one identity provider: a socket, an oidc-provider behind it, and nothing shared with another.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider/lib/provider.js";
import { createTokenReader } from "./access-tokens.js";
import { createAccounts } from "./accounts.js";
import { handleApi, isApiPath } from "./api.js";
import { createConfiguration, createSigningKey } from "./configuration.js";
import { createConsents } from "./consents.js";
import { keepInterval } from "./device-code.js";
import { createProofs } from "./dpop-proofs.js";
import { forwardEvents, forwardSecrets } from "./forward-events.js";
import { FormError, sendPage } from "./http.js";
import { handleInteraction } from "./interaction.js";
import { handleLogout } from "./logout.js";
import { type IdentityProviderOptions, ONE_TIME_CODE, resolveOptions } from "./options.js";
import { messagePage } from "./pages.js";
import type { PersonOptions } from "./person.js";
import { createResources } from "./resources.js";
import { createStore } from "./store.js";

export interface IdentityProvider extends AsyncDisposable {
  readonly issuer: string;
  /** The protected `GET /api/notes`. */
  readonly apiUrl: string;
  /** `GET /api/vault`, which is there with `stepUp`, or when `resources` names it. */
  readonly vaultUrl: string;
  readonly clientId: string;
  readonly account: PersonOptions;
  /** Stops listening and drops open connections; leaves no socket or timer behind. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts an OpenID provider with a protected API on a loopback port, in this process and in memory.
 *
 * Rejects with a `TypeError` for a wrong option, and with Node's error (`EADDRINUSE`) when it cannot listen.
 */
export async function startIdentityProvider(input: IdentityProviderOptions = {}): Promise<IdentityProvider> {
  const options = resolveOptions(input);
  const { features } = options;
  const [demo] = options.accounts;
  const key = await createSigningKey();

  const server = createServer();
  // The issuer names the port, so the socket comes first.
  const port = await listen(server, options.port, options.host);
  const issuer = `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`;
  const close = () => stop(server);

  try {
    const emit = options.onEvent;
    const accounts = createAccounts(options.accounts);
    const consents = createConsents();
    const resources = createResources(issuer, features.resources ?? []);
    const store = createStore((grantId, model) => {
      const reason = model === "RefreshToken" ? "refresh-token-replayed" : "code-replayed";
      emit({ type: "grant-revoked", grantId, reason });
    }, options);
    const tokenValues = new WeakMap<object, string>();
    const parts = { options, key, port, store, accounts, consents, resources, tokenValues };
    const provider = new Provider(issuer, createConfiguration(parts));
    rememberValues(provider, tokenValues);
    // Every ID token names its session; oidc-provider does so only for clients with back-channel logout.
    provider.Client.prototype.includeSid = () => true;
    forwardEvents(provider, store, emit);
    forwardSecrets(provider, options.onSecret);
    if (features.deviceCode) keepInterval(provider, features.deviceCode);
    const handleOAuth = provider.callback();
    const interaction = { provider, accounts, consents, resources, features, demo };
    const proofs = createProofs(features.dpop ?? { requireApiNonce: false });
    const readToken = createTokenReader(provider, key);
    const api = { issuer, accounts, features, resources, readToken, proofs, emit };

    const route = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
      // As oidc-provider matches paths: otherwise its own logout would answer at /oauth/Logout.
      const path = pathOf(req).toLowerCase().replace(/\/$/, "");
      if (path.startsWith("/interaction/")) return handleInteraction(interaction, req, res);
      if (path === "/oauth/logout") return handleLogout(provider, store, req, res);
      if (isApiPath(path, features)) return handleApi(api, path, req, res);
      return handleOAuth(req, res);
    };
    const fail = (res: ServerResponse, error: Error): void => {
      const isOurs = !(error instanceof FormError);
      if (isOurs) emit({ type: "server-error", error });
      if (res.headersSent) res.destroy();
      else sendPage(res, isOurs ? 500 : 400, messagePage("That did not work", "Please try again."));
    };
    server.on("request", (req, res) => {
      res.once("finish", () => {
        emit({ type: "request", method: req.method ?? "", path: pathOf(req), status: res.statusCode });
      });
      route(req, res).catch((error: Error) => fail(res, error));
    });

    // oidc-provider looks at a client when it is first used: a wrong redirect URI shows now, not in a browser.
    for (const { clientId } of options.clients) await provider.Client.find(clientId);
  } catch (error) {
    await close();
    throw error;
  }

  return {
    issuer,
    apiUrl: `${issuer}/api/notes`,
    vaultUrl: `${issuer}/api/vault`,
    clientId: options.clients[0].clientId,
    account: {
      username: demo.username,
      password: demo.password,
      ...(features.stepUp && { oneTimeCode: demo.oneTimeCode ?? ONE_TIME_CODE }),
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function rememberValues({ AccessToken, BaseToken }: Provider, values: WeakMap<object, string>): void {
  AccessToken.prototype.save = async function () {
    const value = await BaseToken.prototype.save.call(this);
    values.set(this, value);
    return value;
  };
}

function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0]!;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Called with an error when it was not open: stopped is stopped.
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
