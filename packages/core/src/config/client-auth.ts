// How the client shows who it is at the token endpoint (RFC 6749 2.3): mostly not at all.
import { Secret } from "../ground/secret.js";
import type { AuthConfig, TokenEndpointAuthMethod } from "./auth-config.js";
import { oneOf, wrongOption } from "./option-checks.js";

const METHODS: readonly TokenEndpointAuthMethod[] = ["none", "client_secret_post", "client_secret_basic"];

export interface ClientAuth {
  readonly clientSecret?: Secret<string>;
  readonly tokenEndpointAuthMethod?: TokenEndpointAuthMethod;
}

export function resolveClientAuth({ clientSecret, tokenEndpointAuthMethod: method }: AuthConfig): ClientAuth {
  const secret = typeof clientSecret === "string" ? new Secret(clientSecret) : clientSecret;
  if (secret !== undefined && !(secret instanceof Secret && typeof secret.reveal() === "string"))
    throw wrongOption("clientSecret", "must be a string. Leave it out if the server gave your app none");
  if (method !== undefined) oneOf("tokenEndpointAuthMethod", method, METHODS);
  if (method === "none" && clientSecret !== undefined)
    throw wrongOption(
      "clientSecret",
      'stands beside tokenEndpointAuthMethod "none", with which it is never sent. Leave one of them out',
    );
  return {
    ...(secret === undefined ? {} : { clientSecret: secret }),
    ...(method === undefined ? {} : { tokenEndpointAuthMethod: method }),
  };
}
