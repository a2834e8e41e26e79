// What a client that was closed in a hurry could not finish: in words, for whoever reads stderr.
import type { AuthClient } from "@loopkey/core";
import { actorOf } from "@loopkey/core/machine";

const SIGN_IN_AGAIN = "If the session is lost, sign in again.";

/** Closes it within the limit. Resolves to what must be told, or undefined when nothing was cut off. */
export async function closeWithin(client: AuthClient, timeoutMs: number): Promise<string | undefined> {
  const actor = actorOf(client);
  const isSavingSignIn = (): boolean => actor.getSnapshot().matches({ exchanging: "saving" });
  let wasSavingSignIn = isSavingSignIn();
  const subscription = actor.subscribe(() => (wasSavingSignIn ||= isSavingSignIn()));
  await client.close({ timeoutMs });
  subscription.unsubscribe();
  return leftBehind(client, wasSavingSignIn);
}

/** `idle`, `restoring`, `authenticated` and a wait for the person lose nothing. */
function leftBehind(client: AuthClient, wasSavingSignIn: boolean): string | undefined {
  const snapshot = actorOf(client).getSnapshot();
  const { degraded, reason, lostAnswers } = snapshot.context;
  const isIn = (...names: readonly string[]): boolean =>
    names.some((refreshing) => snapshot.matches({ refreshing } as never));
  if (isIn("persisting", "pausing"))
    return `The renewed session could not be saved. ${said(degraded)}${SIGN_IN_AGAIN}`;
  if (
    isIn("requesting") ||
    (isIn("askingAgain", "approaching", "checkingPath", "preparing") && lostAnswers > 0)
  )
    return `A refresh that was sent has not been answered, and is given up. ${SIGN_IN_AGAIN}`;
  if (isIn("judging", "comparing", "marking", "ending"))
    return "What the server said of the session could not be noted in time.";
  if (snapshot.matches("logging-out"))
    return "The sign-out could not be finished in time: the session may still be stored.";
  if (wasSavingSignIn && !snapshot.matches("authenticated"))
    return `You signed in, but the session could not be saved. ${said(reason)}Sign in again.`;
  return undefined;
}

function said(reason: { readonly message: string; readonly hint?: string } | undefined): string {
  return reason ? `${[reason.message, reason.hint].filter(Boolean).join(" ")} ` : "";
}
