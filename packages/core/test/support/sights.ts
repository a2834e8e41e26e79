// What is seen of a state, an event or a step of the model, in the words that the invariants are written in.
import type { StoreReading } from "../../src/actors/declarations.js";
import { toState } from "../../src/client/inside/to-state.js";
import { RefreshFailure } from "../../src/oauth/refresh-request.js";
import { standingOf, type Stored } from "../../src/session/read-stored.js";
import { isGrantRefused } from "../../src/session/refused-in-other-words.js";
import { isPastProof } from "../../src/session/session.js";
import type { Edge } from "./explore.js";
import { nameOf, type Snapshot } from "./model.js";

const STORE = { kind: "test", persistent: true };

/** What apps see. */
export const seen = (state: Snapshot) => toState(state, STORE);

export const runs = (actor: string) => (state: Snapshot) => actor in state.children;

/** By its name, or that of the state around it. */
export const isIn =
  (...names: readonly string[]) =>
  (state: Snapshot): boolean =>
    names.some((name) => nameOf(state) === name || nameOf(state).startsWith(`${name}.`));

/** Steps that lead there from elsewhere. */
export const enters =
  (there: (state: Snapshot) => boolean) =>
  ({ source, target }: Edge): boolean =>
    there(target) && !there(source);

export const leaves =
  (there: (state: Snapshot) => boolean) =>
  ({ source, target }: Edge): boolean =>
    there(source) && !there(target);

export const isSigningIn = isIn("awaiting-callback", "exchanging");
/** Where what is stored is being deleted after a verdict, the person is signed out already. */
export const isOut = isIn("logged-out", "refreshing.ending");
export const typeOf = ({ event }: Edge): string => event.type;

/** The server has refused its refresh token in words of its own. */
export const isMarked = ({ context: { session } }: Snapshot): boolean =>
  session !== undefined && isGrantRefused(session);
export const isPast = ({ context: { session } }: Snapshot): boolean =>
  session !== undefined && isPastProof(session);

/** How the store is read in a state that reads it. */
export function readingOf(state: Snapshot): StoreReading {
  return (state.children["readStore"]!.getSnapshot() as { readonly input: StoreReading }).input;
}

/** What the record that was read is to the session in memory, where the event is a reading. */
export function storedIn({ source, event }: Edge): ReturnType<typeof standingOf> | undefined {
  const { session } = source.context;
  if (event.type === "reviewed") return event.stored && standingOf(event.stored, session);
  const found = outputOf(event);
  return typeOfAny(event) === "xstate.done.actor.readStore"
    ? standingOf(found as Stored, session)
    : undefined;
}

/** Why a step may end in logged-out. */
export function verdictOf(edge: Edge): string {
  const { source, event } = edge;
  const standing = storedIn(edge);
  const found = (event.type === "reviewed" ? event.stored : outputOf(event)) as Stored | undefined;
  if (standing === "gone")
    return found?.lostSession === source.context.session?.id ? "answer_lost" : "signed_out_elsewhere";
  if (standing === "stranger") return "account_changed";
  const isJudged = isIn("refreshing.judging")(source) && (standing === "ours" || "error" in event);
  return isJudged ? String(source.context.reason?.code) : "no verdict";
}

/** What a refresh was refused with. */
export function codeOf({ event }: Edge): string | undefined {
  const { error } = event as { readonly error?: unknown };
  return error instanceof RefreshFailure ? error.error.code : undefined;
}

export function outputOf(event: object): unknown {
  return (event as { readonly output?: unknown }).output;
}

/** Reports of actors are events too, which the machine's own type does not name. */
function typeOfAny({ type }: { readonly type: string }): string {
  return type;
}
