// What OpenID Connect Core 3.1.3.7 asks of an ID token beyond what oauth4webapi checks by itself.
import {
  getValidatedIdTokenClaims,
  validateApplicationLevelSignature,
  type AuthorizationServer,
  type IDToken,
  type TokenEndpointResponse,
} from "oauth4webapi";
import type { Attempt } from "../sign-in-attempt.js";
import { AuthError } from "../../ground/errors.js";
import { isTooDeep } from "../../ground/json-depth.js";
import { requestOptions, type OAuthContext } from "../context.js";
import { hintForClaim } from "./error-hints.js";
import { isOfJwt, toAuthError } from "./errors.js";

const MAX_SUBJECT_LENGTH = 255;
const TOO_WEAK = "Sign in again, in the way that the server asks for.";

export interface IdTokenCheck {
  readonly server: AuthorizationServer;
  readonly tokens: TokenEndpointResponse;
  readonly answer: Response;
  /** What was asked of the sign-in. @default nothing more than who it is */
  readonly expected?: Pick<Attempt, "acrValues" | "maxAge">;
}

/** Rejects with `id_token_invalid`, its detail the claim that does not hold. Without an ID token there is nothing to do. */
export async function checkIdToken(
  context: OAuthContext,
  { server, tokens, answer, expected = {} }: IdTokenCheck,
  signal: AbortSignal,
): Promise<void> {
  const claims = getValidatedIdTokenClaims(tokens);
  if (!claims || tokens.id_token === undefined) return;
  if (isTooDeep(claims)) throw broken("claims", "is nested too deeply");
  const { clientId, clockToleranceSeconds } = context.config;
  if (claims.sub === "" || claims.sub.length > MAX_SUBJECT_LENGTH) throw broken("sub", "names nobody");
  if (claims.azp !== undefined && claims.azp !== clientId)
    throw broken("azp", "was issued for another client");
  const serverNow = context.clock.now() + context.skew.milliseconds();
  if (claims.iat > serverNow / 1000 + clockToleranceSeconds) throw broken("iat", "is from the future");
  const atHash = claims["at_hash"];
  if (atHash !== undefined && atHash !== (await hashFor(tokens.id_token, tokens.access_token)))
    throw broken("at_hash", "belongs to another access token");
  checkStrength(claims, expected, { nowSeconds: serverNow / 1000, toleranceSeconds: clockToleranceSeconds });
  try {
    await context.keys.validate((options) =>
      validateApplicationLevelSignature({ ...server }, answer, {
        ...requestOptions(context, signal),
        ...options,
      }),
    );
  } catch (error) {
    throw isOfJwt(error) ? error : toAuthError(error, "The server's key set (jwks_uri)");
  }
}

/** That the sign-in is as strong and as recent as was asked for (Core 3.1.3.7, steps 12 and 13; RFC 9470 5). */
function checkStrength(
  { acr, auth_time: signedInAt }: IDToken,
  { acrValues, maxAge }: NonNullable<IdTokenCheck["expected"]>,
  { nowSeconds, toleranceSeconds }: { readonly nowSeconds: number; readonly toleranceSeconds: number },
): void {
  if (acrValues && !(typeof acr === "string" && acrValues.includes(acr)))
    throw broken("acr", `is of a sign-in that is not ${acrValues.join(" or ")}`, TOO_WEAK);
  if (maxAge === undefined) return;
  if (typeof signedInAt !== "number") throw broken("auth_time", "does not say when the person signed in");
  // One in milliseconds would be recent for ever.
  if (signedInAt > nowSeconds + toleranceSeconds) throw broken("auth_time", "is of a sign-in in the future");
  if (nowSeconds - toleranceSeconds - signedInAt > maxAge)
    throw broken("auth_time", "is of a sign-in too long ago", TOO_WEAK);
}

/** `at_hash`: the left half of the hash that the ID token's algorithm uses (Core 3.1.3.6). */
async function hashFor(idToken: string, accessToken: string): Promise<string> {
  const header = JSON.parse(atob(idToken.split(".")[0]!.replaceAll("-", "+").replaceAll("_", "/"))) as {
    alg: string;
  };
  // Ed25519 (RFC 9864) ends with a number too.
  const bits = /^[RPE]S(\d{3})$/.exec(header.alg)?.[1] ?? "512";
  const digest = await crypto.subtle.digest(`SHA-${bits}`, new TextEncoder().encode(accessToken));
  const half = new Uint8Array(digest, 0, digest.byteLength / 2);
  return btoa(String.fromCharCode(...half))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function broken(claim: string, why: string, hint?: string): AuthError {
  return new AuthError("id_token_invalid", `The ID token does not hold: it ${why}.`, {
    detail: claim,
    hint: hint ?? hintForClaim(claim),
  });
}
