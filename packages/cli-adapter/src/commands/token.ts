// token: prints an access token that is good now. Never opens a browser.
import { EXIT, type ExitCode } from "../outcome/exit-codes.js";
import { printVersioned, type CommandIO } from "../terminal/io.js";
import { isoTime } from "../terminal/text.js";
import { clientOf, type CommandOptions, type Opened } from "./frame.js";
import { sessionOf } from "./status-report.js";

export interface TokenOptions extends CommandOptions {
  /** A token for this API alone (RFC 8707 2.2). @default the session's own */
  readonly resource?: string | undefined;
  /** A token with this scope alone. @default that of the session */
  readonly scope?: string | undefined;
}

export async function token(
  opened: Opened,
  { json, resource, scope }: TokenOptions,
  io: CommandIO,
): Promise<ExitCode> {
  const client = clientOf(opened);
  const target = {
    ...(resource === undefined ? {} : { resource }),
    ...(scope === undefined ? {} : { scope }),
  };
  const accessToken = await client.getAccessToken({
    ...target,
    ...(io.signal === undefined ? {} : { signal: io.signal }),
  });
  const isOwn = Object.keys(target).length === 0;
  // That of another API's is not told.
  const expiresAt = isOwn ? sessionOf(client.getState())?.accessTokenExpiresAt : undefined;
  if (json) printVersioned(io, { accessToken, expiresAt: isoTime(expiresAt) });
  else io.stdout.write(`${accessToken}\n`);
  return EXIT.done;
}
