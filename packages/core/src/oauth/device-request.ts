// The device authorization grant (RFC 8628): a code that is typed in anywhere, and the polling for what comes of it.
import {
  deviceAuthorizationRequest,
  deviceCodeGrantRequest,
  None,
  processDeviceAuthorizationResponse,
  processDeviceCodeResponse,
  type AuthorizationServer,
} from "oauth4webapi";
import type { Attempt } from "../attempt.js";
import { runAt } from "../clock.js";
import { AuthError, printable } from "../errors.js";
import type { Clock } from "../ports.js";
import { Secret } from "../secret.js";
import type { LiveSession } from "../session.js";
import { scopeParameters } from "./authorization-request.js";
import { clientOf, requestOptions, type OAuthContext } from "./context.js";
import { createDPoPKey, withNonce, type DPoPKey } from "./dpop.js";
import { isSecureUrl } from "./endpoints.js";
import { toFirstSession } from "./first-tokens.js";
import { toAuthError } from "./oauth-errors.js";
import { tokenRequestOptions } from "./token-request.js";
import { forgiveTokenType, TOKEN_ENDPOINT } from "./token-response.js";

const DEVICE_ENDPOINT = "The device authorization endpoint";
const SLOW_DOWN_MS = 5_000;
/** A server that names less is not asked without a pause. */
const SHORTEST_INTERVAL_MS = 1_000;
const DEFAULT_INTERVAL_SECONDS = 5;

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

export interface DeviceApproval extends DeviceRequest {
  readonly device: DeviceAuthorization;
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
    const parameters = scopeParameters(context.config, attempt);
    const options = requestOptions(context, signal);
    const answer = await deviceAuthorizationRequest(server, client, None(), parameters, options);
    const device = await processDeviceAuthorizationResponse(server, client, answer);
    const { verification_uri_complete: complete } = device;
    if (device.expires_in <= 0) throw unusable("a code that has expired", "expires_in");
    const intervalSeconds = device.interval ?? DEFAULT_INTERVAL_SECONDS;
    return {
      deviceCode: new Secret(device.device_code),
      userCode: readable(device.user_code),
      verificationUri: checkAddress(device.verification_uri, "verification_uri"),
      ...(complete === undefined
        ? {}
        : { verificationUriComplete: checkAddress(complete, "verification_uri_complete") }),
      expiresAt: askedAt + device.expires_in * 1000,
      intervalMs: Math.max(intervalSeconds * 1000, SHORTEST_INTERVAL_MS),
      ...(dpopKey === undefined ? {} : { dpopKey }),
    };
  } catch (error) {
    throw toAuthError(error, DEVICE_ENDPOINT);
  }
}

/**
 * Polls until the person has decided (RFC 8628 3.4, 3.5): at the server's interval, five seconds slower for good after each
 * `slow_down`, twice as slow after each failure for the time being, and not after the code has expired.
 *
 * Rejects with `timed_out` (the code has expired), `access_denied`, `authorization_failed`, `invalid_response` or
 * `id_token_invalid`.
 */
export async function awaitApproval(
  context: OAuthContext,
  approval: DeviceApproval,
  signal: AbortSignal,
): Promise<LiveSession> {
  const { clock } = context;
  const { expiresAt } = approval.device;
  let { intervalMs } = approval.device;
  for (;;) {
    // One after the other, with a pause before each: that is the protocol.
    // oxlint-disable-next-line no-await-in-loop
    await pauseUntil(clock, Math.min(clock.now() + intervalMs, expiresAt), signal);
    if (clock.now() >= expiresAt) throw expired();
    try {
      // oxlint-disable-next-line no-await-in-loop
      return await redeemDeviceCode(context, approval, signal);
    } catch (error) {
      intervalMs = nextInterval(error, intervalMs);
    }
  }
}

async function redeemDeviceCode(
  context: OAuthContext,
  { server, attempt, device: { deviceCode, dpopKey } }: DeviceApproval,
  signal: AbortSignal,
): Promise<LiveSession> {
  try {
    return await withNonce(dpopKey, async () => {
      const askedAt = context.clock.now();
      const answer = await forgiveTokenType(
        await deviceCodeGrantRequest(
          server,
          clientOf(context),
          None(),
          deviceCode.reveal(),
          await tokenRequestOptions(context, dpopKey, signal),
        ),
        dpopKey,
      );
      const tokens = await processDeviceCodeResponse(server, clientOf(context), answer);
      return toFirstSession(context, { server, attempt, tokens, answer, askedAt, dpopKey }, signal);
    });
  } catch (error) {
    throw toAuthError(error, TOKEN_ENDPOINT, [deviceCode]);
  }
}

/** How long to wait after this error; throws it when it is the end. */
function nextInterval(error: unknown, intervalMs: number): number {
  if (!(error instanceof AuthError)) throw error;
  switch (error.oauthError) {
    case "authorization_pending":
      return intervalMs;
    case "slow_down":
      return intervalMs + SLOW_DOWN_MS;
    case "expired_token":
      throw expired();
    case "access_denied":
      throw new AuthError("access_denied", "Access was denied on the sign-in page.", {
        oauthError: error.oauthError,
      });
    case undefined:
    default:
      if (!error.retryable) throw error;
      return Math.max(intervalMs * 2, error.retryAfterMs ?? 0);
  }
}

function pauseUntil(clock: Clock, at: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const callOff = runAt(clock, at, () => end(resolve), true);
    const aborted = (): void => end(() => reject(signal.reason as Error));
    signal.addEventListener("abort", aborted);
    function end(settle: () => void): void {
      callOff();
      signal.removeEventListener("abort", aborted);
      settle();
    }
  });
}

function expired(): AuthError {
  return new AuthError("timed_out", "The code has expired before anybody entered it.", {
    detail: "expired_token",
    hint: "Sign in again, and enter the new code before the time is up.",
  });
}

/** A person reads it off a screen and types it in (RFC 8628 6.1): a few plain characters. */
function readable(userCode: string): string {
  if (/^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/.test(userCode)) return userCode;
  throw unusable("a user code that nobody can type", "user_code");
}

function checkAddress(address: string, name: string): string {
  if (!URL.canParse(address) || printable(address, 2_000) !== address)
    throw unusable(`a ${name} that is not a URL`, name);
  const url = new URL(address);
  if (!isSecureUrl(url) || url.username || url.password)
    throw new AuthError("insecure_endpoint", `The server's ${name} is not https: ${printable(address)}`, {
      detail: name,
    });
  // As the server wrote it: a person may have to type it.
  return address;
}

function unusable(what: string, detail: string): AuthError {
  return new AuthError("invalid_response", `${DEVICE_ENDPOINT} sent ${what}.`, { detail });
}
