// doctor: what would keep a person from signing in, a line each, and below it what to do where that is long. Opens no
// browser, and needs nobody to be signed in.
import { AuthError } from "@loopkey/core/light";
import { abortable } from "../outcome/abortable.js";
import { EXIT, type ExitCode } from "../outcome/exit-codes.js";
import { linesOf as failureLines, toFailure, type Advice } from "../outcome/failure.js";
import { printLines, printVersioned, type CommandIO } from "../terminal/io.js";
import { clean } from "../terminal/text.js";
import type { CommandOptions, DoctorCheck, Opened } from "./frame.js";

/** 0: nothing failed. 1: something did; what it is stands in the lines, or in the report with `--json`. */
export async function doctor(opened: Opened, { json }: CommandOptions, io: CommandIO): Promise<ExitCode> {
  const { preflight, advice } = opened;
  if (!preflight) throw new AuthError("invalid_config", "There is nothing to examine.");
  const signal = io.signal === undefined ? {} : { signal: io.signal };
  const report = await abortable(preflight(signal), io.signal);
  if (json) printVersioned(io, report);
  else
    printLines(
      io.stdout,
      report.checks.flatMap((check) => linesOf(check, advice)),
    );
  return report.ok ? EXIT.done : EXIT.failed;
}

function linesOf({ status, name, message, code, hint }: DoctorCheck, advice: Advice): string[] {
  // The words that any other command has for this failure.
  const [first, ...rest] =
    code !== undefined && (status === "failed" || status === "warned")
      ? failureLines(toFailure(new AuthError(code, message, { hint }), advice))
      : [[message, status === "warned" || status === "failed" ? hint : undefined].filter(Boolean).join(" ")];
  return [
    `${status.padEnd(8)} ${`${name}:`.padEnd(9)} ${clean(first)}`,
    ...rest.map((line) => `${" ".repeat(9)}${clean(line)}`),
  ];
}
