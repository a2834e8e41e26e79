// Faults of the ID token in the first token response (OpenID Connect Core 2, 3.1.3.6, 3.1.3.7; RFC 7515).
import { base64url, encodeParts, utf8 } from "../../jwt.js";
import { effectsAt, type JwtParts } from "./effects.js";
import { fault, type FaultEnd, type FaultInArea, type FaultWorld, inArea } from "./fault.js";

const { claims, idToken } = effectsAt("code");

type Claims = Readonly<Record<string, unknown>>;

const seconds = (world: FaultWorld, offset: number): number => Math.floor(world.now() / 1000) + offset;

/** A claim that does not hold. */
const wrong = (description: string, change: Claims | ((world: FaultWorld) => Claims)) =>
  fault("id_token_invalid", description, claims(change));

/** The same, signed anew: the signature is right, the claims are not. */
const taken = (description: string, change: Claims | ((world: FaultWorld) => Claims)) =>
  fault("works", description, claims(change));

const forged = (
  description: string,
  change: (parts: JwtParts, world: FaultWorld) => unknown,
  ends: FaultEnd = "id_token_invalid",
) => fault(ends, description, idToken(change));

/** Only the keys can tell, so they may be asked for. */
const byItsKeys = (each: FaultInArea): FaultInArea => ({ ...each, mayFollow: ["jwks"] });

