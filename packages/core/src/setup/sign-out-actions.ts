// What is noted and told of a sign-out.
import { assign, emit, enqueueActions } from "xstate";
import { AuthError, toReason } from "../errors.js";
import type { SignOutResult, SignOutStep } from "../machine-types.js";
import { visitNotice } from "../notices.js";
import { setupWithSession } from "./session-actions.js";

export const setupWithSignOut = setupWithSession.extend({
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
      return session ? { session: { ...session, tokens: idToken ? { idToken } : {} } } : {};
    }),
    /** Nothing of ours is stored: `done`. Not known, because another process keeps the lock: `failed`. */
    spareStored: assign(({ context: { signOut } }, local: SignOutStep) =>
      signOut ? { signOut: { ...signOut, sparesStored: true, result: { ...signOut.result, local } } } : {},
    ),
    noteVisit: assign(({ context: { signOut }, event }) =>
      event.type === "visitReady" && signOut ? { signOut: { ...signOut, url: event.url } } : {},
    ),
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
