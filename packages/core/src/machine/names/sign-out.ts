// What the names in the states of a sign-out stand for.
import { assign, emit, enqueueActions } from "xstate";
import type { SignOutResult, SignOutStep } from "../../session/sign-out-result.js";
import { visitFailedNotice, visitNotice } from "../../config/notices.js";
import { AuthError, toReason } from "../../ground/errors.js";
import type { AuthContext, Failure } from "../vocabulary.js";
import { sessionNames } from "./session.js";

export const signOutNames = sessionNames.extend({
  guards: {
    isServerUnknown: (_, { error }: Failure) =>
      error instanceof AuthError && error.code === "discovery_failed",
    sparesStored: ({ context }) => context.signOut?.sparesStored === true,
    visits: ({ context }) => context.signOut?.visits === true,
  },
  actions: {
    beginSignOut: assign(({ context, event }) =>
      event.type === "signOut"
        ? {
            // The newest tokens, saved or not: they are the ones to revoke.
            session: context.candidate ?? context.session,
            candidate: undefined,
            failure: undefined,
            signOut: {
              visits: event.visits,
              timeoutMs: event.timeoutMs,
              sparesStored: false,
              result: NOTHING_DONE,
            },
          }
        : {},
    ),
    noteDone: assign(({ context: { signOut } }, done: Partial<SignOutResult>) =>
      signOut ? { signOut: { ...signOut, result: { ...signOut.result, ...done } } } : {},
    ),
    skipVisit: assign(({ context: { signOut } }) =>
      signOut ? { signOut: { ...signOut, visits: false } } : {},
    ),
    /** The person is signed out here: what is left is for the server to know whose session to end. */
    keepHintOnly: assign(({ context: { session } }) => {
      const idToken = session?.tokens.idToken;
      if (!session) return {};
      const { others: _, ...rest } = session;
      return { session: { ...rest, tokens: idToken ? { idToken } : {} } };
    }),
    /** Nothing of ours is stored: `done`. Not known, because another process keeps the lock: `failed`. */
    spareStored: assign(({ context: { signOut } }, local: SignOutStep) =>
      signOut ? { signOut: { ...signOut, sparesStored: true, result: { ...signOut.result, local } } } : {},
    ),
    noteVisit: assign(({ context: { signOut }, event }) =>
      event.type === "visitReady" && signOut ? { signOut: { ...signOut, url: event.url } } : {},
    ),
    tellVisitFailed: enqueueActions(({ event, enqueue }) => {
      if (event.type === "visitFailed")
        enqueue.emit({ type: "notice", notice: visitFailedNotice(event.error) });
    }),
    tellVisitTimedOut: emit({ type: "notice" as const, notice: visitNotice }),
    endSignOut: enqueueActions(({ context: { signOut, now }, enqueue }) => {
      if (!signOut) return;
      enqueue.emit({ type: "signedOut", result: signOut.result });
      const reason = toReason(new AuthError("signed_out", "You signed out."), now());
      enqueue.assign({ signOut: undefined, session: undefined, degraded: undefined, failures: 0, reason });
    }),
  },
});

const NOTHING_DONE: SignOutResult = { local: "skipped", revocation: "skipped", endSession: "skipped" };

/** Neither the tokens nor the browser can be sent to a server whose endpoints could not be found. */
export function serverUnknown({
  context: { signOut },
}: {
  readonly context: AuthContext;
}): Partial<SignOutResult> {
  return { revocation: "failed", ...(signOut?.visits ? { endSession: "failed" } : {}) };
}
