// token: prints an access token that is good now. Never opens a browser.
import { clientOf, type CommandOptions, type Opened } from "../command.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { printVersioned, type CommandIO } from "../io.js";
import { sessionOf } from "../report.js";
import { isoTime } from "../text.js";

export async function token(opened: Opened, { json }: CommandOptions, io: CommandIO): Promise<ExitCode> {
  const client = clientOf(opened);
  const accessToken = await client.getAccessToken(io.signal === undefined ? {} : { signal: io.signal });
  const expiresAt = isoTime(sessionOf(client.getState())?.accessTokenExpiresAt);
  if (json) printVersioned(io, { accessToken, expiresAt });
  else io.stdout.write(`${accessToken}\n`);
  return EXIT.done;
}
