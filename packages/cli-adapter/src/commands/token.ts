// token: prints an access token that is good now. Never opens a browser.
import type { KeptToken } from "@loopkey/core/light";
import { EXIT, type ExitCode } from "../outcome/exit-codes.js";
import { printVersioned, type CommandIO } from "../terminal/io.js";
import { isoTime } from "../terminal/text.js";
import { clientOf, type CommandOptions, type Opened } from "./frame.js";
import { sessionOf } from "./status-report.js";

export async function token(opened: Opened, { json }: CommandOptions, io: CommandIO): Promise<ExitCode> {
  const { accessToken, expiresAt } = opened.keptToken ?? (await askedFor(opened, io));
  if (json) printVersioned(io, { accessToken, expiresAt: isoTime(expiresAt) });
  else io.stdout.write(`${accessToken}\n`);
  return EXIT.done;
}

async function askedFor(opened: Opened, { signal }: CommandIO): Promise<KeptToken> {
  const client = clientOf(opened);
  const accessToken = await client.getAccessToken(signal === undefined ? {} : { signal });
  const expiresAt = sessionOf(client.getState())?.accessTokenExpiresAt;
  return { accessToken, ...(expiresAt === undefined ? {} : { expiresAt }) };
}
