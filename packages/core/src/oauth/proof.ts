// The one-time values of an attempt (RFC 9700 4.5.3): state, nonce and the PKCE code verifier.
import { generateRandomCodeVerifier, generateRandomNonce, generateRandomState } from "oauth4webapi";
import { Secret } from "../ground/secret.js";

export interface Proof {
  readonly state: Secret<string>;
  readonly nonce: Secret<string>;
  readonly codeVerifier: Secret<string>;
}

export function createProof(): Proof {
  return {
    state: new Secret(generateRandomState()),
    nonce: new Secret(generateRandomNonce()),
    codeVerifier: new Secret(generateRandomCodeVerifier()),
  };
}

/** 256 bits that nobody guesses, safe in a URL: a `state`, a one-time path. */
export function createOneTimeValue(): Secret<string> {
  return new Secret(generateRandomState());
}
