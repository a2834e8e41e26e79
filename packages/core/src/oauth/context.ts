// What every step of the protocol needs, and how it hands it to oauth4webapi.
import { allowInsecureRequests, clockSkew, clockTolerance, customFetch, type Client } from "oauth4webapi";
import type { ResolvedConfig } from "../config.js";
import type { Clock } from "../ports.js";
import type { ServerFetch } from "./http.js";

export interface OAuthContext {
  readonly config: ResolvedConfig;
  readonly fetch: ServerFetch;
  readonly clock: Clock;
}

/** A public client (RFC 6749 2.1) on this context's clock. */
export function clientOf({ config, clock }: OAuthContext): Client {
  return {
    client_id: config.clientId,
    token_endpoint_auth_method: "none",
    [clockSkew]: Math.round((clock.now() - Date.now()) / 1000),
    [clockTolerance]: config.clockToleranceSeconds,
  };
}

export function requestOptions({ fetch }: OAuthContext, signal: AbortSignal) {
  return {
    signal,
    [customFetch]: fetch,
    // All or nothing in oauth4webapi; which http endpoints are allowed is decided for each by itself in server.ts.
    [allowInsecureRequests]: true,
  };
}
