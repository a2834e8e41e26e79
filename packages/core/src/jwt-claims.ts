// The claims of an ID token that was validated when it came, read again.
import type { Claims } from "./session.js";

/** Undefined for what has none. Checks nothing: for a token of our own store or memory only. */
export function readClaims(idToken: string): Claims | undefined {
  try {
    const payload = idToken.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null ? (claims as Claims) : undefined;
  } catch {
    return undefined;
  }
}
