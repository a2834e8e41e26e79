// status: who is signed in, as far as this machine knows. Asks no network.
import { AuthError } from "@loopkey/core/light";
import { abortable } from "../outcome/abortable.js";
import { EXIT, type ExitCode } from "../outcome/exit-codes.js";
import { reportFailure, toFailure, type Advice } from "../outcome/failure.js";
import { DEFAULT_STORE } from "../profiles/store.js";
import { printJson, printLines, type CommandIO } from "../terminal/io.js";
import type { CommandOptions, Opened } from "./frame.js";
import { emptyReport, isUpToPerson, reasonOf, sessionLines, sessionOf, toReport } from "./status-report.js";

/** The store cannot be read, or only under a lock that is not to be had: nobody knows who is signed in. */
const UNREAD: ReadonlySet<string> = new Set(["store_unavailable", "lock_timeout", "lock_unavailable"]);

/** 0: signed in. 4: not. 1: the store cannot be read; with `--json` the reason stands in the status. */
export async function status(opened: Opened, { json }: CommandOptions, io: CommandIO): Promise<ExitCode> {
  const { client, account, advice } = opened;
  const state = client && (await abortable(client.ready(), io.signal));
  const others = (await opened.otherProfiles?.()) ?? [];
  const report = state ? toReport(account, state) : emptyReport(account, DEFAULT_STORE);
  if (json) printJson(io, { ...report, ...(others.length > 0 && { otherProfiles: others }) });

  const session = state && sessionOf(state);
  if (session && !isUpToPerson(state)) {
    if (!json) printLines(io.stdout, [...sessionLines(account, state, session), ...linesOf(others, advice)]);
    return EXIT.done;
  }
  const reason = state && reasonOf(state);
  const why = reason && new AuthError(reason.code, reason.message, { hint: reason.hint });
  // With --json the one value is printed already, and the reason is in it.
  if (why && UNREAD.has(why.code)) return reportFailure(why, advice, { json: false, io });
  if (!json) {
    const because = why ? ` ${toFailure(why, advice).message}` : "";
    printLines(io.stdout, [`Not signed in.${because} Run "${advice.signIn}".`, ...linesOf(others, advice)]);
  }
  return EXIT.signInNeeded;
}

function linesOf(others: readonly string[], { program }: Advice): string[] {
  return others.length === 0 ? [] : [`Other profiles: ${others.join(", ")} ("${program} list").`];
}
