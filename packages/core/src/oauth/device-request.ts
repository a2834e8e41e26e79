// The device authorization request (RFC 8628 3.1): a code for a person to type in on any device.
import {
  deviceAuthorizationRequest,
  processDeviceAuthorizationResponse,
  type AuthorizationServer,
} from "oauth4webapi";
import type { Attempt } from "./sign-in-attempt.js";
import { AuthError } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import { Secret } from "../ground/secret.js";
import { grantParameters } from "./authorization-request.js";
import { clientOf, requestOptions, type OAuthContext } from "./context.js";
import { createDPoPKey, type DPoPKey } from "./dpop.js";
import { isLoopbackHttp, isSecureUrl } from "../config/secure-url.js";
import { authenticationOf, withSecret } from "./inside/client-authentication.js";
import { readDeviceAnswer } from "./inside/tolerances.js";
import { toAuthError } from "./inside/errors.js";

const DEVICE_ENDPOINT = "The device authorization endpoint";
/** A server that names less is not asked without a pause. */
const SHORTEST_INTERVAL_MS = 1_000;
const DEFAULT_INTERVAL_SECONDS = 5;
/** A day. No sign-in waits that long, and what is longer may be no date at all. */
const LONGEST_LIFE_SECONDS = 86_400;

export interface DeviceAuthorization {
  readonly deviceCode: Secret<string>;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete?: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly intervalMs: number;
  readonly dpopKey?: DPoPKey;
}

export interface DeviceRequest {
  readonly server: AuthorizationServer;
  readonly attempt: Attempt;
}

/** Whether the server has the device flow. */
export function offersDeviceCode({ device_authorization_endpoint }: AuthorizationServer): boolean {
  return device_authorization_endpoint !== undefined;
}

export function noDeviceFlow({ issuer }: AuthorizationServer): AuthError {
  return new AuthError("unsupported_by_server", `The server ${printable(issuer)} has no device flow.`, {
    detail: "device_authorization_endpoint",
    hint: "Sign in with a browser on this machine.",
  });
}

/**
 * Asks for a device code (RFC 8628 3.1). Rejects with `unsupported_by_server`, `invalid_response`, `insecure_endpoint` for
 * an address that nobody should type a code into, `authorization_failed` or `temporarily_unavailable`.
 */
export async function requestDeviceCode(
  context: OAuthContext,
  { server, attempt }: DeviceRequest,
  signal: AbortSignal,
): Promise<DeviceAuthorization> {
  if (!offersDeviceCode(server)) throw noDeviceFlow(server);
  const dpopKey = context.config.dpop ? await createDPoPKey(server) : undefined;
  const askedAt = context.clock.now();
  try {
    const client = clientOf(context);
    const auth = authenticationOf(context.config, server, attempt.clientSecret);
    const parameters = grantParameters(context.config, attempt);
    const options = requestOptions(context, signal);
    const answer = await readDeviceAnswer(
      await deviceAuthorizationRequest(server, client, auth, parameters, options),
      DEVICE_ENDPOINT,
      { shortestSeconds: SHORTEST_INTERVAL_MS / 1000, unsaidSeconds: LONGEST_LIFE_SECONDS },
    );
    const device = await processDeviceAuthorizationResponse(server, client, answer);
    const { verification_uri_complete: complete } = device;
    const intervalSeconds = device.interval ?? DEFAULT_INTERVAL_SECONDS;
    return {
      deviceCode: new Secret(device.device_code),
      userCode: readable(device.user_code),
      verificationUri: checkAddress(device.verification_uri, "verification_uri", server),
      ...(complete === undefined
        ? {}
        : { verificationUriComplete: checkAddress(complete, "verification_uri_complete", server) }),
      expiresAt: askedAt + Math.min(device.expires_in, LONGEST_LIFE_SECONDS) * 1000,
      intervalMs: Math.max(intervalSeconds * 1000, SHORTEST_INTERVAL_MS),
      ...(dpopKey === undefined ? {} : { dpopKey }),
    };
  } catch (error) {
    throw toAuthError(error, DEVICE_ENDPOINT, withSecret([], attempt.clientSecret));
  }
}

/** A person reads it off a screen and types it in (RFC 8628 6.1): a few plain characters. */
function readable(userCode: string): string {
  if (/^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/.test(userCode)) return userCode;
  throw unusable("a user code that nobody can type", "user_code");
}

function checkAddress(address: string, name: string, { issuer }: AuthorizationServer): string {
  if (!URL.canParse(address) || printable(address, 2_000) !== address)
    throw unusable(`a ${name} that is not a URL`, name);
  const url = new URL(address);
  // As for endpoints: what listens on this machine is no business of a server elsewhere.
  const isForeign = isLoopbackHttp(url) && !isLoopbackHttp(new URL(issuer));
  if (!isSecureUrl(url) || isForeign || url.username || url.password)
    throw new AuthError("insecure_endpoint", `The server's ${name} is not https: ${printable(address)}`, {
      detail: name,
    });
  // As the server wrote it, for a person may have to type it; but in its plain form where letters of other scripts, or
  // slashes that lean the other way, could be read as another host than the browser goes to.
  return /^https?:\/\/[!-[\]-~]+$/i.test(address) ? address : url.href;
}

function unusable(what: string, detail: string): AuthError {
  return new AuthError("invalid_response", `${DEVICE_ENDPOINT} sent ${what}.`, { detail });
}
