// logout: ends the session here, at the server, and in the person's browser; says of each what was done.
import type { SignOutResult, SignOutStep } from "@loopkey/core";
import { abortable } from "../outcome/abortable.js";
import { EXIT, type ExitCode } from "../outcome/exit-codes.js";
import { printLines, printVersioned, type CommandIO } from "../terminal/io.js";
import { showSignOut } from "../terminal/progress.js";
import { clean } from "../terminal/text.js";
import type { CommandOptions, Opened } from "./frame.js";

export interface LogoutOptions extends CommandOptions {
  /**
   * Whether the browser visits the server to end the session there as well.
   * @default true at a terminal; without one nothing opens by itself
   */
  readonly browser?: boolean | undefined;
}

/** An interrupted visit of the browser ends at once, and what was done until then is still told. */
const INTERRUPT_GRACE_MS = 1_000;

/** Of the client's configuration. */
const DEFAULT_RETURN = "http://127.0.0.1/logged-out";

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
  const { client, postLogoutRedirectUris = [DEFAULT_RETURN] } = opened;
  const { browser = io.isInteractive, json = false } = options;
  const { result, hasVisit } = client
    ? await signOut(client, browser, io)
    : { result: NOBODY, hasVisit: false };
  if (json) printVersioned(io, result);
  else printLines(io.stdout, linesOf(result));
  if (hasVisit && result.endSession === "failed") printLines(io.stderr, hintLines(postLogoutRedirectUris));
  if (result.local === "failed") return EXIT.failed;
  return io.signal?.aborted ? EXIT.interrupted : EXIT.done;
}

async function signOut(
  client: NonNullable<Opened["client"]>,
  browser: boolean,
  io: CommandIO,
): Promise<{ readonly result: SignOutResult; readonly hasVisit: boolean }> {
  const display = await showSignOut(client, io);
  const signal = io.signal === undefined ? {} : { signal: io.signal };
  const signingOut = client.signOut({ browser, ...signal });
  const result = await abortable(signingOut, io.signal, INTERRUPT_GRACE_MS).finally(() => display.stop());
  return { result, hasVisit: display.hasVisit };
}

/** A server that does not know the address shows an error page: the browser stays there, and the wait ends by itself. */
function hintLines(registered: readonly string[]): string[] {
  return [
    "The browser did not come back. If it showed an error page, register this at the server, as an address that this",
    `client comes back to after a logout: ${registered.map(clean).join(" or ")}`,
  ];
}

function linesOf(result: SignOutResult): string[] {
  const items = Object.keys(NAMES) as (keyof SignOutResult)[];
  if (items.every((item) => result[item] === "skipped")) return ["Nobody was signed in."];
  return [
    result.local === "failed" ? "Not signed out." : "Signed out.",
    ...items.map((item) => `  ${`${NAMES[item]}:`.padEnd(25)}${OUTCOMES[result[item]]}`),
  ];
}
