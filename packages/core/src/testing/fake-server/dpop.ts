// DPoP proofs (RFC 9449 4.3), checked with Web Crypto: whose key, made for this very request, once.
import { decodeJwt, sha256, type DecodedJwt } from "../jwt.js";
import type { ServerContext } from "./context.js";
import type { SeenRequest } from "./switches.js";

export interface DPoP {
  /** Judges the request's proof: the thumbprint of its key, or why it is refused; undefined without one. */
  check(
    request: SeenRequest,
    where: "token" | "api",
    accessToken?: string,
  ): Promise<{ readonly jkt: string } | ProofRefusal | undefined>;
  /** The headers of an answer: the nonce for the next proof, where one is demanded. */
  headers(where: "token" | "api"): Record<string, string>;
  rotateNonce(): void;
}

interface ProofRefusal {
  readonly error: "invalid_dpop_proof" | "use_dpop_nonce";
  readonly why: string;
}

/** How far the time in a proof may be from ours. */
const MAX_AGE_SECONDS = 60;

const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "k", "oth"];

export function createDPoP({ now, note, switches }: ServerContext): DPoP {
  const seen = new Set<unknown>();
  let nonce = `nonce-${crypto.randomUUID()}`;

  async function problemOf(
    { header, claims, input, signature }: DecodedJwt,
    request: SeenRequest,
    accessToken: string | undefined,
  ): Promise<string | undefined> {
    const { jwk } = header as { jwk?: JsonWebKey };
    if (header["typ"] !== "dpop+jwt") return "its typ is not dpop+jwt";
    if (header["alg"] !== "ES256") return `its alg ${String(header["alg"])} is not one of the server's`;
    if (typeof jwk !== "object" || jwk === null) return "it has no jwk";
    if (PRIVATE_MEMBERS.some((name) => name in jwk)) return "its jwk has private members";
    const key = await crypto.subtle.importKey("jwk", jwk, ES256, false, ["verify"]).catch(() => undefined);
    if (!key || !(await crypto.subtle.verify(ES256, key, signature, input)))
      return "its signature does not hold";
    if (claims["htm"] !== request.method) return "its htm is not the method";
    if (targetOf(claims["htu"]) !== request.url.origin + request.path) return "its htu is not the URL";
    const { iat } = claims;
    if (typeof iat !== "number" || Math.abs(iat - now() / 1000) > MAX_AGE_SECONDS)
      return "its iat is not now";
    if (typeof claims["jti"] !== "string" || claims["jti"] === "") return "it has no jti";
    if (seen.has(claims["jti"])) return "its jti came before";
    seen.add(claims["jti"]);
    if (accessToken !== undefined && claims["ath"] !== (await sha256(accessToken)))
      return "its ath is not of the access token";
    return undefined;
  }

  return {
    async check(request, where, accessToken) {
      const proof = request.headers.get("dpop");
      if (proof === null) return undefined;
      const refuse = (why: string): ProofRefusal => {
        note(`The DPoP proof of ${request.method} ${request.path}: ${why}.`);
        return { error: "invalid_dpop_proof", why };
      };
      const jwt = read(proof);
      if (!jwt) return refuse("it is not one JWT");
      const problem = await problemOf(jwt, request, accessToken);
      if (problem !== undefined) return refuse(problem);
      if (switches.demandsNonce.includes(where) && jwt.claims["nonce"] !== nonce)
        return { error: "use_dpop_nonce", why: "a proof must carry the server's nonce" };
      return { jkt: await thumbprint(jwt.header["jwk"] as JsonWebKey) };
    },
    headers: (where) => (switches.demandsNonce.includes(where) ? { "dpop-nonce": nonce } : {}),
    rotateNonce() {
      nonce = `nonce-${crypto.randomUUID()}`;
    },
  };
}

function read(proof: string): DecodedJwt | undefined {
  try {
    return decodeJwt(proof);
  } catch {
    return undefined;
  }
}

/** A URL without query and fragment (RFC 9449 4.2), written as we write it. */
function targetOf(htu: unknown): string | undefined {
  if (typeof htu !== "string" || !URL.canParse(htu)) return undefined;
  return new URL(htu).href;
}

/** RFC 7638 3. */
function thumbprint({ crv, kty, x, y }: JsonWebKey): Promise<string> {
  return sha256(JSON.stringify({ crv, kty, x, y }));
}
