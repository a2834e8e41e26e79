// What the machine has done so far: the last steps in memory, and those that tell a story in the journal of all processes.
import type { AuthErrorCode } from "../../ground/error-codes.js";
import { asAuthError, type AuthError } from "../../ground/errors.js";
import type { HistoryEntry, HistoryReason, Journal } from "../../ports/journal.js";
import type { SteadyClock } from "../../ports/steady-clock.js";
import { RefreshFailure } from "../../oauth/refresh-request.js";
import { inKnownWords } from "./known-words.js";
import type { AuthActor, AuthSnapshot } from "./until.js";

/** Steps kept in memory. */
const LONGEST = 200;

/** Nobody waits for a token, a page or a sign-out: there is time to write. */
const AT_REST: ReadonlySet<string> = new Set(["idle", "awaiting-callback", "authenticated", "logged-out"]);
/** A look into the store: whoever asks for the status has changed nothing. */
const LOOKING: ReadonlySet<string> = new Set(["restoring", "reviewing"]);

export interface History {
  readonly entries: () => readonly HistoryEntry[];
  /** Writes what is not written yet, and waits for nothing. */
  readonly flush: () => void;
}

/** From the machine's start on. */
export function keepHistory(actor: AuthActor, clock: SteadyClock, journal: Journal | undefined): History {
  const entries: HistoryEntry[] = [];
  // By the machine's own names: what it does not know does nothing.
  const known: ReadonlySet<string> = new Set(["xstate.init", ...actor.logic.events]);
  let unwritten: HistoryEntry[] = [];
  let last: AuthSnapshot | undefined;
  let signInError: AuthError | undefined;
  let timer: unknown;

  actor.on("signInFailed", ({ error }) => void (signInError = error));
  actor.system.inspect((inspected) => {
    if (inspected.type !== "@xstate.snapshot" || inspected.actorRef !== actor) return;
    const snapshot = inspected.snapshot as AuthSnapshot;
    if (snapshot.status === "active" && known.has(inspected.event.type)) note(snapshot, inspected.event);
  });

  function note(snapshot: AuthSnapshot, event: CausingEvent): void {
    const before = last;
    last = snapshot;
    const why = signInError ?? whyOf(snapshot, before, event);
    signInError = undefined;
    const state = pathOf(snapshot.value);
    const came = before && pathOf(before.value);
    if (state === came && why === undefined) return;
    const entry: HistoryEntry = {
      at: clock.shown(clock.now()),
      ...(journal && { process: journal.process }),
      state,
      event: eventName(event),
      ...(why && { reason: toHistoryReason(why) }),
    };
    entries.push(entry);
    if (entries.length > LONGEST) entries.shift();
    if (journal) keep(entry, came);
  }

  function keep(entry: HistoryEntry, came: string | undefined): void {
    const isStep = came === undefined || topOf(came) !== topOf(entry.state);
    if (isStep || entry.reason) unwritten.push(entry);
    if (!AT_REST.has(topOf(entry.state)) || timer !== undefined) return;
    // A turn later: who waited for this step goes first. A process that has nothing else to do stays for that turn.
    timer = clock.setTimeout(flush, 0, { keepAlive: true });
  }

  function flush(): void {
    if (timer !== undefined) clock.clearTimeout(timer);
    timer = undefined;
    const batch = withoutLooks(unwritten);
    unwritten = [];
    if (batch.length > 0) journal?.append(batch).catch(() => {});
  }

  return { entries: () => [...entries], flush };
}

interface CausingEvent {
  readonly type: string;
  readonly error?: unknown;
}

/** What nobody would miss: a session that was found as it was left, or looked at again. */
function withoutLooks(batch: readonly HistoryEntry[]): readonly HistoryEntry[] {
  return batch.filter((entry, index) => {
    const before = batch[index - 1];
    if (entry.reason) return true;
    return !LOOKING.has(entry.state) && !(before && LOOKING.has(before.state));
  });
}

function pathOf(value: AuthSnapshot["value"]): string {
  if (typeof value === "string") return value;
  const [[state, within]] = Object.entries(value) as [[string, unknown]];
  return typeof within === "string" ? `${state}.${within}` : state;
}

function topOf(state: string): string {
  return state.split(".", 1)[0]!;
}

/** `xstate.done.actor.readStore` is of no use to a person. */
function eventName({ type }: CausingEvent): string {
  if (type === "xstate.init") return "start";
  const [, end, actor] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(type) ?? [];
  return actor === undefined ? type : `${actor} ${end === "done" ? "done" : "failed"}`;
}

interface Why {
  readonly code: AuthErrorCode;
  readonly detail?: string | undefined;
  readonly oauthError?: string | undefined;
}

/** What is new about why; where nobody is signed in, always. */
function whyOf({ value, context }: AuthSnapshot, before: AuthSnapshot | undefined, event: CausingEvent) {
  const { reason, degraded } = context;
  const error = errorOf(event);
  const isOut = value === "idle" || value === "logged-out";
  const told: Why | undefined =
    reason && (isOut || reason !== before?.context.reason)
      ? reason
      : degraded !== before?.context.degraded
        ? degraded
        : undefined;
  // The error has the server's own word.
  if (error && (told === undefined || told.code === error.code)) return error;
  return told;
}

function errorOf({ type, error }: CausingEvent): AuthError | undefined {
  if (error === undefined || !(type.startsWith("xstate.error.") || type.endsWith("Failed"))) return undefined;
  return asAuthError(error instanceof RefreshFailure ? error.error : error);
}

/** Its message stays outside: it may quote a server, which may quote anything. */
function toHistoryReason({ code, ...more }: Why): HistoryReason {
  const [detail, oauthError] = [more.detail, more.oauthError].map((text) => text && inKnownWords(text));
  return { code, ...(detail && { detail }), ...(oauthError && { oauthError }) };
}
