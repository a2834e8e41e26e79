// Waiting for the machine: until it is somewhere, or the caller no longer cares.
import type { Actor, SnapshotFrom } from "xstate";
import { abortedCall, AuthError } from "../../ground/errors.js";
import type { authMachine } from "../../machine/machine.js";
import type { StampWatch } from "../../session/stamp-watch.js";
import { SAVES_TO_STAY_FOR } from "../../session/refresh-schedule.js";

export type AuthActor = Actor<typeof authMachine>;
export type AuthSnapshot = SnapshotFrom<typeof authMachine>;

/** The first snapshot for which `holds`, now or later. Rejects with `cancelled` when the signal aborts, or `closed`. */
export function until(
  actor: AuthActor,
  holds: (snapshot: AuthSnapshot) => boolean,
  signal?: AbortSignal,
): Promise<AuthSnapshot> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => end(() => reject(abortedCall()));
    const look = (snapshot: AuthSnapshot): void => {
      if (holds(snapshot)) end(() => resolve(snapshot));
    };
    const subscription = actor.subscribe({
      next: look,
      complete: () => end(() => reject(closed())),
    });
    signal?.addEventListener("abort", aborted);
    if (signal?.aborted) aborted();
    else if (isStopped(actor)) end(() => reject(closed()));
    else look(actor.getSnapshot());

    function end(settle: () => void): void {
      subscription.unsubscribe();
      signal?.removeEventListener("abort", aborted);
      settle();
    }
  });
}

/** Tells the machine what was done in another process, where that could matter to it now. Whether there was something. */
export function lookElsewhere(actor: AuthActor, watch: StampWatch): boolean {
  const event = { type: "changedElsewhere" } as const;
  // The machine is asked last: many may wait for it, and mostly nothing has changed.
  const isNews = watch.hasChanged() && actor.getSnapshot().can(event);
  if (isNews) actor.send(event);
  return isNews;
}

/** A refresh for another API: that is no change of the session. */
export function isMinting(snapshot: AuthSnapshot): boolean {
  return snapshot.matches("refreshing") && snapshot.context.target !== undefined;
}

export function isStopped(actor: AuthActor): boolean {
  return (actor.getSnapshot().status as string) !== "active";
}

export function closed(): AuthError {
  return new AuthError("closed", "The client was closed.");
}

const BUSY: ReadonlySet<string> = new Set(["restoring", "reviewing", "logging-out", "visiting"]);

/** Whether a command can be taken now: nothing is under way that ends only by its own outcome. */
export function isSettled(snapshot: AuthSnapshot): boolean {
  // Asked by each who waits, at each change: without matches(), which takes both apart each time.
  const { value } = snapshot;
  if (typeof value === "string") return !BUSY.has(value);
  const [[state, within]] = Object.entries(value) as [[string, unknown]];
  return state === "refreshing" ? within === "pausing" : !BUSY.has(state);
}

/**
 * Whether the machine may be stopped: no request that may rotate a token, none whose answer was lost and that is made once
 * more, no write to the store that is half done, or tried again in vain for less than half a minute.
 */
export function mayStop(snapshot: AuthSnapshot): boolean {
  const { lostAnswers, failures } = snapshot.context;
  if (snapshot.matches({ refreshing: "pausing" })) return failures > SAVES_TO_STAY_FOR;
  if (snapshot.matches("refreshing") && lostAnswers > 0) return false;
  const mustFinish = [
    { exchanging: "saving" },
    { refreshing: "requesting" },
    { refreshing: "judging" },
    { refreshing: "comparing" },
    { refreshing: "marking" },
    { refreshing: "persisting" },
    { refreshing: "ending" },
    "logging-out",
  ] as const;
  return !mustFinish.some((state) => snapshot.matches(state));
}
