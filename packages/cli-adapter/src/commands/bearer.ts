// A token that leaves this process for another program: only one that works there, and that a header can hold.
import { AuthError } from "@loopkey/core/light";
import type { Opened } from "./frame.js";

/** A token that is bound to a key (RFC 9449) is of no use to another program, which is told what to do instead. */
export async function asBearer<T>({ advice: { broker } }: Opened, token: Promise<T>): Promise<T> {
  return token.catch((error: unknown) => {
    if (!(error instanceof AuthError) || error.detail !== "dpop" || broker === undefined) throw error;
    throw new AuthError(
      "invalid_config",
      "The session is bound to a key (DPoP): its token is of no use to another program.",
      { detail: "dpop", hint: `Run that program by "${broker}".`, cause: error },
    );
  });
}

/** As RFC 6750 2.1 has it, and a line: what has more would be more than one header. Throws `invalid_response`. */
export function printableToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new AuthError(
    "invalid_response",
    "The server's access token has characters that no header can hold.",
  );
}
