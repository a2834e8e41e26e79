// Where servers merely differ, by one rule each: what is put right before it is judged. docs/security.md has a row for each, with
// what it does not forgive. Nothing here asks which server it is.
import type { WWWAuthenticateChallenge } from "oauth4webapi";
import { AuthError } from "../../ground/errors.js";
import type { DPoPKey } from "../dpop.js";
import { BUSY, isOfSetup } from "./error-hints.js";
import { LightHeaders, lightResponse } from "./light-web.js";

export type Json = Readonly<Record<string, unknown>>;
type Challenge = Pick<WWWAuthenticateChallenge, "parameters"> & { readonly scheme: string };

export interface TokenQuestion {
  readonly dpopKey: DPoPKey | undefined;
  /** What was asked for, or is granted. */
  readonly scope: readonly string[];
  /** In lower case: the server's own words for a bearer token. @default [] */
  readonly bearerTokenTypes?: readonly string[];
}

/**
 * The answer of a token endpoint as RFC 6749 5 would have it. Rejects with `temporarily_unavailable` for the error of somebody
 * in between.
 */
export function readTokenAnswer(answer: Response, what: string, question: TokenQuestion): Promise<Response> {
  return readAnswer(answer, what, "access_token", (body) =>
    withTokenType(withLife(withScope(body, question)), question),
  );
}

/** The answer of a device authorization endpoint as RFC 8628 3.2 would have it; rejects as {@link readTokenAnswer} does. */
export function readDeviceAnswer(
  answer: Response,
  what: string,
  { shortestSeconds, unsaidSeconds }: { readonly shortestSeconds: number; readonly unsaidSeconds: number },
): Promise<Response> {
  return readAnswer(answer, what, "device_code", (body) => {
    const { interval, ...rest } = withVerificationUri(withLife(body));
    const pause = secondsOf(interval);
    return {
      // No life that is said: the sign-in has an end of its own.
      expires_in: unsaidSeconds,
      ...rest,
      // 0 allows polling without a pause (RFC 8628 3.2), which nobody does.
      ...(pause === undefined ? {} : { interval: pause === 0 ? shortestSeconds : pause }),
    };
  });
}

/**
 * An answer that is no JSON object, or breaks off, is as it is. `essential`: the member without which it is no success.
 */
async function readAnswer(
  answer: Response,
  what: string,
  essential: string,
  mend: (body: Json) => Json,
): Promise<Response> {
  if (!answer.ok && (answer.status < 400 || answer.status >= 500)) return answer;
  const sent: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined);
  if (typeof sent !== "object" || sent === null || Array.isArray(sent)) return answer;
  const body = withoutEmpty(sent as Json);
  // Frameworks answer a POST with 201 unless they are told otherwise; what counts is whether the token is there.
  if (answer.ok && essential in body) return again(answer, 200, mend(body));
  const { error = codeInMessage(body) ?? codeApart(body, answer) } = body;
  if (typeof error === "string") return again(answer, answer.ok ? 400 : answer.status, { ...body, error });
  if (error !== undefined) throw fromBetween(what, answer);
  return answer;
}

/** The codes that let a device go on asking (RFC 8628 3.5) are such under the name `message` too, where there is no `error`. */
function codeInMessage({ message }: Json): unknown {
  return message === "authorization_pending" || message === "slow_down" ? message : undefined;
}

/**
 * A refusal under the name `error_code` (`refresh_token_not_found`), where there is no `error`. What ends a session, or says when
 * rather than whether, is looked for under its own name alone.
 */
function codeApart({ error_code: code }: Json, { ok }: Response): unknown {
  const isCode = typeof code === "string" && /^[a-z]+(_[a-z]+)+$/.test(code);
  return !ok && isCode && code !== "invalid_grant" ? code : undefined;
}

/** The body is the answer (RFC 6749 5.2), whatever type it is called and whichever challenge stands beside an error. */
export function again({ headers: sent }: Response, status: number, body: Json): Response {
  const headers = new LightHeaders(sent);
  headers.set("content-type", "application/json");
  headers.delete("www-authenticate");
  return lightResponse(JSON.stringify(body), { status, headers });
}

/** Gateways have errors of their own shape: `{ "error": { "code": 500 } }`. They say nothing of the grant. */
function fromBetween(what: string, { status }: Response): AuthError {
  return new AuthError(
    "temporarily_unavailable",
    `${what} answered with an error that is not of OAuth (status ${status}).`,
    { detail: `${status}`, hint: BUSY },
  );
}

/** Members that have nothing to say are sent as null, "" or an empty list by some. */
export function withoutEmpty(body: Json): Json {
  const isEmpty = (value: unknown): boolean =>
    value === null || value === "" || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(body).filter(([, value]) => !isEmpty(value)));
}

/**
 * Where no proof was sent a token can only be a bearer token, so that is what one without a type is taken for, and one whose
 * type the app says is the server's word for it; a binding is never taken for granted. Any other type is refused:
 * `checkAccessToken` (`token-response.ts`).
 */
function withTokenType(body: Json, { dpopKey, bearerTokenTypes = [] }: TokenQuestion): Json {
  const { token_type: type = "Bearer" } = body;
  if (dpopKey !== undefined || typeof type !== "string") return body;
  const word = type.trim().toLowerCase();
  const isBearer = word === "bearer" || bearerTokenTypes.includes(word);
  return isBearer ? { ...body, token_type: "Bearer" } : body;
}

