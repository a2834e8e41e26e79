// The device access token requests (RFC 8628 3.4, 3.5): polling for what becomes of a device code.
import { deviceCodeGrantRequest, processDeviceCodeResponse } from "oauth4webapi";
import { runAt } from "../ports/deadline-timer.js";
import { AuthError } from "../ground/errors.js";
import type { Clock } from "../ports/ports.js";
import type { LiveSession } from "../session/session.js";
import { clientOf, type OAuthContext } from "./context.js";
import type { DeviceAuthorization, DeviceRequest } from "./device-request.js";
import { withNonce } from "./dpop.js";
import { authenticationOf, withSecret } from "./inside/client-authentication.js";
import { toFirstSession, type FirstTokens } from "./inside/first-tokens.js";
import { endOfDevice, readTokenAnswer } from "./inside/tolerances.js";
import { toAuthError } from "./inside/errors.js";
import type { Sent } from "./inside/without-sent.js";
import { asTenantOf } from "./inside/tenant.js";
import { tokenRequestOptions } from "./inside/token-request.js";
import { EVERY_TOKEN_TYPE, TOKEN_ENDPOINT } from "./inside/token-response.js";

const SLOW_DOWN_MS = 5_000;
/** Before the code expires: enough for a slow network, and for most who approve it in the last moment. */
const LAST_POLL_MS = 2_000;

export interface DeviceApproval extends DeviceRequest {
  readonly device: DeviceAuthorization;
}

/**
 * Polls until the person has decided (RFC 8628 3.4, 3.5): at the server's interval, five seconds slower for good after each
 * `slow_down`, twice as slow after each failure for the time being, a last time shortly before the code expires, and not
 * after that.
 *
 * Rejects with `timed_out` (the code has expired), `access_denied`, `authorization_failed`, `invalid_response` or
 * `id_token_invalid`.
 */
export async function awaitApproval(
  context: OAuthContext,
  approval: DeviceApproval,
  signal: AbortSignal,
): Promise<LiveSession> {
  const first = await pollForTokens(context, approval, signal);
  try {
    // Not part of the polling: the code is spent now, and asking again would look like a thief.
    return await toFirstSession(context, first, signal);
  } catch (error) {
    throw toAuthError(error, TOKEN_ENDPOINT, sentBy(approval));
  }
}

function sentBy({ device: { deviceCode }, attempt: { clientSecret } }: DeviceApproval): Sent {
  return withSecret([deviceCode], clientSecret);
}

async function pollForTokens(
  context: OAuthContext,
  approval: DeviceApproval,
  signal: AbortSignal,
): Promise<FirstTokens> {
  const { clock } = context;
  const { expiresAt } = approval.device;
  const { intervalMs } = approval.device;
  let pace: Pace = { intervalMs, pauseMs: intervalMs };
  for (;;) {
    // One after the other, with a pause before each: that is the protocol.
    // oxlint-disable-next-line no-await-in-loop
    await pauseUntil(clock, nextPollAt(clock.now(), pace.pauseMs, expiresAt), signal);
    if (clock.now() >= expiresAt) throw expired();
    try {
      // oxlint-disable-next-line no-await-in-loop
      return await poll(context, approval, signal);
    } catch (error) {
      pace = nextPace(error, pace);
    }
  }
}

interface Pace {
  /** What the server asks for. */
  readonly intervalMs: number;
  /** Until the next poll: longer after failures. */
  readonly pauseMs: number;
}

/**
 * The one that would leave too little time for another becomes the last, and waits until just before the code expires. It is
 * later than the server allows, never earlier.
 */
function nextPollAt(now: number, pauseMs: number, expiresAt: number): number {
  const next = now + pauseMs;
  const last = expiresAt - LAST_POLL_MS;
  return Math.min(next + pauseMs > last ? Math.max(next, last) : next, expiresAt);
}

async function poll(
  context: OAuthContext,
  approval: DeviceApproval,
  signal: AbortSignal,
): Promise<FirstTokens> {
  const { server, attempt, device } = approval;
  const { deviceCode, dpopKey } = device;
  try {
    return await withNonce(dpopKey, async () => {
      const askedAt = context.clock.now();
      const answer = await readTokenAnswer(
        await deviceCodeGrantRequest(
          server,
          clientOf(context),
          authenticationOf(context.config, server, attempt.clientSecret),
          deviceCode.reveal(),
          await tokenRequestOptions(context, dpopKey, signal),
        ),
        TOKEN_ENDPOINT,
        { dpopKey, scope: attempt.scope.split(" "), bearerTokenTypes: context.config.bearerTokenTypes },
      );
      const tokens = await processDeviceCodeResponse(
        await asTenantOf(context.config, server, answer),
        clientOf(context),
        answer,
        EVERY_TOKEN_TYPE,
      );
      return { server, attempt, tokens, answer, askedAt, dpopKey };
    });
  } catch (error) {
    throw toAuthError(error, TOKEN_ENDPOINT, sentBy(approval));
  }
}

/** How to go on after this error; throws it when it is the end. */
function nextPace(error: unknown, { intervalMs, pauseMs }: Pace): Pace {
  if (!(error instanceof AuthError)) throw error;
  const end = endOfDevice(error.oauthError);
  if (end === "expired") throw expired();
  if (end === "denied")
    throw new AuthError("access_denied", "Access was denied on the sign-in page.", {
      oauthError: error.oauthError,
    });
  switch (error.oauthError) {
    case "authorization_pending":
      return { intervalMs, pauseMs: intervalMs };
    case "slow_down":
      return { intervalMs: intervalMs + SLOW_DOWN_MS, pauseMs: intervalMs + SLOW_DOWN_MS };
    case undefined:
    default:
      if (!error.retryable) throw error;
      return { intervalMs, pauseMs: Math.max(pauseMs * 2, error.retryAfterMs ?? 0) };
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
