// For the app's own commands: an error told, and an exit code chosen, as the commands of this package do it.
import type { CommandIO } from "../terminal/io.js";
import type { ExitCode } from "./exit-codes.js";
import { reportFailure } from "./failure.js";

export interface ReportErrorOptions {
  /** What people type before the command, as `createAuthCommands` takes it: `notes auth`. */
  readonly name: string;
  /** Print `{ "error": ... }` on stdout as well. @default false */
  readonly json?: boolean;
  readonly io: CommandIO;
}

/**
 * Says on stderr what happened and what to do next, in a line that begins with `name` and ends with the error's code; returns
 * the exit code: 4 where a sign-in is needed, 2 for a configuration that is wrong, 130 for a cancelled one, else 1. An error that
 * is no AuthError is `unexpected`. No secret is in it, and no stack trace unless `LOOPKEY_DEBUG` is set.
 */
export function reportError(error: unknown, { name, json = false, io }: ReportErrorOptions): ExitCode {
  return reportFailure(error, { program: name, signIn: `${name} login` }, { json, io });
}