/** A list, or names with commas between them; a comma is part of a name where it was part of one that was asked for. */
function withScope(body: Json, { scope: asked }: TokenQuestion): Json {
  const { scope } = body;
  if (Array.isArray(scope) && scope.every((name) => typeof name === "string" && /^[^\s"\\]+$/.test(name)))
    return { ...body, scope: scope.join(" ") };
  if (typeof scope !== "string" || asked.some((name) => name.includes(","))) return body;
  return {
    ...body,
    scope: scope
      .split(/[\s,]+/)
      .filter(Boolean)
      .join(" "),
  };
}

/** In text too; nothing, less than nothing, or what is no number at all is as good as not said. */
function withLife({ expires_in: said, ...rest }: Json): Json {
  const seconds = secondsOf(said);
  return seconds === undefined || seconds <= 0 ? rest : { ...rest, expires_in: seconds };
}

/** Under the name it had in drafts of RFC 8628. */
function withVerificationUri(body: Json): Json {
  const { verification_url: uri, verification_url_complete: complete, ...rest } = body;
  return {
    ...(uri === undefined ? {} : { verification_uri: uri }),
    ...(complete === undefined ? {} : { verification_uri_complete: complete }),
    ...rest,
  };
}

function secondsOf(value: unknown): number | undefined {
  const seconds = typeof value === "string" && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof seconds === "number" && Number.isFinite(seconds) ? seconds : undefined;
}

/** What another token would change nothing about, though the status is 401. */
const NOT_OF_THE_TOKEN = [
  "insufficient_scope",
  "invalid_request",
  "insufficient_user_authentication",
  "use_dpop_nonce",
  "invalid_dpop_proof",
];

/** `refused`: the API says that the token is no good. `doubted`: its answer may mean that. */
export type TokenRefusal = "refused" | "doubted";

/**
 * What an API's answer says against the token. RFC 6750 3 asks for a challenge with `invalid_token`; many APIs
 * send a 401 without a reason, or without a challenge. A challenge of other schemes alone, or for another reason, is not one.
 */
export function refusalOf(
  { status, headers }: Response,
  challenges: readonly WWWAuthenticateChallenge[] | undefined,
  isBound: boolean,
): TokenRefusal | undefined {
  if (status !== 401) return undefined;
  const sent = headers.get("www-authenticate") ?? "";
  const read: readonly Challenge[] = challenges ?? unreadChallenges(sent);
  if (read.length === 0) return "doubted";
  const own = read.filter(({ scheme }) => scheme === "bearer" || (isBound && scheme === "dpop"));
  const says = challenges ? own.map(({ parameters }) => parameters.error ?? "").join(" ") : sent;
  if (own.length === 0 || NOT_OF_THE_TOKEN.some((reason) => says.includes(reason))) return undefined;
  return says.includes("invalid_token") ? "refused" : "doubted";
}

/** Of challenges that cannot be read the schemes: the first word, and words after a comma that a parameter or another one follows. */
function unreadChallenges(sent: string): readonly Challenge[] {
  const schemes = sent.matchAll(/^\s*([\w-]+)(?=[\s,]|$)|,\s*([\w-]+)(?=\s+[\w-]+\s*=|\s*(?:,|$))/g);
  return [...schemes].map(([, first, later = ""]) => ({
    scheme: (first ?? later).toLowerCase(),
    parameters: {},
  }));
}

/** How the sign-in of a device ends without tokens (RFC 8628 3.5), in the words of some. */
const DEVICE_ENDS = new Map<string | undefined, "denied" | "expired">([
  ["access_denied", "denied"],
  ["authorization_declined", "denied"],
  ["expired_token", "expired"],
  ["code_expired", "expired"],
  ["token_expired", "expired"],
]);

export function endOfDevice(error: string | undefined): "denied" | "expired" | undefined {
  return DEVICE_ENDS.get(error);
}

/** Errors that say when, not whether. */
const PASSING = new Set([
  "temporarily_unavailable",
  "server_error",
  "slow_down",
  "authorization_pending",
  // Where every answer has status 200, they have no other way to say so.
  "ratelimited",
  "request_timeout",
  "service_unavailable",
  "internal_error",
  "fatal_error",
]);

/**
 * The `error` with which the server refuses a refresh token in words of its own (`bad_refresh_token`, `interaction_required`):
 * `invalid_grant` alone says that the grant is over (RFC 6749 5.2), and what is about the app's set-up, or passes, says nothing
 * of it. `isOfApi`: the request was for a token of another API, whose `resource` may be what is refused.
 */
export function refusalOfGrant(error: AuthError, { isOfApi = false } = {}): string | undefined {
  const { code, oauthError } = error;
  if (code !== "authorization_failed" && code !== "access_denied") return undefined;
  if (oauthError === undefined || oauthError === "invalid_grant") return undefined;
  if (saysDeadToken(error)) return isOfApi ? undefined : oauthError;
  return isOfSetup(oauthError) || PASSING.has(oauthError) ? undefined : oauthError;
}

/**
 * Many servers call a refresh token that is unknown, expired or revoked an `invalid_request`. What else is in a refresh has been
 * taken at the sign-in already, so that it is the likelier meaning; with another status it is about the form of the request.
 */
function saysDeadToken({ oauthError, detail }: AuthError): boolean {
  return oauthError === "invalid_request" && (detail === "400" || detail === "401");
}

const LONGEST_CLAIMS = 4_096;

/** What an error answer says that a sign-in must ask for: a JSON object (OpenID Connect Core 5.5), as text or as it is. */
export async function claimsAskedFor(answer: Response | undefined): Promise<string | undefined> {
  const body: unknown = await answer
    ?.clone()
    .json()
    .catch(() => undefined);
  const claims = (body as Partial<Record<"claims", unknown>> | null | undefined)?.claims;
  const text = typeof claims === "object" && claims !== null ? JSON.stringify(claims) : claims;
  if (typeof text !== "string" || text.length > LONGEST_CLAIMS || !/^\s*\{[\x20-\x7e]*\}\s*$/.test(text))
    return undefined;
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}
