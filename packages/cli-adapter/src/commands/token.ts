// token: prints an access token that is good now. Never opens a browser.
import { AuthError, type KeptToken } from "@loopkey/core/light";
import { EXIT, type ExitCode } from "../outcome/exit-codes.js";
import { printVersioned, type CommandIO } from "../terminal/io.js";
import { isoTime } from "../terminal/text.js";
import { asBearer, printableToken } from "./bearer.js";
import { clientOf, type CommandOptions, type Opened } from "./frame.js";
import { sessionOf } from "./status-report.js";

export interface TokenOptions extends CommandOptions {
  /** A token for this API alone (RFC 8707 2.2). @default the session's own */
  readonly resource?: string | undefined;
  /** A token with this scope alone. @default that of the session */
  readonly scope?: string | undefined;
  /** What surrounds the token: nothing, a header, a line of environment, or a line of a configuration for `curl -K -`. */
  readonly format?: TokenFormat | undefined;
}

export const TOKEN_FORMATS = ["plain", "header", "env", "curl"] as const;

export type TokenFormat = (typeof TOKEN_FORMATS)[number];

const FORMATS: Readonly<Record<TokenFormat, (token: string) => string>> = {
  plain: (token) => token,
  header: (token) => `Authorization: Bearer ${printableToken(token)}`,
  // A shell and a .env file read it alike; a token needs quotes only where it is not as RFC 6750 2.1 has it.
  env: (token) =>
    `LOOPKEY_ACCESS_TOKEN=${/^[\w.~+/=-]+$/.test(token) ? token : `'${printableToken(token).replaceAll("'", String.raw`'\''`)}'`}`,
  curl: (token) =>
    `header = "Authorization: Bearer ${printableToken(token).replace(/["\\]/g, String.raw`\$&`)}"`,
};

export async function token(opened: Opened, options: TokenOptions, io: CommandIO): Promise<ExitCode> {
  const { json, format = "plain" } = options;
  if (json && format !== "plain")
    throw new AuthError("invalid_config", "The options --json and --format do not go together.");
  const { accessToken, expiresAt } =
    opened.keptToken ?? (await asBearer(opened, askedFor(opened, options, io)));
  if (json) printVersioned(io, { accessToken, expiresAt: isoTime(expiresAt) });
  else io.stdout.write(`${FORMATS[format](accessToken)}\n`);
  return EXIT.done;
}

async function askedFor(
  opened: Opened,
  { resource, scope }: TokenOptions,
  { signal }: CommandIO,
): Promise<KeptToken> {
  const client = clientOf(opened);
  const target = {
    ...(resource === undefined ? {} : { resource }),
    ...(scope === undefined ? {} : { scope }),
  };
  const accessToken = await client.getAccessToken({ ...target, ...(signal === undefined ? {} : { signal }) });
  const isOwn = Object.keys(target).length === 0;
  // That of another API's is not told.
  const expiresAt = isOwn ? sessionOf(client.getState())?.accessTokenExpiresAt : undefined;
  return { accessToken, ...(expiresAt === undefined ? {} : { expiresAt }) };
}
