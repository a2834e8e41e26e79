// token: prints an access token that is good now. Never opens a browser.
import { EXIT, type ExitCode } from "../outcome/exit-codes.js";
import { printVersioned, type CommandIO } from "../terminal/io.js";
import { isoTime } from "../terminal/text.js";
import { clientOf, type CommandOptions, type Opened } from "./frame.js";
import { sessionOf } from "./status-report.js";

export async function token(opened: Opened, { json }: CommandOptions, io: CommandIO): Promise<ExitCode> {
  const client = clientOf(opened);
  const accessToken = await client.getAccessToken(io.signal === undefined ? {} : { signal: io.signal });
  const expiresAt = isoTime(sessionOf(client.getState())?.accessTokenExpiresAt);
  if (json) printVersioned(io, { accessToken, expiresAt });
  else io.stdout.write(`${accessToken}\n`);
  return EXIT.done;
}
