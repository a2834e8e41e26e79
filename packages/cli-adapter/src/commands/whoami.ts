// whoami: what the server says of the person who is signed in. Never opens a browser.
import { AuthError, type AuthClient, type Claims } from "@loopkey/core";
import { abortable } from "../abortable.js";
import { clientOf, type CommandOptions, type Opened } from "../command.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { printJson, printLines, type CommandIO } from "../io.js";
import { sessionOf } from "../report.js";
import { clean, inline } from "../text.js";

export async function whoami(opened: Opened, { json }: CommandOptions, io: CommandIO): Promise<ExitCode> {
  const claims = await abortable(claimsOf(clientOf(opened)), io.signal);
  if (json) printJson(io, claims);
  else
    printLines(
      io.stdout,
      Object.entries(claims).map(([name, value]) => `${clean(name)}: ${inline(value)}`),
    );
  return EXIT.done;
}

/** Of the userinfo endpoint; where the server has none, of the ID token. */
async function claimsOf(client: AuthClient): Promise<Claims> {
  try {
    return await client.userInfo();
  } catch (error) {
    const claims = sessionOf(client.getState())?.claims;
    const hasNone = error instanceof AuthError && error.code === "unsupported_by_server";
    if (hasNone && claims) return claims;
    throw error;
  }
}
