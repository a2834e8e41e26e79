// Requests by plain fetch, and DPoP proofs by hand: what a client library would not send on purpose.
import { createHash, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Posts a form. */
export async function post(
  endpoint: string | undefined,
  parameters: Record<string, string | string[]>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = new URLSearchParams();
  for (const [name, values] of Object.entries(parameters))
    for (const value of [values].flat()) body.append(name, value);
  return answerOf(await fetch(endpoint!, { method: "POST", headers, body }));
}

/** Presents an access token. */
export async function call(
  url: string,
  accessToken: string,
  { scheme = "Bearer", headers = {} }: { scheme?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return answerOf(await fetch(url, { headers: { authorization: `${scheme} ${accessToken}`, ...headers } }));
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, headers: response.headers, body };
}

export interface ProofKey {
  /** A DPoP header for this request; `claims` are added or replace the right ones. */
  proof(url: string, options?: ProofOptions): Promise<{ DPoP: string }>;
}

interface ProofOptions {
  readonly method?: string;
  readonly accessToken?: string;
  readonly claims?: Record<string, unknown>;
}

export async function createProofKey(): Promise<ProofKey> {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwk = await exportJWK(publicKey);
  return {
    async proof(url, { method = "GET", accessToken, claims = {} } = {}) {
      const ath = accessToken && createHash("sha256").update(accessToken).digest("base64url");
      const right = { jti: randomUUID(), htm: method, htu: url, iat: Math.floor(Date.now() / 1000) };
      const DPoP = await new SignJWT({ ...right, ...(ath && { ath }), ...claims })
        .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk })
        .sign(privateKey);
      return { DPoP };
    },
  };
}
