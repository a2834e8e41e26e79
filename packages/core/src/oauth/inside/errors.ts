// What oauth4webapi throws, said as AuthError. Its causes hold whole responses with tokens: they are not passed on. Which status is
// tried again, and when: a date in `Retry-After` is counted from the server's own `Date`.
import {
  AuthorizationResponseError,
  JWT_CLAIM_COMPARISON,
  JWT_TIMESTAMP_CHECK,
  KEY_SELECTION,
  RESPONSE_IS_NOT_JSON,
  OperationProcessingError,
  ResponseBodyError,
  UnsupportedOperationError,
  WWWAuthenticateChallengeError,
} from "oauth4webapi";
import { AuthError } from "../../ground/errors.js";
import { printable } from "../../ground/printable.js";
import { BUSY, hintFor, hintForClaim } from "./error-hints.js";
import { TOKEN_ENDPOINT } from "./token-response.js";
import { errorWithoutSent, withoutSent, type Sent } from "./without-sent.js";

const ID_TOKEN_CODES = new Set<unknown>([JWT_CLAIM_COMPARISON, JWT_TIMESTAMP_CHECK, KEY_SELECTION]);

/**
 * `what` begins the sentence: "The token endpoint". `sent` are the secrets of the request: a server that repeats one, wherever
 * and however it is spelled, must not put it into our error.
 */
export function toAuthError(error: unknown, what: string, sent: Sent = []): unknown {
  const said = isAbort(error) ? error : translated(error, what, sent);
  return said instanceof AuthError ? errorWithoutSent(said, sent) : said;
}

function translated(error: unknown, what: string, sent: Sent): AuthError {
  if (error instanceof AuthError) return error;
  if (error instanceof AuthorizationResponseError) return authorizationRefused(error, sent);
  if (error instanceof ResponseBodyError) return serverRefused(error, what, sent);
  if (error instanceof WWWAuthenticateChallengeError) return clientRefused(error, what);
  if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError)
    return invalidResponse(error, what);
  return new AuthError("invalid_response", `${what} could not be understood.`, { detail: summary(error) });
}

