// whoami: what the server says of the person who is signed in. Never opens a browser.
import { AuthError } from "@loopkey/core/light";
import type { AuthClient, Claims } from "@loopkey/core";
import { abortable } from "../outcome/abortable.js";
import { EXIT, type ExitCode } from "../outcome/exit-codes.js";
import { printJson, printLines, type CommandIO } from "../terminal/io.js";
import { clean, inline } from "../terminal/text.js";
import { clientOf, type CommandOptions, type Opened } from "./frame.js";
import { sessionOf } from "./status-report.js";

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
