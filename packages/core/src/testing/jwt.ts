// Signs ID tokens for the fake server with Web Crypto.

export interface Signer {
  readonly publicJwk: Readonly<Record<string, unknown>>;
  sign(claims: Readonly<Record<string, unknown>>): Promise<string>;
}

export async function createSigner(): Promise<Signer> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const header = { alg: "ES256", kid: crypto.randomUUID(), typ: "JWT" };
  return {
    publicJwk: {
      ...(await crypto.subtle.exportKey("jwk", publicKey)),
      alg: "ES256",
      use: "sig",
      kid: header.kid,
    },
    async sign(claims) {
      const input = `${base64url(utf8(JSON.stringify(header)))}.${base64url(utf8(JSON.stringify(claims)))}`;
      const signature = await crypto.subtle.sign(algorithm, privateKey, utf8(input));
      return `${input}.${base64url(new Uint8Array(signature))}`;
    },
  };
}

/** The S256 code challenge of a verifier (RFC 7636 4.2). */
export async function sha256(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function base64url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
