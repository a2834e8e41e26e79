// What the names stand for that judge what another process left in the store, or beside its lock.
import { assign, emit } from "xstate";
import { adoptedNotice } from "../../config/notices.js";
import { AuthError, toReason } from "../../ground/errors.js";
import { standingOf, type Stored } from "../../session/read-stored.js";
import { degradedFor, isGrantRefused, type RefusedGrant } from "../../session/refused-in-other-words.js";
import type { LiveSession } from "../../session/session.js";
import { signInNames } from "./sign-in.js";

export const elsewhereNames = signInNames.extend({
  guards: {
    isLost: ({ context }, stored: Stored) =>
      standingOf(stored, context.session) === "gone" && stored.lostSession === context.session?.id,
    isGone: ({ context }, stored: Stored) => standingOf(stored, context.session) === "gone",
    isStranger: ({ context }, stored: Stored) => standingOf(stored, context.session) === "stranger",
    isCopied: ({ context }, stored: Stored) => standingOf(stored, context.session) === "copied",
    isOurs: ({ context }, stored: Stored) => standingOf(stored, context.session) === "ours",
    // The same person, in another session than ours.
    isSignedInAnew: ({ context }, stored: Stored) =>
      standingOf(stored, context.session) === "other" && stored.session?.id !== context.session?.id,
    isKnownRefused: ({ context: { session, isForced } }, found: Stored) =>
      !isForced && standingOf(found, session) === "ours" && knownRefusal(session, found) !== undefined,
    // What was given up here, another process has got going again.
    isRenewedElsewhere: ({ context: { session } }, found: Stored) =>
      session !== undefined && isGrantRefused(session) && standingOf(found, session) === "other",
  },
  actions: {
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
