// Where the endpoints come from: discovery (OpenID Connect Discovery 4, RFC 8414) or the caller, checked either way.
import { JSON_ATTRIBUTE_COMPARISON, processDiscoveryResponse, type AuthorizationServer } from "oauth4webapi";
import type { ServerLack } from "../ground/error-codes.js";
import { AuthError, hasOwnHint } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import { isTooDeep } from "../ground/json-depth.js";
import { isLoopbackHttp, isSecureUrl } from "../config/secure-url.js";
import { isTransient, busy, toAuthError } from "./inside/errors.js";
import type { OAuthContext } from "./context.js";
import { metadataPlaces, type PlaceOrder } from "./inside/metadata-url.js";

export type { AuthorizationServer };

const ASYMMETRIC_ALGORITHMS = [
  "RS256",
  "PS256",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
  "RS384",
  "RS512",
  "PS384",
  "PS512",
  "ML-DSA-44",
  "ML-DSA-65",
  "ML-DSA-87",
];

const ENDPOINTS = [
  "authorization_endpoint",
  "token_endpoint",
  "userinfo_endpoint",
  "jwks_uri",
  "revocation_endpoint",
  "end_session_endpoint",
  "pushed_authorization_request_endpoint",
  "device_authorization_endpoint",
  "registration_endpoint",
] as const;

/** Gives the server's metadata, every endpoint of it checked. */
export type Discover = (signal: AbortSignal) => Promise<AuthorizationServer>;

interface DiscoveryOptions {
  /** @default 'openid' */
  readonly order?: PlaceOrder;
  /** Told where the document was. */
  readonly onFound?: (place: URL) => void;
}

/**
 * Discovery that remembers nothing, of what the app has given or of what the server says at each call (what is remembered:
 * known-server.ts). Throws and rejects with `discovery_failed`, `unsupported_by_server` or `insecure_endpoint`.
 */
export function createDiscovery(context: OAuthContext, options: DiscoveryOptions = {}): Discover {
  // The caller's metadata has unknown values where oauth4webapi has JSON: what is used of it is checked, at once.
  const given = context.config.server && checkServer(context.config.server as AuthorizationServer);
  return async (signal) => given ?? checkServer(await fetchMetadata(context, options, signal));
}

/** It says who it is, or what it wants of us is not to be had a second time. */
const SAID_ENOUGH = new Set(["issuer", "metadata", "body too large"]);

/** The first of the places that has the document. */
async function fetchMetadata(
  context: OAuthContext,
  { order, onFound }: DiscoveryOptions,
  signal: AbortSignal,
): Promise<AuthorizationServer> {
  const { issuer } = context.config;
  const places = metadataPlaces(context.config, order);
  const failures: AuthError[] = [];
  for (const place of places) {
    try {
      // One after the other: mostly the first one has it.
      // oxlint-disable-next-line no-await-in-loop
      const server = await fetchFrom(context, place, signal);
      onFound?.(place);
      return server;
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      // The server is away or busy, or has said who it is: other places of it say nothing else.
      if (error.retryable || SAID_ENOUGH.has(error.detail ?? "")) throw error;
      failures.push(error);
    }
  }
  const [only] = failures;
  if (only && places.length === 1) throw only;
  const isNowhere = failures.every(({ detail }) => detail === "404");
  const redirect = failures.find(({ detail = "" }) => detail.startsWith("3"));
  if (redirect) throw redirect;
  const said = isNowhere ? failures[0] : failures.find(({ detail }) => detail !== "404");
  const why = isNowhere ? "" : ` ${said?.message ?? ""}`;
  const hint =
    'Check the issuer\'s address. The metadata of a server without discovery is given as "server". ' +
    `It was looked for at ${places.map(({ href }, nth) => `${href} (${failures[nth]?.detail})`).join(", ")}.`;
  throw new AuthError("discovery_failed", `There is no discovery document for ${issuer.href}.${why}`, {
    detail: said?.detail,
    hint,
    cause: said,
  });
}

/** Rejects with `discovery_failed`; `detail` is the status, where it is not the document. */
async function fetchFrom(
  context: OAuthContext,
  place: URL,
  signal: AbortSignal,
): Promise<AuthorizationServer> {
  const { issuer, issuerNames, metadataUrl } = context.config;
  const what = metadataUrl
    ? `The document at ${printable(metadataUrl.href)}`
    : `The discovery document of ${issuer.href}`;
  try {
    const response = await context.fetch(place.href, {
      method: "GET",
      headers: { accept: "application/json" },
      redirect: "manual",
      signal,
    });
    if (isTransient(response.status)) throw busy(what, response);
    if (response.status >= 300 && response.status < 400) throw redirected(what, response);
    if (!response.ok) throw noDocument(what, response);
    const server = await processDiscoveryResponse(issuer, response);
    // To the letter: the redirect and the ID token will name the one of the metadata.
    if (!issuerNames.includes(server.issuer)) throw ofAnotherIssuer(what, server.issuer);
    if (isTooDeep(server))
      throw new AuthError("discovery_failed", `${what} is nested too deeply.`, { detail: "metadata" });
    return server;
  } catch (error) {
    const said = anotherIssuer(error, what) ?? toAuthError(error, what);
    if (!(said instanceof AuthError) || said.code === "discovery_failed") throw said;
    throw new AuthError("discovery_failed", said.message, {
      detail: said.detail,
      retryable: said.retryable,
      retryAfterMs: said.retryAfterMs,
      hint: hintFor(said),
      cause: said,
    });
  }
}

