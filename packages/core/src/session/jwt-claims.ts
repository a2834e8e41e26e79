// Reads the claims of a JWT that was validated when it came.
import type { Claims } from "./session.js";

/** Undefined when it is not a JWT. Shows nothing of who has signed it. */
export function readJwtClaims(jwt: string): Claims | undefined {
  try {
    const payload = jwt.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null ? (claims as Claims) : undefined;
  } catch {
    return undefined;
  }
}
