// Reads access tokens that are JWTs (RFC 9068), with the issuer's keys and for one audience only.
import {
  validateJwtAccessToken,
  allowInsecureRequests,
  discoveryRequest,
  processDiscoveryResponse,
} from "oauth4webapi";

interface KnownToken {
  readonly scopes: string[];
  readonly clientId: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

/** The function rejects for a token that is not good. */
export async function createTokenVerifier(
  issuer: string,
  audience: string,
): Promise<(token: string) => Promise<KnownToken>> {
  const insecure = { [allowInsecureRequests]: true };
  const url = new URL(issuer);
  const server = await processDiscoveryResponse(url, await discoveryRequest(url, insecure));
  return async (token) => {
    const request = new Request(audience, { headers: { authorization: `Bearer ${token}` } });
    const {
      scope = "",
      client_id: clientId,
      exp,
    } = await validateJwtAccessToken(server, request, audience, insecure);
    return { scopes: scope.split(" "), clientId, expiresAt: exp };
  };
}