/** A status that says nothing of the grant: the server is busy or broken. */
export function isTransient(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

export function busy(what: string, { status, headers }: Response): AuthError {
  return new AuthError("temporarily_unavailable", `${what} answered with status ${status}.`, {
    detail: `${status}`,
    retryAfterMs: retryAfter(headers),
    hint: BUSY,
  });
}

/** A day. An app hands it to a timer, and one that is too long for a timer ends at once. */
const LONGEST_RETRY_AFTER_MS = 86_400_000;

/** `Retry-After` in seconds or as a date (RFC 9110 10.2.3); a date is counted from the server's own. */
function retryAfter(headers: Headers): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  const ms = /^\d+$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - Date.parse(headers.get("date") ?? "");
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

/** An authorization response with `error` (RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6). */
function authorizationRefused(
  { error, error_description }: AuthorizationResponseError,
  sent: Sent,
): AuthError {
  const oauthError = codeOf(error, sent);
  if (error === "access_denied")
    return new AuthError("access_denied", "Access was denied on the sign-in page.", { oauthError });
  const why = explanation(error_description, sent);
  if (error === "temporarily_unavailable" || error === "server_error")
    return new AuthError("temporarily_unavailable", `The server could not sign you in just now${why}.`, {
      oauthError,
      hint: BUSY,
    });
  return new AuthError("authorization_failed", `The server refused the sign-in (${oauthError})${why}.`, {
    oauthError,
    hint: hintFor(error),
  });
}

function serverRefused(
  { error, error_description, status, response }: ResponseBodyError,
  what: string,
  sent: Sent,
): AuthError {
  if (isTransient(status)) return busy(what, response);
  const oauthError = codeOf(error, sent);
  const why = explanation(error_description, sent);
  return new AuthError("authorization_failed", `${what} refused the request (${oauthError})${why}.`, {
    oauthError,
    detail: `${status}`,
    hint: hintFor(error),
  });
}

/** Why an endpoint refuses, in its own words, without what we sent it. */
export function descriptionOf(error: unknown, sent: Sent): string | undefined {
  return error instanceof ResponseBodyError ? words(error.error_description, sent) || undefined : undefined;
}

/** A 401 of an endpoint that authenticates the client (RFC 6749 5.2, `invalid_client`). */
function clientRefused({ status, response }: WWWAuthenticateChallengeError, what: string): AuthError {
  if (isTransient(status)) return busy(what, response);
  return new AuthError("authorization_failed", `${what} does not accept this client.`, {
    detail: `${status}`,
    hint: hintFor("invalid_client"),
  });
}

/** For endpoints that take an access token: a challenge is their verdict on the token (RFC 6750 3.1), and so is a bare 401. */
export function toResourceError(error: unknown, what: string, sent: Sent): unknown {
  const isBare =
    error instanceof OperationProcessingError && isAnswer(error.cause) && error.cause.status === 401;
  if (isBare)
    return new AuthError("sign_in_required", `${what} does not accept the access token.`, { detail: "401" });
  if (!(error instanceof WWWAuthenticateChallengeError) || isTransient(error.status))
    return toAuthError(error, what, sent);
  const { status } = error;
  const facts = { detail: `${status}`, oauthError: challengeError(error, sent) };
  return status === 401
    ? new AuthError("sign_in_required", `${what} does not accept the access token.`, facts)
    : new AuthError("authorization_failed", `${what} does not allow this with what was granted.`, facts);
}

/** The `error` of a challenge, which may be anything a server writes there. */
export function challengeError(
  { cause: [challenge] }: WWWAuthenticateChallengeError,
  sent: Sent,
): string | undefined {
  const oauthError = challenge?.parameters.error;
  return oauthError === undefined ? undefined : quote(oauthError, sent, 60);
}

function invalidResponse(
  error: OperationProcessingError | UnsupportedOperationError,
  what: string,
): AuthError {
  const response = error.cause;
  if (isAnswer(response) && isTransient(response.status)) return busy(what, response);
  if (isOfJwt(error) && what === TOKEN_ENDPOINT)
    return new AuthError(
      "id_token_invalid",
      `${what} sent an ID token that does not hold: ${error.message}.`,
      {
        detail: claimOf(error) ?? summary(error),
        hint: hintForClaim(claimOf(error)),
      },
    );
  if (error.code === RESPONSE_IS_NOT_JSON && isAnswer(response))
    return new AuthError(
      "invalid_response",
      `${what} answered with ${contentTypeOf(response)} (status ${response.status}), not with JSON.`,
      {
        detail: `${response.status}`,
      },
    );
  const status = isAnswer(response) ? ` (status ${response.status})` : "";
  return new AuthError("invalid_response", `${what} broke the protocol: ${error.message}${status}.`, {
    detail: isAnswer(response) ? `${response.status}` : summary(error),
  });
}

/** Not by the runtime's class: to ask for it loads it. */
export function isAnswer(value: unknown): value is Response {
  return Object.prototype.toString.call(value) === "[object Response]";
}

function contentTypeOf({ headers }: Response): string {
  return printable(headers.get("content-type") || "something without a content type", 60);
}

/** Whether it is a verdict on the ID token itself, not on an answer that holds one or the keys for it. */
export function isOfJwt(error: unknown): boolean {
  if (!(error instanceof OperationProcessingError || error instanceof UnsupportedOperationError))
    return false;
  return ID_TOKEN_CODES.has(error.code) || /\bJWT\b|\bJWS\b|ID Token/.test(error.message);
}

/** The server's description at the end of a sentence of ours. */
function explanation(description: unknown, sent: Sent): string {
  const why = words(description, sent);
  return why === "" ? "" : `: ${why}`;
}

/** Our sentence has a full stop of its own. */
function words(description: unknown, sent: Sent): string {
  return typeof description === "string" ? quote(description, sent).replace(/\.$/, "") : "";
}

/** Much more than is shown: what stands behind it is not looked at. */
const READ = 2_000;

/** A server's own words, without what we sent it. */
function quote(text: unknown, sent: Sent, maxLength?: number): string {
  return printable(withoutSent(String(text).slice(0, READ), sent), maxLength);
}

/** What is no code must not become one that is acted upon by being cleaned: it is shown in quotes. */
function codeOf(error: string, sent: Sent): string {
  const clean = quote(error, sent, 60);
  return clean !== error && /^\w+$/.test(clean) ? `"${clean}"` : clean;
}

function claimOf({ cause }: Error): string | undefined {
  return typeof cause === "object" && cause !== null && "claim" in cause ? String(cause.claim) : undefined;
}

function summary(error: unknown): string {
  return error instanceof Error ? printable(`${error.name}: ${error.message}`) : "unknown";
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
