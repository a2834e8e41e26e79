// What every step of the protocol needs, and how it hands it to oauth4webapi.
import { allowInsecureRequests, clockSkew, clockTolerance, customFetch, type Client } from "oauth4webapi";
import type { ResolvedConfig } from "../config/config.js";
import type { AuthPorts, Clock, Fetch } from "../ports/ports.js";
import type { Random } from "../session/refresh-schedule.js";
import { createDPoPHandles, type DPoPHandles } from "./dpop.js";
import { createServerFetch, type ServerFetch } from "./inside/http.js";
import { createSigningKeys, type SigningKeys } from "./inside/jwks.js";
import { createSkewMeter, type SkewMeter } from "./inside/skew.js";

export interface OAuthContext {
  readonly config: ResolvedConfig;
  readonly fetch: ServerFetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly skew: SkewMeter;
  readonly keys: SigningKeys;
  readonly dpop: DPoPHandles;
}

/** Puts it together from the ports. `onSkew` is told when the clocks begin to differ. */
export function createOAuthContext(
  config: ResolvedConfig,
  ports: Pick<AuthPorts, "clock" | "fetch" | "random">,
  onSkew: (milliseconds: number) => void = () => {},
): OAuthContext {
  const { clock, random = Math.random } = ports;
  const { requestTimeoutMs: timeoutMs } = config;
  const skew = createSkewMeter({ clock, toleranceMs: config.clockToleranceSeconds * 1000, onSkew });
  const fetch = createServerFetch({ fetch: fetchOf(ports), clock, timeoutMs, skew });
  const dpop = createDPoPHandles({ clock, skew });
  return { config, clock, random, skew, fetch, dpop, keys: createSigningKeys({ clock, fetch }) };
}

/** Looked up at each call: whoever replaces the global one later is heard. */
export function fetchOf({ fetch }: Pick<AuthPorts, "fetch">): Fetch {
  // Each library's answer is a Response; their declarations only do not know each other.
  return (fetch as Fetch | undefined) ?? ((url, init) => globalThis.fetch(url, init));
}

/** A public client (RFC 6749 2.1) on this context's clock. */
export function clientOf({ config, clock, skew }: OAuthContext): Client {
  return {
    client_id: config.clientId,
    token_endpoint_auth_method: "none",
    // The server's clock judges the times in its tokens; oauth4webapi counts from Date.now().
    [clockSkew]: Math.round((clock.now() - Date.now() + skew.milliseconds()) / 1000),
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