function noDocument(what: string, { status }: Response): AuthError {
  return new AuthError("discovery_failed", `${what} is not there (status ${status}).`, {
    detail: `${status}`,
    hint: "Check the issuer's address.",
  });
}

function hintFor(error: AuthError): string | undefined {
  const { retryable, detail = "", hint } = error;
  if (!retryable) return "Check the issuer's address.";
  // It was reached, and says what is wrong by its status; or the adapter knows what is in the way.
  if (/^\d/.test(detail) || hasOwnHint(error)) return hint;
  return "Check the network connection and the issuer's address, then try again.";
}

/** Not followed: whoever can redirect there could name the endpoints. */
function redirected(what: string, { status, headers }: Response): AuthError {
  const location = printable(headers.get("location") ?? "nowhere");
  return new AuthError("discovery_failed", `${what} was redirected (${status}) to ${location}`, {
    detail: `${status}`,
    hint: "Write the issuer as the server calls itself: no redirect is followed there.",
  });
}

/** The likeliest slip: a host by its other name, a slash too many. Who set it up sees what to write. */
function anotherIssuer(error: unknown, what: string): AuthError | undefined {
  const { code, cause } = (error instanceof Error ? error : {}) as { code?: unknown; cause?: unknown };
  if (code !== JSON_ATTRIBUTE_COMPARISON) return undefined;
  const { body } = cause as { readonly body: { readonly issuer: string } };
  return ofAnotherIssuer(what, body.issuer);
}

function ofAnotherIssuer(what: string, name: string): AuthError {
  const isOfTenants = /\{[^}]*\}/.test(name);
  const issuer = printable(name);
  return new AuthError("discovery_failed", `${what} is of another issuer: ${issuer}`, {
    detail: "issuer",
    hint: isOfTenants
      ? `It stands for many tenants: write yours where the braces are, or "${issuer}" as "issuer" and as "idTokenIssuer", ` +
        'with the document\'s address as "metadataUrl".'
      : `If "${issuer}" is your server, write the issuer exactly so.`,
  });
}

/**
 * Refuses a server that cannot do what we always do, or would have us send secrets in the clear: `unsupported_by_server`
 * without code flow or S256, `insecure_endpoint` for an endpoint that is not https (http where the server is on loopback).
 */
export function checkServer(server: AuthorizationServer): AuthorizationServer {
  const isLocal = isLoopbackHttp(new URL(server.issuer));
  for (const name of ENDPOINTS) checkEndpoint(name, server[name], isLocal);
  const lacks = (what: string, detail: ServerLack): AuthError =>
    new AuthError("unsupported_by_server", `The server ${printable(server.issuer)} ${what}.`, {
      detail,
      hint: "Loopkey signs in with the authorization code flow and PKCE S256; the server must offer both.",
    });
  if (!server.authorization_endpoint)
    throw lacks("names no authorization endpoint", "authorization_endpoint");
  if (!server.token_endpoint) throw lacks("names no token endpoint", "token_endpoint");
  if (excludes(server.response_types_supported, "code"))
    throw lacks("does not offer the code flow", "response_types_supported");
  if (excludes(server.code_challenge_methods_supported, "S256"))
    throw lacks("does not offer PKCE with S256", "code_challenge_methods_supported");
  return { ...server, id_token_signing_alg_values_supported: signingAlgorithms(server) };
}

/** Of those that the server names, the ones whose signature shows something; of one that does not say, all of them. */
function signingAlgorithms({ id_token_signing_alg_values_supported: named }: AuthorizationServer): string[] {
  return ASYMMETRIC_ALGORITHMS.filter((algorithm) => !excludes(named, algorithm));
}

/** `isLocal`: the server is on this machine. A server elsewhere has no business with what listens here. */
function checkEndpoint(name: string, endpoint: unknown, isLocal: boolean): void {
  if (endpoint === undefined) return;
  if (typeof endpoint !== "string" || !URL.canParse(endpoint))
    throw new AuthError("discovery_failed", `The server's ${name} is not a URL.`, { detail: name });
  const url = new URL(endpoint);
  if (!isSecureUrl(url) || (isLoopbackHttp(url) && !isLocal))
    throw new AuthError("insecure_endpoint", `The server's ${name} is not https: ${printable(endpoint)}`, {
      detail: name,
    });
  if (url.username || url.password)
    throw new AuthError("discovery_failed", `The server's ${name} has a user name or password in it.`, {
      detail: name,
    });
}

/** Says nothing, or something that is not a list: then it is not known. */
function excludes(supported: unknown, value: string): boolean {
  return Array.isArray(supported) && !supported.includes(value);
}
