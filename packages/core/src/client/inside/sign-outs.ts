// Which calls of signOut() wait for the sign-out that is going on; its result, item by item.
import type { ResolvedConfig } from "../../config/config.js";
import { fromReason } from "../../ground/errors.js";
import type { SignOutResult } from "../../session/sign-out-result.js";
import { positive, refuseUnknown } from "../../config/option-checks.js";
import type { SignOutOptions } from "../auth-client.js";
import { closed, isSettled, isStopped, until, type AuthActor, type AuthSnapshot } from "./until.js";

/** Long enough to find the tab and confirm. */
const VISIT_TIMEOUT_MS = 60_000;

const OPTION_NAMES: readonly (keyof SignOutOptions)[] = ["browser", "timeoutMs", "signal"];
const NOBODY: SignOutResult = { local: "skipped", revocation: "skipped", endSession: "skipped" };

export function createSignOut(actor: AuthActor, config: ResolvedConfig, cancelSignIn: () => void) {
  let running: Promise<SignOutResult> | undefined;

  async function run(options: SignOutOptions): Promise<SignOutResult> {
    cancelSignIn();
    // Looked at again after the wait: who heard of the same change before us may have begun something. And without a wait
    // where none is needed: what the app asks for after the sign-out comes after it.
    // oxlint-disable-next-line no-await-in-loop
    while (!isFree(actor.getSnapshot())) await until(actor, isFree);
    if (isStopped(actor)) throw closed();
    const snapshot = actor.getSnapshot();
    if (!snapshot.can({ type: "signOut", visits: false, timeoutMs: 0 })) return nobodyToSignOut(snapshot);
    const { browser = true, timeoutMs = VISIT_TIMEOUT_MS, signal } = options;
    const visits = browser && config.postLogoutRedirectUris.length > 0;
    const done = outcome();
    actor.send({ type: "signOut", visits, timeoutMs });
    if (signal?.aborted) stopVisit();
    return done;
  }

  function stopVisit(): void {
    actor.send({ type: "cancel" });
  }

  function outcome(): Promise<SignOutResult> {
    return new Promise((resolve, reject) => {
      const told = actor.on("signedOut", ({ result }) => end(() => resolve(result)));
      const ended = actor.subscribe({ complete: () => end(() => reject(closed())) });
      function end(settle: () => void): void {
        told.unsubscribe();
        ended.unsubscribe();
        settle();
      }
    });
  }

  return async (options: SignOutOptions = {}): Promise<SignOutResult> => {
    checkOptions(options);
    const { signal } = options;
    let begin = (): void => {};
    running ??= new Promise<SignOutResult>((resolve) => {
      begin = () => resolve(run(options));
    }).finally(() => (running = undefined));
    signal?.addEventListener("abort", stopVisit);
    // Only now: a listener that is told of it may ask for the same.
    begin();
    return running.finally(() => signal?.removeEventListener("abort", stopVisit));
  };
}

/** Whether a sign-out would be taken, if anybody is signed in. */
function isFree(snapshot: AuthSnapshot): boolean {
  return isSettled(snapshot) && snapshot.context.attempt === undefined;
}

function checkOptions(options: SignOutOptions): void {
  refuseUnknown(options, OPTION_NAMES);
  positive("timeoutMs", options.timeoutMs ?? VISIT_TIMEOUT_MS, "milliseconds");
}

/** Nobody is signed in: nothing to do. But when the store could not be read, that is not known. */
function nobodyToSignOut({ context: { reason, isUnread } }: AuthSnapshot): SignOutResult {
  if (isUnread && reason) throw fromReason(reason);
  return NOBODY;
}
