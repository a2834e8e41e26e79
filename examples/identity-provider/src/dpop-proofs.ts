// What the API checks of a DPoP proof (RFC 9449 4.3), and the nonces it hands out (RFC 9449 9).
import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from "jose";

export const PROOF_ALGORITHMS = ["ES256", "EdDSA", "Ed25519", "PS256", "RS256"];
const MAX_AGE_SECONDS = 60;
/** A client that sends many requests at once is that many answers behind: its nonce is still good. */
const KEPT_NONCES = 128;

type ProofResult =
  | { readonly thumbprint: string }
  | { readonly error: "invalid_dpop_proof" | "use_dpop_nonce"; readonly detail: string };

export interface Proofs {
  /** Checks the request's `DPoP` header for this URL and token. A good proof is good once. */
  check(req: IncomingMessage, url: string, accessToken: string): Promise<ProofResult>;
  /** For the `DPoP-Nonce` header; undefined when none is required. */
  nextNonce(): string | undefined;
}

export function createProofs({ requireApiNonce }: { readonly requireApiNonce: boolean }): Proofs {
  const nonces: string[] = [];
  /** Proof ids to the time they may be forgotten. */
  const seen = new Map<string, number>();

  function isReplayed(id: string): boolean {
    const now = Date.now();
    for (const [known, until] of seen) if (until <= now) seen.delete(known);
    if (seen.has(id)) return true;
    seen.set(id, now + 2 * MAX_AGE_SECONDS * 1000);
    return false;
  }

  return {
    async check(req, url, accessToken) {
      const proof = req.headers["dpop"];
      const invalid = (detail: string) => ({ error: "invalid_dpop_proof", detail }) as const;
      if (typeof proof !== "string") return invalid("there is no proof");
      let verified;
      try {
        verified = await jwtVerify(proof, EmbeddedJWK, {
          algorithms: PROOF_ALGORITHMS,
          typ: "dpop+jwt",
          maxTokenAge: MAX_AGE_SECONDS,
          clockTolerance: 5,
          requiredClaims: ["jti", "htm", "htu", "ath"],
        });
      } catch (error) {
        return invalid((error as Error).message);
      }
      const { payload, protectedHeader } = verified;
      if (payload["htm"] !== req.method) return invalid("it is for another method");
      if (payload["htu"] !== url) return invalid("it is for another URL");
      if (payload["ath"] !== createHash("sha256").update(accessToken).digest("base64url"))
        return invalid("it is for another access token");
      const { nonce } = payload;
      if (requireApiNonce && !nonces.includes(nonce as string))
        return {
          error: "use_dpop_nonce",
          detail: nonce === undefined ? "it has no nonce" : "its nonce is not good",
        };
      const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk!);
      if (isReplayed(JSON.stringify([thumbprint, payload.jti]))) return invalid("it was used before");
      return { thumbprint };
    },
    nextNonce() {
      if (!requireApiNonce) return undefined;
      const nonce = randomBytes(16).toString("base64url");
      nonces.unshift(nonce);
      nonces.length = Math.min(nonces.length, KEPT_NONCES);
      return nonce;
    },
  };
}
