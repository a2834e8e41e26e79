// What the names stand for that are about another process: it signed in, signed out, or changed the account.
import { assign, enqueueActions } from "xstate";
import { AuthError, toReason } from "../../ground/errors.js";
import { isStepUp } from "../../oauth/sign-in-attempt.js";
import { isGrantRefused } from "../../session/refused-grant.js";
import { standingOf, type Stored } from "../../session/read-stored.js";
import { isUsable, type LiveSession } from "../../session/session.js";
import type { AuthContext, Failure } from "../vocabulary.js";
import { sessionNames } from "./session.js";

export const elsewhereNames = sessionNames.extend({
  guards: {
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
    noteElsewhere: assign(({ context: { now } }, code: keyof typeof ELSEWHERE) => ({
      reason: toReason(new AuthError(code, ELSEWHERE[code]), now()),
    })),
  },
});

const ELSEWHERE = {
  answer_lost:
    "The server has ended this session: its answer to a refresh was lost on the way, or could not be saved.",
  signed_out_elsewhere: "You were signed out in another window or process of this app.",
  account_changed: "Somebody else has signed in in another window or process of this app.",
} as const;

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
