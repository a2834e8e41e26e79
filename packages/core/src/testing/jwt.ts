// JWTs with Web Crypto, for the fake server: it signs ID tokens and reads DPoP proofs.

export interface Signer {
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /** `header` is laid over the right one. */
  sign(
    claims: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
  ): Promise<string>;
}

export async function createSigner(): Promise<Signer> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const kid = crypto.randomUUID();
  return {
    publicJwk: {
      ...(await crypto.subtle.exportKey("jwk", publicKey)),
      alg: "ES256",
      use: "sig",
      kid,
    },
    async sign(claims, header = {}) {
      const input = encodeParts({ alg: "ES256", kid, typ: "JWT", ...header }, claims);
      const signature = await crypto.subtle.sign(algorithm, privateKey, utf8(input));
      return `${input}.${base64url(new Uint8Array(signature))}`;
    },
  };
}

/** What is signed: header and claims, encoded. */
export function encodeParts(header: object, claims: object): string {
  return `${base64url(utf8(JSON.stringify(header)))}.${base64url(utf8(JSON.stringify(claims)))}`;
}

export interface DecodedJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What the signature is over. */
  readonly input: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/** Reads a JWT without judging it. Throws when it is none. */
export function decodeJwt(jwt: string): DecodedJwt {
  const [header, claims, signature, ...more] = jwt.split(".");
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0)
    throw new Error("not three parts");
  const read = (part: string) =>
    JSON.parse(new TextDecoder().decode(fromBase64url(part))) as Record<string, unknown>;
  return {
    header: read(header),
    claims: read(claims),
    input: utf8(`${header}.${claims}`),
    signature: fromBase64url(signature),
  };
}

/** The S256 code challenge of a verifier (RFC 7636 4.2), the `ath` of a token, a thumbprint. */
export async function sha256(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));
}

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

export function base64url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
