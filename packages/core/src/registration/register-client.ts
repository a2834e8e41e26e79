// Dynamic client registration (RFC 7591): the app makes itself known to a server it has never met.
import type { ClientMetadata } from "./client-metadata.js";
import { resolveConfig } from "../config/config.js";
import { abortedCall } from "../ground/errors.js";
import { createOAuthContext } from "../oauth/context.js";
import { createDiscovery } from "../oauth/discovery.js";
import { refuseUnknown, wrongOption } from "../config/option-checks.js";
import type { AuthPorts } from "../ports/ports.js";
import type { RegisteredClient } from "./registered-client.js";
import { Secret } from "../ground/secret.js";

export interface RegisterClientOptions {
  /** What some servers ask for before they register anybody (RFC 7591 3). */
  readonly initialAccessToken?: Secret<string>;
  readonly signal?: AbortSignal;
  /** Limit of each request to the server, in milliseconds. @default 30_000 */
  readonly requestTimeoutMs?: number;
  /** Where the metadata document is, when it is not where the issuer says. */
  readonly metadataUrl?: string | URL;
}

const OPTION_NAMES: Readonly<Record<keyof RegisterClientOptions, true>> = {
  initialAccessToken: true,
  signal: true,
  requestTimeoutMs: true,
  metadataUrl: true,
};

/**
 * Registers a native public client (RFC 7591, OpenID Connect Dynamic Client Registration 1.0): the code flow, refresh
 * tokens, no secret. Every call makes a new client: keep the `clientId`, which is no secret. A call that got no answer may
 * have made one too.
 *
 * A server may answer with something else than was asked; `differences` says what. Where it insists on a secret
 * (`client_secret_post`, `client_secret_basic`), `clientSecret`, `tokenEndpointAuthMethod` and `clientSecretExpiresAt` (when to
 * register again) go into the configuration; it is published with every copy of the app, so it is none.
 *
 * Rejects with `unsupported_by_server` (no registration endpoint, or the client could not sign anybody in without a
 * key, the code flow or one of its redirect URIs), `authorization_failed` (refused; `oauthError` says why:
 * `invalid_redirect_uri`, `invalid_client_metadata`, `invalid_token`), `invalid_response`, `insecure_endpoint`,
 * `discovery_failed`, `temporarily_unavailable`, `cancelled` (by the signal) or `invalid_config`.
 *
 * @example
 * ```ts
 * const issuer = "https://id.example.com";
 * const ports = createNodePorts({ appName: "Example Notes" });
 * const { clientId } = await registerClient(issuer, { client_name: "Example Notes" }, ports);
 * const client = createAuthClient({ issuer, clientId }, ports);
 * ```
 */
export async function registerClient(
  issuer: string | URL,
  metadata: ClientMetadata,
  ports: Pick<AuthPorts, "clock" | "fetch">,
  options: RegisterClientOptions = {},
): Promise<RegisteredClient> {
  const { signal = new AbortController().signal, requestTimeoutMs, metadataUrl } = options;
  const initialAccessToken = checkOptions(options);
  const { readRegistration, requestRegistration, resolveClientMetadata } =
    await import("./inside/registering.js");
  const asked = resolveClientMetadata(metadata);
  // Discovery goes by a configuration; which client it is for does not matter to it.
  const more = {
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    ...(metadataUrl === undefined ? {} : { metadataUrl }),
  };
  const config = resolveConfig({ issuer, clientId: "not registered yet", ...more });
  const context = createOAuthContext(config, ports);
  try {
    const server = await createDiscovery(context)(signal);
    const answer = await requestRegistration(
      context,
      { server, metadata: asked, initialAccessToken },
      signal,
    );
    return readRegistration(answer, asked);
  } catch (error) {
    throw signal.aborted ? abortedCall() : error;
  }
}

function checkOptions(options: RegisterClientOptions): Secret<string> | undefined {
  refuseUnknown(options, Object.keys(OPTION_NAMES));
  const { initialAccessToken: token } = options;
  if (token === undefined || (token instanceof Secret && /^[\u0021-\u007e]+$/.test(token.reveal())))
    return token;
  throw wrongOption("initialAccessToken", "must be a token in a Secret. Write new Secret(token)");
}
