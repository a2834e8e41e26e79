// Why somebody is signed out: from what the client sees now, and what all processes have noted. Pure.
import type { AuthState } from "../client/state.js";
import type { HistoryEntry } from "../ports/journal.js";
import { wordsOf, type ToldReason } from "./code-words.js";
import { isEnd, tellEnd, tellUnknown } from "./end-words.js";

/** What there is to go by. */
export interface ExplainOptions {
  /** Of a client that is ready. */
  readonly state: AuthState;
  /**
   * Of all processes, in the order in which it was noted: `journal.read()`, and behind it perhaps what this process alone knows yet.
   * What is there twice counts once, where it stands first. Times are shown and decide nothing: a clock may have been set.
   */
  readonly history: readonly HistoryEntry[];
  /** How a time is written for the person. @default 2026-11-30 07:15:00 UTC */
  readonly formatTime?: (at: number) => string;
}

/** The answer. */
export interface Explanation {
  /** Whether a session is there that goes on. */
  readonly signedIn: boolean;
  /**
   * An error code where one tells why; else `signed_in`, `signing_in`, `degraded` (signed in, and the last refresh failed),
   * `never_signed_in`, or `not_noted` (there was a session, and nobody has noted its end).
   */
  readonly cause: string;
  /** For the person, in this order. */
  readonly sentences: readonly string[];
  /** What to do next; absent where there is nothing to do. */
  readonly hint?: string;
  /** The step that decided, where one is known. */
  readonly decidedBy?: HistoryEntry;
  /** What was noted, in its order. */
  readonly history: readonly HistoryEntry[];
}

/**
 * Says why somebody is signed out, in sentences. Takes what the client sees as true, and what processes have noted as the reason:
 * the end that came first after the last time when somebody was signed in.
 *
 * @example
 * ```ts
 * const ports = createNodePorts({ appName: "Example Notes" });
 * const client = createAuthClient({ issuer: "https://id.example.com", clientId: "notes" }, ports);
 * const state = await client.ready();
 * const { sentences } = explain({ state, history: (await ports.journal?.read()) ?? client.history() });
 * ```
 */
export function explain({ state, history, formatTime = utc }: ExplainOptions): Explanation {
  const past = once(history);
  const where = ({ at, process }: HistoryEntry): string =>
    ` on ${formatTime(at)}${process === undefined ? "" : ` in the process ${process}`}`;
  const common = { history: past };

  if (state.status === "authenticated" || state.status === "refreshing") {
    const { degraded } = state;
    const since = past.findLast(isSignIn);
    const first = `You are signed in${since ? `, since${where(since)}` : ""}.`;
    if (!degraded) return { ...common, signedIn: true, cause: "signed_in", sentences: [first] };
    const isOver = degraded.code === "sign_in_required";
    const found = past.findLast(({ reason }) => reason?.code === degraded.code);
    return {
      ...common,
      signedIn: true,
      cause: isOver ? degraded.code : "degraded",
      sentences: isOver
        ? [
            "The session is still stored, and is of no use any more.",
            ...(tellEnd({ reason: found?.reason ?? degraded, where: found ? where(found) : "" }) ?? []),
          ]
        : [
            first,
            "The last refresh did not succeed. It is tried again, and the session stays.",
            wordsOf(degraded),
          ],
      ...(degraded.hint === undefined ? {} : { hint: degraded.hint }),
      ...(found && { decidedBy: found }),
    };
  }
  if (state.status !== "idle" && state.status !== "logged-out")
    return {
      ...common,
      signedIn: false,
      cause: "signing_in",
      sentences: ["A sign-in or a sign-out is going on."],
    };
  return { ...common, signedIn: false, ...whyOut(state.reason, past, where) };
}

type Why = Omit<Explanation, "signedIn" | "history">;

/** Nobody is signed in. What is found now goes before what was noted. */
function whyOut(
  now: (ToldReason & { readonly hint?: string }) | undefined,
  past: readonly HistoryEntry[],
  where: (entry: HistoryEntry) => string,
): Why {
  const unknown = now && tellUnknown(now);
  if (now && unknown)
    return { cause: now.code, sentences: unknown, ...(now.hint === undefined ? {} : { hint: now.hint }) };

  const lastIn = past.findLastIndex(isSignedIn);
  const after = past.slice(lastIn + 1);
  const decidedBy = endIn(after) ?? (lastIn === -1 ? endIn(past) : undefined);
  const tried = after.filter((entry) => entry.reason && !isEnd(entry.reason.code) && isOut(entry)).at(-1);
  const since = tried?.reason
    ? [`A sign-in was tried since, and did not succeed${where(tried)}: ${wordsOf(tried.reason)}`]
    : [];

  if (decidedBy?.reason)
    return {
      cause: decidedBy.reason.code,
      sentences: [...(tellEnd({ reason: decidedBy.reason, where: where(decidedBy) }) ?? []), ...since],
      hint: "Sign in again when you want to.",
      decidedBy,
    };
  if (now && isEnd(now.code))
    return {
      cause: now.code,
      sentences: [...(tellEnd({ reason: now, where: "" }) ?? []), ...since],
      hint: now.hint ?? "Sign in again.",
    };
  const last = past[lastIn];
  if (last)
    return {
      cause: "not_noted",
      sentences: [
        `You were signed in${where(last)}, and nothing is stored any more. No process of this app has noted why.`,
        "Something else has deleted it: a keyring that was reset, a folder that was cleaned, another version of the app.",
        ...since,
      ],
      hint: "Sign in again.",
      decidedBy: last,
    };
  return {
    cause: tried?.reason?.code ?? "never_signed_in",
    sentences: ["Nobody has signed in here yet: nothing is stored, and no sign-in was noted.", ...since],
    hint: "Sign in.",
  };
}

/** The first that ends it; one who has only noticed what another did is believed where the other has noted nothing. */
function endIn(entries: readonly HistoryEntry[]): HistoryEntry | undefined {
  const ends = entries.filter(({ reason }) => reason !== undefined && isEnd(reason.code));
  const first = ends.find(({ reason }) => reason?.code !== "signed_out_elsewhere") ?? ends[0];
  // Of several steps of one end the one that has the server's own word.
  return (
    ends.find(({ reason }) => reason?.oauthError !== undefined && reason.code === first?.reason?.code) ??
    first
  );
}

function isSignedIn({ state, reason }: HistoryEntry): boolean {
  return state.startsWith("authenticated") && reason?.code !== "sign_in_required";
}

/** By a person, not by a refresh. */
function isSignIn({ state, event }: HistoryEntry): boolean {
  return state.startsWith("authenticated") && event.startsWith("saveUnderLock");
}

function isOut({ state }: HistoryEntry): boolean {
  return state === "idle" || state === "logged-out";
}

function once(history: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const seen = new Set<string>();
  return history.filter(({ at, process, state, event }) => {
    const key = JSON.stringify([at, process, state, event]);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

function utc(at: number): string {
  const [day, time] = new Date(at).toISOString().split(/[T.]/);
  return `${day} ${time} UTC`;
}
