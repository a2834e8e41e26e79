// The machine's events in the words of the world, for the reference.
import type { AuthEvent } from "../../src/machine/vocabulary.js";
import { RefreshFailure } from "../../src/oauth/refresh-request.js";
import { standingOf, type Stored } from "../../src/session/read-stored.js";
import { isGrantRefused } from "../../src/session/refused-in-other-words.js";
import { isPastProof, type LiveSession } from "../../src/session/session.js";
import type { Snapshot } from "./model.js";
import type { Happening } from "./reference.js";

const ACTOR_REPORT = /^xstate\.(done|error)\.actor\.(.*)$/;

export function happeningOf(event: AuthEvent, source: Snapshot): Happening {
  const [, outcome, actor] = ACTOR_REPORT.exec(event.type) ?? [];
  const { output, error } = event as unknown as { readonly output?: unknown; readonly error?: unknown };
  if (outcome && actor) return reported(actor, outcome === "error", output, error, source);
  if (event.type === "reviewed") return event.stored ? read(event.stored, source) : { name: "read failed" };
  if (event.type === "redirected")
    return { name: event.redirect.reveal().url.searchParams.has("error") ? "denied" : "redirected" };
  if (event.type === "signIn") return { name: "signIn", isStepUp: event.attempt.maxAge !== undefined };
  return { name: NAMES[event.type] ?? event.type };
}

const NAMES: Readonly<Record<string, string>> = {
  changedElsewhere: "changed elsewhere",
  refreshDue: "refresh due",
  timerLate: "wake",
  networkFailed: "wake",
  deadlinePassed: "out of time",
  listenFailed: "failed",
  lockFailed: "lock failed",
};

function reported(
  actor: string,
  isError: boolean,
  output: unknown,
  error: unknown,
  source: Snapshot,
): Happening {
  switch (actor) {
    case "readStore":
      return isError ? { name: "read failed" } : read(output as Stored, source);
    case "awaitApproval":
      return isError ? { name: "failed" } : given("approved", output as LiveSession, source);
    case "redeemCode":
      return isError ? { name: "failed" } : given("given", output as LiveSession, source);
    case "refreshSession":
      if (isError) {
        const code = error instanceof RefreshFailure ? error.error.code : undefined;
        return { name: "failed", isVerdict: code === "session_ended" || code === "answer_lost" };
      }
      return given("given", (output as { readonly session: LiveSession }).session, source);
    case "saveSession":
    case "saveUnderLock":
      return { name: isError ? "save failed" : "saved" };
    case "clearStore":
      return { name: isError ? "clear failed" : "cleared" };
    case "markSession":
      return { name: isError ? "failed" : "marked" };
    default:
      return { name: isError ? "failed" : actor };
  }
}

function given(name: string, session: LiveSession, { context }: Snapshot): Happening {
  const isAnothers = context.session !== undefined && standingOf({ session }, context.session) === "stranger";
  return { name, id: session.id, isDoubtful: isPastProof(session), isAnothers };
}

function read(stored: Stored, source: Snapshot): Happening {
  const { session } = stored;
  const isUseful = session?.tokens.accessToken !== undefined || session?.tokens.refreshToken !== undefined;
  return {
    name: "read",
    standing: standingOf(stored, source.context.session),
    id: session?.id,
    isUseful,
    ...(session ? { isDoubtful: isPastProof(session) } : {}),
    isRefused: session !== undefined && isGrantRefused(session),
  };
}
