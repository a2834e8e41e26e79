// login: signs a person in, through their browser or with a code for any device, and shows what it waits for.
import { EXIT, type ExitCode } from "../outcome/exit-codes.js";
import { printJson, printLines, type CommandIO } from "../terminal/io.js";
import { showSignIn } from "../terminal/progress.js";
import { clientOf, type CommandOptions, type Opened } from "./frame.js";
import { sessionLines, toReport } from "./status-report.js";

export interface LoginOptions extends CommandOptions {
  /** `false`: open no browser, print the address only. @default true */
  readonly browser?: boolean | undefined;
  /** Show a code to enter on any device (RFC 8628), and wait for no browser. @default what the client chooses */
  readonly device?: boolean | undefined;
  /** How long to wait for the person, in milliseconds. @default that of the client */
  readonly timeoutMs?: number | undefined;
  /**
   * `prompt` of the request (OpenID Connect Core 3.1.2.1): some servers give `offline_access`, and so a session that can be
   * renewed, only with `consent`. @default the server decides
   */
  readonly prompt?: string | undefined;
}

export async function login(opened: Opened, options: LoginOptions, io: CommandIO): Promise<ExitCode> {
  const { account } = opened;
  const client = clientOf(opened);
  const { browser: openBrowser = true, device = false, timeoutMs, prompt } = options;
  const takesPaste = io.isInteractive && io.readLines !== undefined && !options.json;
  const display = await showSignIn(client, io, { openBrowser, takesPaste });
  const session = await client
    .signIn({
      openBrowser,
      ...(device ? { flow: "device" as const } : {}),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(prompt === undefined ? {} : { prompt }),
      ...(io.signal === undefined ? {} : { signal: io.signal }),
    })
    .finally(() => display.stop());
  await opened.remember();
  const state = client.getState();
  if (!state.store.persistent)
    io.stderr.write(
      "This store is memory only: the session ends with this process, nothing is remembered.\n",
    );
  if (options.json) printJson(io, toReport(account, state));
  else printLines(io.stdout, sessionLines(account, state, session));
  return EXIT.done;
}
