// What the names stand for that judge what another process left in the store, or beside its lock.
import { assign, emit, enqueueActions } from "xstate";
import { adoptedNotice } from "../../config/notices.js";
import { AuthError, toReason } from "../../ground/errors.js";
import { isStepUp } from "../../oauth/sign-in-attempt.js";
import { standingOf, type Stored } from "../../session/read-stored.js";
import { degradedFor, isGrantRefused, type RefusedGrant } from "../../session/refused-in-other-words.js";
import { isUsable, type LiveSession } from "../../session/session.js";
import type { AuthContext, Failure } from "../vocabulary.js";
import { signInNames } from "./sign-in.js";

export const elsewhereNames = signInNames.extend({
  guards: {
    isLost: ({ context }, stored: Stored) =>
      standingOf(stored, context.session) === "gone" && stored.lostSession === context.session?.id,
    isGone: ({ context }, stored: Stored) => standingOf(stored, context.session) === "gone",
    isStranger: ({ context }, stored: Stored) => standingOf(stored, context.session) === "stranger",
    isCopied: ({ context }, stored: Stored) => standingOf(stored, context.session) === "copied",
    isOurs: ({ context }, stored: Stored) => standingOf(stored, context.session) === "ours",
    isKnownRefused: ({ context: { session, isForced } }, found: Stored) =>
      !isForced && standingOf(found, session) === "ours" && knownRefusal(session, found) !== undefined,
    // The same person, in another session than ours; or what was given up here, another process has got going again.
    isReplacedElsewhere: ({ context: { session } }, found: Stored) =>
      session !== undefined &&
      standingOf(found, session) === "other" &&
      (found.session?.id !== session.id || isGrantRefused(session)),
    // While a sign-in waits: what it began on top of is not the session any more.
    isBaseOver: ({ context: { session } }, found: Stored) => isBaseOver(session, found),
    isStepUpOver: ({ context: { session, attempt } }, found: Stored) =>
      attempt !== undefined && isStepUp(attempt) && isBaseOver(session, found),
    isBaseFound: ({ context }, { session }: Stored) =>
      context.session === undefined && session !== undefined && isUsable(session, context.now()),
    isOverElsewhere: ({ context: { reason } }) => reason !== undefined && reason.code in ELSEWHERE,
  },
  actions: {
    beginLook: enqueueActions(({ context: { attempt }, enqueue }) => {
      if (attempt) enqueue.assign({ attempt: { ...attempt, isLooking: true } });
      enqueue.sendTo("reviewStored", { type: "changedElsewhere" });
    }),
    endLook: assign(({ context: { attempt } }) => {
      if (!attempt) return {};
      const { isLooking: _, ...rest } = attempt;
      return { attempt: rest };
    }),
    /** What other versions of the app have added to our record meanwhile. */
    keepOthers: assign(({ context }, { session: found }: Stored) =>
      context.session && found?.others ? { session: { ...context.session, others: found.others } } : {},
    ),
    /** Another process's newer record, of the same person. */
    adoptStored: assign(({ context }, { session = context.session }: Stored) => ({
      session,
      degraded: degradedFor(session, context.now()),
      failures: 0,
      reason: undefined,
      lostAnswers: 0,
    })),
    adoptRefusal: assign(({ context: { session, now } }, found: Stored) => {
      const refused = knownRefusal(session, found);
      const { others = session?.others } = found.session ?? {};
      const marked = session && { ...session, ...(refused && { refused }), ...(others && { others }) };
      return { session: marked, degraded: degradedFor(marked, now()), failures: 0, lostAnswers: 0 };
    }),
    noteElsewhere: assign(({ context: { now } }, code: keyof typeof ELSEWHERE) => ({
      reason: toReason(new AuthError(code, ELSEWHERE[code]), now()),
    })),
    tellAdopted: emit({ type: "notice" as const, notice: adoptedNotice }),
  },
});

const ELSEWHERE = {
  answer_lost:
    "The server has ended this session: its answer to a refresh was lost on the way, or could not be saved.",
  signed_out_elsewhere: "You were signed out in another window or process of this app.",
  account_changed: "Somebody else has signed in in another window or process of this app.",
} as const;

/** What this process or the one that stored it knows of the refresh token that both have. */
function knownRefusal(own: LiveSession | undefined, { session: found }: Stored): RefusedGrant | undefined {
  const known = [found, own].find((session) => session && isGrantRefused(session));
  return known?.generation === own?.generation ? known?.refused : undefined;
}

function isBaseOver(session: LiveSession | undefined, found: Stored): boolean {
  return session !== undefined && ["gone", "stranger", "copied"].includes(standingOf(found, session));
}

/** Why there is nothing to sign in on top of any more. */
export function baseOver({
  context: { session },
  event: { stored = {} },
}: {
  readonly context: AuthContext;
  readonly event: { readonly stored: Stored | undefined };
}): Failure {
  if (stored.copied) return { error: stored.copied };
  const isLost = session !== undefined && stored.lostSession === session.id;
  const whoseElse = standingOf(stored, session) === "stranger" ? "account_changed" : "signed_out_elsewhere";
  const code = isLost ? "answer_lost" : whoseElse;
  return { error: new AuthError(code, ELSEWHERE[code]) };
}

/** What a look beside a sign-in has found; nothing new, where the store did not say. */
export function reviewed({
  context: { session },
  event,
}: {
  readonly context: AuthContext;
  readonly event: { readonly stored: Stored | undefined };
}): Stored {
  return event.stored ?? (session ? { session } : {});
}
