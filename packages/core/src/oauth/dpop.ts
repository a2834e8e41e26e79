// Tokens bound to a key (RFC 9449): one key a session, a fresh proof for every request, nonces as servers ask for them.
import {
  DPoP,
  generateKeyPair,
  isDPoPNonceError,
  modifyAssertion,
  type AuthorizationServer,
  type DPoPHandle,
} from "oauth4webapi";
import { AuthError } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import { Secret } from "../ground/secret.js";
import type { Clock } from "../ports/ports.js";
import type { PrivateJwk } from "../session/session.js";
import type { SkewMeter } from "./inside/skew.js";

/** The private key of a session, as it is stored. */
export type DPoPKey = Secret<PrivateJwk>;

/** In the order of preference: small, fast, and in every Web Crypto. */
const ALGORITHMS = ["ES256", "ES384"] as const;

/**
 * Makes the key of a new session. Rejects with `unsupported_by_server` when the server names no algorithm we have, or with
 * `invalid_config` where no proof could be written: no server is to blame for that.
 */
export async function createDPoPKey(server: AuthorizationServer): Promise<DPoPKey> {
  if (!((await crypto.subtle.digest("SHA-256", new Uint8Array())) instanceof ArrayBuffer))
    throw new AuthError(
      "invalid_config",
      "ArrayBuffer is not the one that Web Crypto knows: it was replaced.",
      {
        detail: "ArrayBuffer",
        hint: "jsdom does that. Run tests of an app with DPoP in happy-dom, or without a DOM.",
      },
    );
  const offered: unknown = server.dpop_signing_alg_values_supported;
  const algorithm = ALGORITHMS.find((each) => Array.isArray(offered) && offered.includes(each));
  if (!algorithm)
    throw new AuthError(
      "unsupported_by_server",
      `The server ${printable(server.issuer)} does not offer DPoP.`,
      {
        detail: "dpop_signing_alg_values_supported",
        hint: `"dpop: true" needs a server that takes proofs signed with ${ALGORITHMS.join(" or ")}.`,
      },
    );
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  // An EC key has all of these (RFC 7518 6.2).
  const { kty, crv, x, y, d } = (await crypto.subtle.exportKey("jwk", privateKey)) as PrivateJwk;
  return new Secret({ kty, crv, x, y, d });
}

/** The key pair of a session at work: it signs proofs, and remembers each server's last nonce. */
export type DPoPHandles = (key: DPoPKey) => Promise<DPoPHandle>;

export function createDPoPHandles({
  clock,
  skew,
}: {
  readonly clock: Clock;
  readonly skew: SkewMeter;
}): DPoPHandles {
  const handles = new WeakMap<DPoPKey, Promise<DPoPHandle>>();
  async function open(key: DPoPKey): Promise<DPoPHandle> {
    const { kty, crv, x, y, d } = key.reveal();
    const algorithm = { name: "ECDSA", namedCurve: crv };
    const importKey = (jwk: JsonWebKey, extractable: boolean, usage: "sign" | "verify"): Promise<CryptoKey> =>
      crypto.subtle.importKey("jwk", jwk, algorithm, extractable, [usage]);
    const privateKey = await importKey({ kty, crv, x, y, d }, false, "sign");
    const publicKey = await importKey({ kty, crv, x, y }, true, "verify");
    return DPoP(
      {},
      { privateKey, publicKey },
      {
        // The server's clock judges the proof.
        [modifyAssertion](_, payload) {
          payload["iat"] = Math.floor((clock.now() + skew.milliseconds()) / 1000);
        },
      },
    );
  }
  return (key) => {
    const handle = handles.get(key) ?? open(key);
    handles.set(key, handle);
    return handle;
  };
}

/** The option of a request that carries a proof; none where the session has no key. */
export async function proofOptions(
  { dpop }: { readonly dpop: DPoPHandles },
  key: DPoPKey | undefined,
): Promise<{ readonly DPoP?: DPoPHandle }> {
  return key ? { DPoP: await dpop(key) } : {};
}

/** Asks again, once, when the server wants a nonce in the proof (RFC 9449 8, 9): it has just given one. */
export async function withNonce<T>(key: DPoPKey | undefined, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (!key || !isDPoPNonceError(error)) throw error;
    return request();
  }
}
