// How requests show which client it is (RFC 6749 2.3). A secret that is published with an app proves nothing (RFC 8252 8.5):
// it is sent where the server wants it, and nothing else is left out for it.
import {
  ClientSecretBasic,
  ClientSecretPost,
  None,
  type AuthorizationServer,
  type ClientAuth,
} from "oauth4webapi";
import type { ResolvedConfig } from "../../config/config.js";
import type { Secret } from "../../ground/secret.js";

/** `kept`: that of the sign-in or of the stored session; the configured one wins. */
export function authenticationOf(
  config: ResolvedConfig,
  server: AuthorizationServer,
  kept: Secret<string> | undefined,
): ClientAuth {
  const secret = secretOf(config, kept);
  const method = config.tokenEndpointAuthMethod ?? (secret && listedMethod(server)) ?? "none";
  if (secret === undefined || method === "none") return None();
  const value = secret.reveal();
  if (method === "client_secret_post") return value === "" ? emptyPost : ClientSecretPost(value);
  return value === "" ? emptyBasic : ClientSecretBasic(value);
}

export function secretOf(
  { clientSecret, tokenEndpointAuthMethod }: Pick<ResolvedConfig, "clientSecret" | "tokenEndpointAuthMethod">,
  kept: Secret<string> | undefined,
): Secret<string> | undefined {
  return tokenEndpointAuthMethod === "none" ? undefined : (clientSecret ?? kept);
}

/** Secrets of a request, for what must not be repeated in a message. */
export function withSecret(
  sent: readonly Secret<string>[],
  clientSecret: Secret<string> | undefined,
): readonly Secret<string>[] {
  return clientSecret ? [...sent, clientSecret] : sent;
}

/** Basic where nothing is listed (RFC 8414 2): all servers must take it (RFC 6749 2.3.1). */
function listedMethod({ token_endpoint_auth_methods_supported: listed }: AuthorizationServer) {
  return Array.isArray(listed) && listed.includes("client_secret_post")
    ? "client_secret_post"
    : "client_secret_basic";
}

// oauth4webapi takes no empty secret.
const emptyPost: ClientAuth = (_, { client_id }, body) => {
  body.set("client_id", client_id);
  body.set("client_secret", "");
};

const emptyBasic: ClientAuth = (as, client, body, headers) => {
  void ClientSecretBasic("x")(as, client, body, headers);
  const credentials = atob(headers.get("authorization")!.slice("Basic ".length)).slice(0, -1);
  headers.set("authorization", `Basic ${btoa(credentials)}`);
};
