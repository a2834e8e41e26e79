// The server's keys (RFC 7517), looked at before a sign-in depends on them.
import type { AuthorizationServer } from "oauth4webapi";
import { AuthError } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import { requireSigningKeys } from "./authorization-request.js";
import type { OAuthContext } from "./context.js";
import { busy, isTransient } from "./inside/errors.js";

const KEY_SET = "The server's key set";

/** Which `kty` an algorithm goes with (RFC 7518 6.1, RFC 8037, RFC 9864); only those that oauth4webapi checks. */
const KEY_TYPES: readonly (readonly [RegExp, string])[] = [
  [/^[RP]S(256|384|512)$/, "RSA"],
  [/^ES(256|384|512)$/, "EC"],
  [/^(EdDSA|Ed25519)$/, "OKP"],
  [/^ML-DSA-(44|65|87)$/, "AKP"],
];

/**
 * Fetches the keys and looks for one that an ID token could be checked with. Rejects with `unsupported_by_server` where
 * there can be none, `invalid_response` where there is none, or `temporarily_unavailable`.
 */
export async function lookAtSigningKeys(
  { fetch }: OAuthContext,
  server: AuthorizationServer,
  signal: AbortSignal,
): Promise<void> {
  requireSigningKeys(server, "openid");
  const algorithms = server.id_token_signing_alg_values_supported ?? [];
  const types = new Set(algorithms.flatMap((name) => keyType(name) ?? []));
  if (types.size === 0)
    throw new AuthError(
      "unsupported_by_server",
      `The server ${printable(server.issuer)} signs ID tokens in no way that can be checked.`,
      {
        detail: "id_token_signing_alg_values_supported",
        hint: "ID tokens are checked with a public key. Leave openid out of the scope, or use another server.",
      },
    );
  const headers = { accept: "application/json, application/jwk-set+json" };
  const answer = await fetch(server.jwks_uri!, { method: "GET", redirect: "manual", headers, signal });
  if (isTransient(answer.status)) throw busy(KEY_SET, answer);
  if (answer.status !== 200) throw broken(`was answered with status ${answer.status}`, `${answer.status}`);
  const keys = keysOf(await answer.json().catch(() => undefined));
  if (!keys) throw broken("is none", "keys");
  if (!keys.some((key) => isUsable(key, types, algorithms)))
    throw broken("has no key that its ID tokens could be checked with", "keys");
}

function keyType(algorithm: unknown): string | undefined {
  return KEY_TYPES.find(([pattern]) => pattern.test(String(algorithm)))?.[1];
}

type Jwk = Readonly<Record<string, unknown>>;

function keysOf(body: unknown): readonly Jwk[] | undefined {
  const isSet = typeof body === "object" && body !== null && "keys" in body && Array.isArray(body.keys);
  if (!isSet) return undefined;
  return (body.keys as unknown[]).filter((key): key is Jwk => typeof key === "object" && key !== null);
}

function isUsable(
  { kty, use = "sig", alg }: Jwk,
  types: ReadonlySet<string>,
  algorithms: readonly string[],
): boolean {
  const fits = alg === undefined || algorithms.some((name) => name === alg);
  return use === "sig" && fits && types.has(String(kty));
}

function broken(what: string, detail: string): AuthError {
  return new AuthError("invalid_response", `${KEY_SET} ${what}.`, { detail });
}
