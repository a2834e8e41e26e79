// explain: why somebody is signed out, in sentences, from what all processes of the app have noted. Asks no network.
import type { HistoryEntry } from "@loopkey/core";
import { explain as explainHistory } from "@loopkey/core/explain";
import { abortable } from "../outcome/abortable.js";
import { EXIT, type ExitCode } from "../outcome/exit-codes.js";
import { printLines, printVersioned, type CommandIO } from "../terminal/io.js";
import { clean, isoTime } from "../terminal/text.js";
import type { CommandOptions, Opened } from "./frame.js";

/** The JSON of `explain --json`. Times are ISO 8601. */
export interface ExplainReport {
  readonly v: 1;
  readonly profile: string | null;
  readonly issuer: string | null;
  readonly clientId: string | null;
  readonly signedIn: boolean;
  readonly cause: string;
  readonly sentences: readonly string[];
  readonly hint: string | null;
  readonly at: string | null;
  readonly process: string | null;
  readonly history: readonly {
    readonly at: string | null;
    readonly process: string | null;
    readonly state: string;
    readonly event: string;
    readonly reason: HistoryEntry["reason"] | null;
  }[];
}

/** 0, whatever the answer is: `status` has the exit codes for scripts. */
export async function explain(opened: Opened, { json }: CommandOptions, io: CommandIO): Promise<ExitCode> {
  const { client, journal, account, advice } = opened;
  const state = client && (await abortable(client.ready(), io.signal));
  const reading: Promise<readonly HistoryEntry[]> = journal?.read() ?? Promise.resolve([]);
  const kept = await abortable(reading, io.signal);
  const found = explainHistory({
    state: state ?? { status: "idle", store: { kind: "none", persistent: false }, can: [] },
    history: [...kept, ...(client?.history().filter(({ reason }) => reason !== undefined) ?? [])],
  });
  const { signedIn, cause, sentences, decidedBy, history } = found;
  const hint = hintOf(found, advice.signIn);
  if (json) {
    const report: Omit<ExplainReport, "v"> = {
      ...account,
      signedIn,
      cause,
      sentences,
      hint,
      at: isoTime(decidedBy?.at),
      process: decidedBy?.process ?? null,
      history: history.map((entry) => toStep(entry)),
    };
    printVersioned(io, report);
  } else printLines(io.stdout, [...sentences, ...(hint === null ? [] : [hint])].map(clean));
  return EXIT.done;
}

/** What to type, where it is a sign-in that helps. */
function hintOf({ cause, hint, signedIn }: ReturnType<typeof explainHistory>, signIn: string): string | null {
  if (hint === undefined) return null;
  const isUpToPerson = cause === "sign_in_required" || (!signedIn && hint.startsWith("Sign in"));
  return isUpToPerson ? `Run "${signIn}".` : hint;
}

function toStep({ at, process, state, event, reason }: HistoryEntry): ExplainReport["history"][number] {
  return { at: isoTime(at), process: process ?? null, state, event, reason: reason ?? null };
}
