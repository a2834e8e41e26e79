// When a client's secret ends (RFC 7591 3.2.1), where the registration said so: what is said about it, before and after.
import { AuthError } from "../ground/errors.js";
import { wrongOption } from "./option-checks.js";
import type { AuthConfig } from "./auth-config.js";

/** Two weeks: who registers by hand needs days, not hours. */
const SOON_MS = 14 * 86_400_000;

/** Spring of 1973. What is less was meant in seconds, as `client_secret_expires_at` is. */
const FIRST_CREDIBLE_MS = 1e11;

export function resolveSecretExpiry({
  clientSecret,
  clientSecretExpiresAt: at,
}: AuthConfig): Pick<AuthConfig, "clientSecretExpiresAt"> {
  if (at === undefined) return {};
  if (typeof at !== "number" || !Number.isFinite(at) || at < FIRST_CREDIBLE_MS)
    throw wrongOption(
      "clientSecretExpiresAt",
      "must be a time in epoch milliseconds: client_secret_expires_at of the registration, times 1000. Leave it out if that is 0",
    );
  if (clientSecret === undefined)
    throw wrongOption("clientSecretExpiresAt", 'stands without "clientSecret", whose end it would be');
  return { clientSecretExpiresAt: at };
}

/** Of the secret that is shown: the configured one wins, so does what is known of it. `kept`: of the session's. */
export function secretExpiryOf(
  {
    clientSecret,
    clientSecretExpiresAt,
    tokenEndpointAuthMethod,
  }: Pick<AuthConfig, "clientSecret" | "clientSecretExpiresAt" | "tokenEndpointAuthMethod">,
  kept: number | undefined,
): number | undefined {
  if (tokenEndpointAuthMethod === "none") return undefined;
  return clientSecret === undefined ? kept : clientSecretExpiresAt;
}

export const REGISTER_AGAIN = "Register the client again, and give the new secret.";

/** A sign-in that cannot end well: it is said before a browser opens. */
export function secretEnded(at: number): AuthError {
  return new AuthError("invalid_config", `The client's secret ended on ${dayOf(at)}.`, {
    detail: "clientSecretExpiresAt",
    hint: REGISTER_AGAIN,
  });
}

/** The server's refusal of the client, where that explains it. Nothing of the session is over. */
export function causedByEnd({ code, message, oauthError, detail }: AuthError, at: number): AuthError {
  return new AuthError(code, message, {
    oauthError,
    detail: detail as never,
    hint: `${secretEnded(at).message} ${REGISTER_AGAIN}`,
  });
}

/** What a person is told in time; undefined while there is time. */
export function secretEndsSoon(at: number | undefined, now: number): string | undefined {
  return at === undefined || at - now > SOON_MS ? undefined : `The client's secret ends on ${dayOf(at)}.`;
}

/** UTC, as the server counts. */
function dayOf(at: number): string {
  return new Date(Math.min(at, 8.64e15)).toISOString().slice(0, 10);
}
