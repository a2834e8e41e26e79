// logout: ends the session here, at the server, and in the person's browser; says of each what was done.
import type { SignOutResult, SignOutStep } from "@loopkey/core";
import { abortable } from "../abortable.js";
import type { CommandOptions, Opened } from "../command.js";
import { EXIT, type ExitCode } from "../exit-codes.js";
import { printJson, printLines, type CommandIO } from "../io.js";
import { showSignOut } from "../terminal.js";

export interface LogoutOptions extends CommandOptions {
  /**
   * Whether the browser visits the server to end the session there as well.
   * @default true at a terminal; without one nothing opens by itself
   */
  readonly browser?: boolean | undefined;
}

/** An interrupted visit of the browser ends at once, and what was done until then is still told. */
const INTERRUPT_GRACE_MS = 1_000;

const NOBODY: SignOutResult = { local: "skipped", revocation: "skipped", endSession: "skipped" };

const NAMES: Readonly<Record<keyof SignOutResult, string>> = {
  local: "session on this machine",
  revocation: "tokens at the server",
  endSession: "session in the browser",
};

const OUTCOMES: Readonly<Record<SignOutStep, string>> = {
  done: "ended",
  failed: "could not be ended",
  unsupported: "the server has no way to end it",
  skipped: "left alone",
};

/** 0: nobody is signed in on this machine any more. 1: the session could not be deleted. */
export async function logout(opened: Opened, options: LogoutOptions, io: CommandIO): Promise<ExitCode> {
  const { client } = opened;
  const { browser = io.isInteractive, json = false } = options;
  const result = client ? await signOut(client, browser, io) : NOBODY;
  if (json) printJson(io, result);
  else printLines(io.stdout, linesOf(result));
  if (result.local === "failed") return EXIT.failed;
  return io.signal?.aborted ? EXIT.interrupted : EXIT.done;
}

async function signOut(
  client: NonNullable<Opened["client"]>,
  browser: boolean,
  io: CommandIO,
): Promise<SignOutResult> {
  const display = await showSignOut(client, io);
  const signal = io.signal === undefined ? {} : { signal: io.signal };
  const signingOut = client.signOut({ browser, ...signal });
  return abortable(signingOut, io.signal, INTERRUPT_GRACE_MS).finally(() => display.stop());
}

function linesOf(result: SignOutResult): string[] {
  const items = Object.keys(NAMES) as (keyof SignOutResult)[];
  if (items.every((item) => result[item] === "skipped")) return ["Nobody was signed in."];
  return [
    result.local === "failed" ? "Not signed out." : "Signed out.",
    ...items.map((item) => `  ${`${NAMES[item]}:`.padEnd(25)}${OUTCOMES[result[item]]}`),
  ];
}