export const idTokenFaults = inArea("id-token", {
  "id-token-iss-other": wrong("It is of another issuer.", { iss: "https://evil.example" }),
  "id-token-iss-slash": wrong("Its issuer has a slash more.", ({ issuer }) => ({ iss: `${issuer}/` })),
  "id-token-iss-missing": wrong("It has no issuer.", { iss: undefined }),
  "id-token-iss-array": wrong("Its issuer is a list.", ({ issuer }) => ({ iss: [issuer] })),

  "id-token-aud-other": wrong("It is for another client.", { aud: "other" }),
  "id-token-aud-missing": wrong("It is for nobody.", { aud: undefined }),
  "id-token-aud-number": wrong("It is for a number.", { aud: 7 }),
  "id-token-aud-empty-list": wrong("It is for an empty list.", { aud: [] }),
  "id-token-aud-other-list": wrong("It is for a list of others.", { aud: ["other", "another"] }),
  "id-token-aud-list-no-azp": wrong("It is for us and another, and does not say whose it is.", {
    aud: ["app", "other"],
  }),
  "id-token-azp-other": wrong("It is for us and another, and the other's.", {
    aud: ["app", "other"],
    azp: "other",
  }),
  "id-token-azp-other-alone": wrong("It is for us alone, and another's.", { azp: "other" }),
  "id-token-azp-number": wrong("It is a number's.", { azp: 7 }),
  "id-token-aud-list-of-one": taken("It is for a list with us in it.", { aud: ["app"] }),
  "id-token-aud-list-azp": taken("It is for us and another, and ours.", {
    aud: ["other", "app"],
    azp: "app",
  }),

  "id-token-exp-past": wrong("It has expired.", (world) => ({ exp: seconds(world, -600) })),
  "id-token-exp-missing": wrong("It does not say when it expires.", { exp: undefined }),
  "id-token-exp-string": wrong("It expires at a word.", (world) => ({ exp: String(seconds(world, 600)) })),
  "id-token-exp-null": wrong("It expires at null.", { exp: null }),
  "id-token-iat-future": wrong("It is from the future.", (world) => ({ iat: seconds(world, 600) })),
  "id-token-iat-missing": wrong("It does not say when it was issued.", { iat: undefined }),
  "id-token-iat-string": wrong("It was issued at a word.", (world) => ({ iat: String(seconds(world, 0)) })),
  "id-token-nbf-future": wrong("It does not hold yet.", (world) => ({ nbf: seconds(world, 600) })),
  "id-token-clock-off": taken("It is from a clock that is 20 seconds fast.", (world) => ({
    iat: seconds(world, 20),
  })),

  "id-token-nonce-other": wrong("Its nonce is another's.", { nonce: "another" }),
  "id-token-nonce-missing": wrong("It has no nonce.", { nonce: undefined }),
  "id-token-nonce-empty": wrong("Its nonce is empty.", { nonce: "" }),
  "id-token-nonce-number": wrong("Its nonce is a number.", { nonce: 7 }),
  "id-token-nonce-array": forged("Its nonce is a list with the right one.", (parts, { signer }) =>
    signer.sign({ ...parts.claims, nonce: [parts.claims["nonce"]] }),
  ),

  "id-token-sub-missing": wrong("It is about nobody.", { sub: undefined }),
  "id-token-sub-empty": wrong("It is about somebody without a name.", { sub: "" }),
  "id-token-sub-long": wrong("It is about a name of 256 characters.", { sub: "a".repeat(256) }),
  "id-token-sub-number": wrong("It is about a number.", { sub: 7 }),
  "id-token-sub-null": wrong("It is about null.", { sub: null }),

  "id-token-at-hash-other": byItsKeys(
    wrong("It belongs to another access token.", { at_hash: "AAAAAAAAAAAAAAAAAAAAAA" }),
  ),
  "id-token-at-hash-number": byItsKeys(wrong("What access token it belongs to is a number.", { at_hash: 7 })),
  "id-token-auth-time-string": wrong("When the person signed in is a word.", { auth_time: "now" }),
  "id-token-unknown-claims": taken("It has claims nobody knows.", {
    vendor: { nested: ["x"] },
    constructor: "x",
    c_hash: "not checked in this flow",
  }),
  "id-token-big": taken("It has claims of 100 kB.", { groups: Array(10_000).fill("group-000") }),

  "id-token-missing": forged(
    "There is none, though openid was asked for.",
    () => undefined,
    "invalid_response",
  ),
  "id-token-empty": forged("It is empty.", () => "", "invalid_response"),
  "id-token-number": forged("It is a number.", () => 7, "invalid_response"),
  "id-token-null": forged("It is null.", () => null, "invalid_response"),
  "id-token-object": forged("It is its claims, as JSON.", (parts) => parts.claims, "invalid_response"),
  "id-token-encrypted": forged("It is encrypted.", () => "a.b.c.d.e", "invalid_response"),
  "id-token-two-parts": forged("It has two parts.", ({ jwt }) => jwt.split(".").slice(0, 2).join(".")),
  "id-token-four-parts": forged("It has four parts.", ({ jwt }) => `${jwt}.more`),
  "id-token-truncated": byItsKeys(forged("It ends too early.", ({ jwt }) => jwt.slice(0, -20))),
  "id-token-header-garbage": forged("Its header is no JSON.", ({ jwt }) => jwt.replace(/^[^.]+/, "AAAA")),
  "id-token-claims-array": forged("Its claims are a list.", ({ header }, { signer }) =>
    signer.sign([] as never, header),
  ),

  "id-token-alg-none": forged("It is not signed.", ({ header, ...parts }) => {
    return `${encodeParts({ ...header, alg: "none" }, parts.claims)}.`;
  }),
  "id-token-alg-none-listed": fault(
    "id_token_invalid",
    "It is not signed, and the server says that it does that.",
    effectsAt("discovery").members({ id_token_signing_alg_values_supported: ["ES256", "none"] }),
    idToken((parts) => `${encodeParts({ alg: "none" }, parts.claims)}.`),
  ),
  "id-token-alg-hs256-client-id": forged("It is signed with what everyone knows.", (parts) =>
    signWithSecret(parts, "app"),
  ),
  "id-token-alg-hs256-public-key": forged(
    "It is signed with the server's public key as a secret.",
    (parts, { signer }) => signWithSecret(parts, JSON.stringify(signer.publicJwk)),
  ),
  "id-token-alg-hs256-listed": fault(
    "id_token_invalid",
    "It is signed with what everyone knows, and the server says that it does that.",
    effectsAt("discovery").members({ id_token_signing_alg_values_supported: ["ES256", "HS256"] }),
    idToken((parts) => signWithSecret(parts, "app")),
  ),
  "id-token-alg-missing": forged("It does not say how it is signed.", ({ header, ...parts }, { signer }) =>
    signer.sign(parts.claims, { ...header, alg: undefined }),
  ),
  "id-token-alg-other": forged("It says that it is signed otherwise.", ({ header, ...parts }, { signer }) =>
    signer.sign(parts.claims, { ...header, alg: "RS256" }),
  ),
  "id-token-signature-garbage": byItsKeys(
    forged("Its signature is of something else.", ({ jwt }) => {
      const last = jwt.lastIndexOf(".") + 1;
      return jwt.slice(0, last) + base64url(new Uint8Array(64).fill(7));
    }),
  ),
  "id-token-signature-empty": byItsKeys(
    forged("It has no signature.", ({ jwt }) => jwt.slice(0, jwt.lastIndexOf(".") + 1)),
  ),
  "id-token-claims-changed": byItsKeys(
    forged("Its claims were changed after it was signed.", ({ header, claims, jwt }) => {
      return `${encodeParts(header, { ...claims, sub: "eve" })}.${jwt.split(".")[2]}`;
    }),
  ),
  "id-token-other-key": byItsKeys(
    forged("It is signed by another key under the same name.", ({ header, ...parts }, { stranger }) =>
      stranger.sign(parts.claims, { kid: header["kid"] }),
    ),
  ),
  "id-token-unknown-key": byItsKeys(
    forged("It is signed by a key the server does not have.", (parts, { stranger }) =>
      stranger.sign(parts.claims),
    ),
  ),
  "id-token-brings-its-key": byItsKeys(
    forged("It is signed by another key, and brings that key with it.", (parts, { stranger }) =>
      stranger.sign(parts.claims, { jwk: stranger.publicJwk }),
    ),
  ),
  "id-token-key-elsewhere": forged(
    "It says that its key is at another origin; nobody has to ask there.",
    (parts, { signer, elsewhere }) => signer.sign(parts.claims, { jku: `${elsewhere}/jwks` }),
    "works",
  ),
  "id-token-critical": forged(
    "It has a header that must be understood.",
    ({ header, ...parts }, { signer }) =>
      signer.sign(parts.claims, { ...header, crit: ["vendor"], vendor: true }),
  ),
  "id-token-no-kid": forged(
    "It does not say which key signed it, and there is one.",
    ({ header, ...parts }, { signer }) => signer.sign(parts.claims, { ...header, kid: undefined }),
    "works",
  ),
});

async function signWithSecret({ header, claims: signed }: JwtParts, secret: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8(secret), algorithm, false, ["sign"]);
  const input = encodeParts({ ...header, alg: "HS256" }, signed);
  const signature = await crypto.subtle.sign("HMAC", key, utf8(input));
  return `${input}.${base64url(new Uint8Array(signature))}`;
}
