// What a command says when it fails: one line that says what to do next, more lines where that is long, or one JSON value.
import { inspect } from "node:util";
import { AuthError } from "@loopkey/core/light";
import { printJson, printLines, type CommandIO } from "../terminal/io.js";
import { clean } from "../terminal/text.js";
import { EXIT, exitCodeOf, type ExitCode } from "./exit-codes.js";

export interface Failure {
  /** Of the AuthError; `unexpected` for what is none. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly retryable: boolean;
  readonly exitCode: ExitCode;
}

/** What to write on this command line. */
export interface Advice {
  /** The name of the program. */
  readonly program: string;
  /** The command that signs in. */
  readonly signIn: string;
  /** What runs a program for a session whose tokens are of no use to it. */
  readonly broker?: string;
  /** Another way than the store that does not work. */
  readonly store?: string;
}

const HINTS: Readonly<Record<string, string>> = {
  discovery_failed: "Check the issuer, and that it can be reached from this machine.",
  unsupported_by_server: "Ask the operator of the server for it, or use another one.",
  invalid_config: "Correct it and try again.",
  unexpected: "Set LOOPKEY_DEBUG=1 to see where it happened.",
};

export function toFailure(error: unknown, advice: Advice): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const { code, detail, hint, retryable } =
    error instanceof AuthError ? error : { code: "unexpected", retryable: false };
  const exitCode = exitCodeOf(code, detail);
  return {
    code,
    message: sentence(clean(message)),
    hint: hintFor(code, hint, exitCode, advice),
    retryable,
    exitCode,
  };
}

/** What is longer stands below, a sentence a line. */
const LONGEST_HINT = 160;

/** The failure in lines. */
export function linesOf({ message, hint, code }: Failure): [string, ...string[]] {
  if (hint === null) return [`${message} [${code}]`];
  if (hint.length <= LONGEST_HINT) return [`${message} ${hint} [${code}]`];
  return [`${message} [${code}]`, ...hint.split(/(?<=[.!?]) (?=\p{Lu})/u)];
}

/** Prints why: the lines on stderr, with `json` the value on stdout as well. Returns the exit code. */
export function reportFailure(
  error: unknown,
  advice: Advice,
  { json, io }: { readonly json: boolean; readonly io: CommandIO },
): ExitCode {
  const failure = toFailure(error, advice);
  const { exitCode, code, message, hint, retryable } = failure;
  if (json) printJson(io, { error: { code, message, hint, retryable } });
  const [first, ...rest] = linesOf(failure);
  printLines(io.stderr, [`${advice.program}: ${first}`, ...rest.map((line) => `  ${line}`)]);
  if (io.env["LOOPKEY_DEBUG"]) io.stderr.write(`${inspect(error)}\n`);
  return exitCode;
}

export function interrupted(): AuthError {
  return new AuthError("cancelled", "Interrupted.");
}

function hintFor(code: string, given: string | undefined, exitCode: ExitCode, advice: Advice): string | null {
  if (exitCode === EXIT.signInNeeded || code === "access_denied") return `Run "${advice.signIn}".`;
  const hint = given === undefined ? HINTS[code] : sentence(clean(given));
  if (code !== "store_unavailable" || advice.store === undefined || hint?.includes(advice.store))
    return hint ?? null;
  return hint === undefined ? advice.store : `${hint} ${advice.store}`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
