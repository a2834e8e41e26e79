// Whether a failure may come of what was remembered of a server, which has moved since.
import { AuthError } from "../../ground/errors.js";
import { neverConnected } from "./delivery.js";

/** There is nothing of that name any more. */
const GONE = new Set(["404", "405", "410"]);

/** Nothing there, nobody there, or somebody who does not speak the protocol. */
export function saysMoved(error: unknown): boolean {
  if (!(error instanceof AuthError)) return false;
  const { code, detail = "", cause } = error;
  return GONE.has(detail) || code === "invalid_response" || neverConnected(cause);
}
