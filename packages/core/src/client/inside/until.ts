// Waiting for the machine: until it is somewhere, or the caller no longer cares.
import type { Actor, SnapshotFrom } from "xstate";
import { abortedCall, AuthError } from "../../ground/errors.js";
import type { authMachine } from "../../machine/machine.js";
import { SAVES_TO_STAY_FOR } from "../../session/refresh-schedule.js";

export type AuthActor = Actor<typeof authMachine>;
export type AuthSnapshot = SnapshotFrom<typeof authMachine>;

type Holds = (snapshot: AuthSnapshot) => boolean;

/** The first snapshot for which `holds`, now or later. Rejects with `cancelled` when the signal aborts, or `closed`. */
export function until(actor: AuthActor, holds: Holds, signal?: AbortSignal): Promise<AuthSnapshot> {
  if (signal?.aborted) return Promise.reject(abortedCall());
  if (isStopped(actor)) return Promise.reject(closed());
  const snapshot = actor.getSnapshot();
  return holds(snapshot) ? Promise.resolve(snapshot) : abandonable(waitFor(actor, holds), signal);
}

const waits = new WeakMap<AuthActor, Map<Holds, Promise<AuthSnapshot>>>();

/** One look at each change for all who wait for the same: with a look each, the work would grow with their square. */
function waitFor(actor: AuthActor, holds: Holds): Promise<AuthSnapshot> {
  const ofActor = waits.get(actor) ?? new Map<Holds, Promise<AuthSnapshot>>();
  waits.set(actor, ofActor);
  const wait = ofActor.get(holds) ?? firstOf(actor, holds, () => void ofActor.delete(holds));
  ofActor.set(holds, wait);
  return wait;
}

function firstOf(actor: AuthActor, holds: Holds, onEnd: () => void): Promise<AuthSnapshot> {
  const wait = new Promise<AuthSnapshot>((resolve, reject) => {
    const end = (settle: () => void): void => {
      subscription.unsubscribe();
      onEnd();
      settle();
    };
    const subscription = actor.subscribe({
      next: (snapshot) => holds(snapshot) && end(() => resolve(snapshot)),
      complete: () => end(() => reject(closed())),
    });
  });
  // All who waited may have gone.
  wait.catch(() => {});
  return wait;
}

/** The same, until the caller no longer cares. */
export function abandonable<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return shared;
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(abortedCall());
    signal.addEventListener("abort", aborted);
    if (signal.aborted) aborted();
    void shared.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
  });
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
  const { value, context } = snapshot;
  if (context.attempt?.isLooking) return false;
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
