// What another process did to the session, looked for when a token is asked for and at `wake()`: the sender of `changedElsewhere`.
import type { StampWatch } from "../../session/stamp-watch.js";
import { until, type AuthActor, type AuthSnapshot } from "./until.js";

const CHANGED = { type: "changedElsewhere" } as const;

/** Under the lock nobody else changes anything, and what is stored has been read. */
function isUnderLock(snapshot: AuthSnapshot): boolean {
  return snapshot.matches("refreshing") && !snapshot.matches({ refreshing: "locking" });
}

/** Whether it can be told now, or need not. */
function mayTell(snapshot: AuthSnapshot): boolean {
  return snapshot.can(CHANGED) || isUnderLock(snapshot);
}

/**
 * Tells the machine what was done in another process: at once, or when what is under way is over. Whether there was something
 * to tell. Rejects as {@link until}.
 */
export async function lookElsewhere(
  actor: AuthActor,
  watch: StampWatch,
  signal?: AbortSignal,
): Promise<boolean> {
  // The machine is asked last: many may wait for it, and mostly nothing has changed.
  // oxlint-disable-next-line no-await-in-loop
  while (watch.hasChanged() && !mayTell(actor.getSnapshot())) await until(actor, mayTell, signal);
  const isNews = watch.hasChanged() && actor.getSnapshot().can(CHANGED);
  if (isNews) actor.send(CHANGED);
  return isNews;
}
