// Reads an access token as the API does: an opaque one is looked up, a JWT (RFC 9068) is verified.
import { importJWK, jwtVerify } from "jose";
import type Provider from "oidc-provider";
import type { JWK } from "oidc-provider";

export interface PresentedToken {
  readonly accountId: string;
  readonly audience?: string;
  /** Thumbprint of the key it is bound to. */
  readonly jkt?: string;
  /** How, and when, the person signed in (with `stepUp`). */
  readonly acr?: string;
  readonly authTime?: number;
}

export type ReadToken = (value: string) => Promise<PresentedToken | undefined>;

interface Claims {
  readonly acr?: string;
  readonly auth_time?: number;
}

export function createTokenReader(provider: Provider, signingKey: JWK): ReadToken {
  const { n, e } = signingKey as { n: string; e: string };
  const publicKey = importJWK({ kty: "RSA", n, e }, "RS256");

  async function readJwt(value: string): Promise<PresentedToken | undefined> {
    try {
      const { payload } = await jwtVerify(value, await publicKey, {
        algorithms: ["RS256"],
        typ: "at+jwt",
        issuer: provider.issuer,
        requiredClaims: ["sub", "aud", "exp"],
      });
      const { cnf } = payload as { cnf?: { jkt?: string } };
      return describe(payload.sub!, payload.aud as string, cnf?.jkt, payload as Claims);
    } catch {
      return undefined;
    }
  }

  return async (value) => {
    if (value.split(".").length === 3) return readJwt(value);
    // Unknown, expired and revoked ones are all not found: the store forgets a token with its grant.
    const token = await provider.AccessToken.find(value);
    if (token === undefined) return undefined;
    return describe(token.accountId, token.aud as string | undefined, token.jkt, token.extra);
  };
}

function describe(accountId: string, audience?: string, jkt?: string, claims: Claims = {}): PresentedToken {
  const { acr, auth_time: authTime } = claims;
  return {
    accountId,
    ...(audience !== undefined && { audience }),
    ...(jkt !== undefined && { jkt }),
    ...(acr !== undefined && { acr }),
    ...(authTime !== undefined && { authTime }),
  };
}
