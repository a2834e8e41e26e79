// What the server must offer for a sign-in, what it offers beyond, and what time it has.
import type { ResolvedConfig } from "../../config/config.js";
import { AuthError } from "../../ground/errors.js";
import { skewNotice } from "../../config/notices.js";
import { REGISTER_AGAIN, secretEnded, secretEndsSoon } from "../../config/secret-expiry.js";
import { requestsOpenId } from "../../config/reserved-parameters.js";
import type { OAuthContext } from "../../oauth/context.js";
import { noDeviceFlow, offersDeviceCode } from "../../oauth/device-request.js";
import { createDPoPKey } from "../../oauth/dpop.js";
import { pushesRequest } from "../../oauth/pushed-request.js";
import { askServerTime } from "../../oauth/clock-check.js";
import { createDiscovery, type AuthorizationServer } from "../../oauth/discovery.js";
import { lookAtSigningKeys } from "../../oauth/signing-keys.js";
import { findingOf, passed, quoted, type Finding } from "../findings.js";
import { describeFeatures, type ServerFeatures } from "../server-features.js";

/** One look at the server, which several checks share. Rejects with what a sign-in would reject with. */
export async function findServer(context: OAuthContext, signal: AbortSignal): Promise<AuthorizationServer> {
  return createDiscovery(context)(signal);
}

/** Discovery, every endpoint, PKCE, what the configuration asks for beyond, and the keys where ID tokens are asked for. */
export async function checkServer(
  context: OAuthContext,
  found: Promise<AuthorizationServer>,
  signal: AbortSignal,
): Promise<Finding> {
  const server = await found;
  await meetDemands(context, server);
  const withKeys = requestsOpenId(context.config.scope);
  if (withKeys) await lookAtSigningKeys(context, server, signal);
  const name = quoted(server.issuer);
  const isTold = Array.isArray(server.code_challenge_methods_supported);
  if (isTold)
    return passed(`${name} has what a sign-in needs${withKeys ? ", and keys for its ID tokens" : ""}.`);
  // Not a failure: many servers that do it do not say so (RFC 8414 2 would have them say it).
  return {
    status: "warned",
    detail: "code_challenge_methods_supported",
    message: `${name} does not say that it does PKCE with S256. A sign-in tries it all the same.`,
    hint: "See in the server's documentation that it checks the code_verifier (RFC 7636).",
  };
}

/** What the configuration makes a condition. Rejects with what a sign-in would reject with. */
async function meetDemands({ config, clock }: OAuthContext, server: AuthorizationServer): Promise<void> {
  const { clientSecretExpiresAt: at } = config;
  if (at !== undefined && at <= clock.now()) throw secretEnded(at);
  if (config.flow === "device" && !offersDeviceCode(server)) throw noDeviceFlow(server);
  if (config.flow !== "device") pushesRequest(config, server);
  if (config.dpop) await createDPoPKey(server);
}

/** Never a failure: the difference is allowed for. */
export async function checkClock(context: OAuthContext, signal: AbortSignal): Promise<Finding> {
  let skew: number | undefined;
  try {
    skew = await askServerTime(context, signal);
  } catch (error) {
    return findingOf(error, "skipped");
  }
  if (skew === undefined)
    return { status: "skipped", message: "The server's answer does not tell what time it has." };
  if (skew === 0) return passed("This machine's clock agrees with the server's.");
  const { message, detail = "" } = skewNotice(skew);
  return { status: "warned", detail, message, hint: "Set this machine's clock, or let it be set." };
}

/** What the metadata names beside a sign-in, and what its lists lack of what will be asked for. */
export function checkFeatures(
  config: ResolvedConfig,
  server: AuthorizationServer,
  features: ServerFeatures,
  now: number,
): Finding {
  const { scope } = config;
  const message = describeFeatures(features);
  const lack = endingSecret(config, now) ?? missingScope(config, server) ?? missingMethod(config, server);
  if (lack) return { status: "warned", ...lack, message: `${message} ${lack.message}` };
  const isAsked = scope.split(" ").includes("offline_access");
  if (features.refresh !== false || !isAsked) return passed(message);
  const why = "People have to sign in again whenever the access token expires.";
  return findingOf(
    new AuthError("unsupported_by_server", `${message} ${why}`, {
      detail: "refresh_token",
      hint: "Ask the operator of the server for refresh tokens.",
    }),
    "warned",
  );
}

type Lack = Required<Pick<Finding, "detail" | "message" | "hint">>;

function endingSecret({ clientSecretExpiresAt: at }: ResolvedConfig, now: number): Lack | undefined {
  const message = secretEndsSoon(at, now);
  return message === undefined
    ? undefined
    : { detail: "clientSecretExpiresAt", message, hint: REGISTER_AGAIN };
}

/** A list may be shorter than what the server knows (RFC 8414 2): it is asked for all the same. */
function missingScope(
  { scope, isDefaultScope }: ResolvedConfig,
  server: AuthorizationServer,
): Lack | undefined {
  const listed: unknown = server.scopes_supported;
  if (!Array.isArray(listed)) return undefined;
  const missing = scope.split(" ").filter((each) => each !== "" && !listed.includes(each));
  // What nobody wrote is left out by itself.
  const written = isDefaultScope ? missing.filter((each) => each !== "offline_access") : missing;
  if (written.length > 0)
    return {
      detail: "scopes_supported",
      message: `The server's list of scopes lacks ${written.map((each) => `"${quoted(each)}"`).join(", ")}.`,
      hint: `A sign-in asks for it all the same. It lists: ${quoted(listed.join(", "))}.`,
    };
  if (missing.length === 0) return undefined;
  return {
    detail: "scopes_supported",
    message: 'The server\'s list of scopes lacks "offline_access", so it is not asked for.',
    hint: "If people have to sign in again whenever the access token expires, see how the server gives refresh tokens.",
  };
}

function missingMethod(config: ResolvedConfig, server: AuthorizationServer): Lack | undefined {
  const listed: unknown = server.token_endpoint_auth_methods_supported;
  if (!Array.isArray(listed)) return undefined;
  const { tokenEndpointAuthMethod: asked, clientSecret } = config;
  const secret = ["client_secret_post", "client_secret_basic"];
  const wanted = asked === undefined ? (clientSecret === undefined ? ["none"] : secret) : [asked];
  if (wanted.some((method) => listed.includes(method))) return undefined;
  const isPublic = wanted.includes("none");
  return {
    detail: "token_endpoint_auth_methods_supported",
    message: isPublic
      ? 'The server\'s list of authentication methods lacks "none", which is that of an app without a secret.'
      : `The server's list of authentication methods lacks ${wanted.map((each) => `"${each}"`).join(" and ")}.`,
    hint: isPublic
      ? 'If the server gave you a client secret, set "clientSecret"; else see that the client is registered as a native (public) one.'
      : `It lists: ${quoted(listed.join(", "))}.`,
  };
}
