// Faults of the server's keys (RFC 7517): not to be had, not the right ones, or not keys for signatures.
import { effectsAt } from "./effects.js";
import { type Effect, fault, type FaultEnd, type FaultInArea, type FaultWorld, inArea } from "./fault.js";
import { transportFaults } from "./transport.js";

const { answer, members, headers } = effectsAt("jwks");

type Jwk = Readonly<Record<string, unknown>>;

/** Keys in place of the server's. */
const keys = (make: (right: Jwk, world: FaultWorld) => readonly unknown[]): Effect =>
  members((world) => ({ keys: make(world.signer.publicJwk, world) }));

/** The client may look for a key it does not find once more. */
const unfound = (description: string, effect: Effect): FaultInArea => ({
  ...fault("id_token_invalid", description, effect),
  mayFollow: ["jwks"],
});

const broken = (description: string, body: unknown, ends: FaultEnd = "invalid_response") =>
  fault(ends, description, answer({ body }));

export const jwksFaults = inArea("jwks", {
  ...transportFaults("jwks", "jwks", "The answer with the keys", {
    passing: "temporarily_unavailable",
    broken: "invalid_response",
  }),
  "jwks-empty": unfound(
    "There are no keys in the list.",
    keys(() => []),
  ),
  "jwks-no-list": broken("There is no list of keys.", {}),
  "jwks-list-object": broken("The list of keys is an object.", { keys: {} }),
  "jwks-list-of-strings": broken("The keys are strings.", { keys: ["key"] }),
  "jwks-list-of-null": broken("The keys are null.", { keys: [null] }),
  "jwks-unknown-kid": unfound(
    "The ID token is signed by a key that is not in the list.",
    keys((_, { stranger }) => [stranger.publicJwk]),
  ),
  "jwks-wrong-key": fault(
    "id_token_invalid",
    "The key of that name is another one.",
    keys((right, { stranger }) => [{ ...stranger.publicJwk, kid: right["kid"] }]),
  ),
  "jwks-symmetric": unfound(
    "The key of that name is a symmetric one.",
    keys((right) => [{ kty: "oct", k: "c2VjcmV0", alg: "HS256", use: "sig", kid: right["kid"] }]),
  ),
  "jwks-encryption-key": unfound(
    "The key of that name is for encryption.",
    keys((right) => [{ ...right, use: "enc" }]),
  ),
  "jwks-signing-only-key": unfound(
    "The key of that name is for signing only.",
    keys((right) => [{ ...right, key_ops: ["sign"] }]),
  ),
  "jwks-other-algorithm": unfound(
    "The key of that name is for another algorithm.",
    keys((right) => [{ ...right, alg: "ES384" }]),
  ),
  "jwks-other-type": unfound(
    "The key of that name is an RSA key.",
    keys((right) => [{ kty: "RSA", n: "AQAB", e: "AQAB", alg: "RS256", use: "sig", kid: right["kid"] }]),
  ),
  "jwks-garbage-key": fault(
    "invalid_response",
    "The key of that name is not a point on its curve.",
    keys((right) => [{ ...right, x: "AAAA", y: "AAAA" }]),
  ),
  "jwks-private-key": fault(
    "invalid_response",
    "The key of that name has its private part with it.",
    keys((right) => [{ ...right, d: "AAAA" }]),
  ),
  "jwks-same-name-twice": fault(
    "id_token_invalid",
    "Two keys have that name.",
    keys((right, { stranger }) => [right, { ...stranger.publicJwk, kid: right["kid"] }]),
  ),
  "jwks-same-key-twice": fault(
    "works",
    "The key is there twice, once with a certificate.",
    keys((right) => [right, { x5t: "AAAA", ...right }]),
  ),
  "jwks-rotated": fault(
    "works",
    "The server has another key since the last time.",
    keys((_, { stranger }) => [stranger.publicJwk]),
    effectsAt("code").idToken((parts, { stranger }) => stranger.sign(parts.claims)),
  ),
  "jwks-many-keys": fault(
    "works",
    "There are 200 other keys, some of kinds nobody knows.",
    keys((right) => [
      ...Array.from({ length: 100 }, (_, index) => ({ kty: "future", kid: `future-${index}` })),
      right,
      ...Array.from({ length: 100 }, (_, index) => ({ ...right, kid: `old-${index}` })),
    ]),
  ),
  "jwks-bare-key": fault(
    "works",
    "The key does not say what it is for.",
    keys((right) => [{ ...right, alg: undefined, use: undefined }]),
  ),
  "jwks-own-type": fault(
    "works",
    "The answer has the content type of RFC 7517.",
    headers({ "content-type": "application/jwk-set+json" }),
  ),
});
