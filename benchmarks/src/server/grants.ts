// What the server gives out: codes, rotating refresh tokens, signed ID tokens.
import { createSign, generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";

export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly id_token: string;
}

export interface Grants {
  readonly jwks: object;
  /** For the redirect of an authorization request. */
  code(clientId: string, nonce: string | null): string;
  redeem(code: string): TokenAnswer | undefined;
  /** A refresh token is good for one request. One that comes twice ends the session it is of, as RFC 9700 4.14.2 says. */
  refresh(refreshToken: string): TokenAnswer | undefined;
  /** A session without a sign-in. */
  begin(clientId: string): TokenAnswer;
  /** Sessions that were ended for a refresh token that came twice. */
  readonly ended: () => number;
}

interface Family {
  readonly clientId: string;
  newest: string;
  isOver: boolean;
}

const KEY_ID = "benchmark";
export const SUBJECT = "person";

export function createGrants(issuer: string, tokenSeconds: number): Grants {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const families = new Map<string, Family>();
  const codes = new Map<string, { readonly clientId: string; readonly nonce: string | null }>();
  const signWith = { key: privateKey, issuer };
  let ended = 0;
  let cached: { readonly clientId: string; readonly at: number; readonly token: string } | undefined;

  /** Signed once a second: the server is not what is measured. */
  function plainIdToken(clientId: string): string {
    const at = Math.floor(Date.now() / 1_000);
    if (cached?.clientId !== clientId || cached.at !== at)
      cached = { clientId, at, token: idToken(signWith, clientId, null) };
    return cached.token;
  }

  function answer(id: string, family: Family, nonce: string | null): TokenAnswer {
    family.newest = `${id}.${random()}`;
    return {
      access_token: `at.${random()}`,
      token_type: "Bearer",
      expires_in: tokenSeconds,
      refresh_token: family.newest,
      id_token: nonce === null ? plainIdToken(family.clientId) : idToken(signWith, family.clientId, nonce),
    };
  }

  function begin(clientId: string, nonce: string | null = null): TokenAnswer {
    const id = random();
    const family: Family = { clientId, newest: "", isOver: false };
    families.set(id, family);
    return answer(id, family, nonce);
  }

  return {
    jwks: { keys: [{ ...publicKey.export({ format: "jwk" }), kid: KEY_ID, alg: "RS256", use: "sig" }] },
    ended: () => ended,
    begin,
    code(clientId, nonce) {
      const code = random();
      codes.set(code, { clientId, nonce });
      return code;
    },
    redeem(code) {
      const asked = codes.get(code);
      codes.delete(code);
      return asked && begin(asked.clientId, asked.nonce);
    },
    refresh(refreshToken) {
      const id = refreshToken.split(".", 1)[0]!;
      const family = families.get(id);
      if (!family || family.isOver) return undefined;
      if (family.newest === refreshToken) return answer(id, family, null);
      family.isOver = true;
      ended++;
      return undefined;
    },
  };
}

function random(): string {
  return randomBytes(16).toString("hex");
}

function idToken(
  { key, issuer }: { readonly key: KeyObject; readonly issuer: string },
  audience: string,
  nonce: string | null,
): string {
  const now = Math.floor(Date.now() / 1_000);
  const header = { alg: "RS256", kid: KEY_ID, typ: "JWT" };
  const claims = {
    iss: issuer,
    sub: SUBJECT,
    aud: audience,
    iat: now,
    exp: now + 3_600,
    preferred_username: "person@example.com",
    ...(nonce === null ? {} : { nonce }),
  };
  const signed = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${signed}.${createSign("sha256").update(signed).sign(key, "base64url")}`;
}
