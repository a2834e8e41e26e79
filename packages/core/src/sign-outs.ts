// Which calls of signOut() wait for the sign-out that is going on; its result, item by item.
import type { ResolvedConfig } from "./config.js";
import { AuthError } from "./errors.js";
import type { SignOutResult } from "./machine-types.js";
import { isSettled, until, type AuthActor, type AuthSnapshot } from "./waiting.js";

/** Long enough to find the tab and confirm. */
const VISIT_TIMEOUT_MS = 60_000;

export interface SignOutOptions {
  /** `false`: leave the person's session at the server alone, do not open a browser. @default true */
  readonly browser?: boolean;
  /** How long the browser has to come back, in milliseconds. @default 60_000 */
  readonly timeoutMs?: number;
  /** Ends the wait for the browser; what was done stays done. */
  readonly signal?: AbortSignal;
}

const OPTION_NAMES = ["browser", "timeoutMs", "signal"];
const NOBODY: SignOutResult = { local: "skipped", revocation: "skipped", endSession: "skipped" };

export function createSignOut(actor: AuthActor, config: ResolvedConfig, cancelSignIn: () => void) {
  let running: Promise<SignOutResult> | undefined;

  async function run(options: SignOutOptions): Promise<SignOutResult> {
    cancelSignIn();
    const snapshot = await until(actor, (now) => isSettled(now) && now.context.attempt === undefined);
    if (!snapshot.can({ type: "signOut", visits: false, timeoutMs: 0 })) return nobodyToSignOut(snapshot);
    const { browser = true, timeoutMs = VISIT_TIMEOUT_MS, signal } = options;
    const visits = browser && config.postLogoutRedirectUris.length > 0;
    const done = new Promise<SignOutResult>((resolve, reject) => {
      const told = actor.on("signedOut", ({ result }) => {
        told.unsubscribe();
        resolve(result);
      });
      actor.subscribe({ complete: () => reject(new AuthError("closed", "The client was closed.")) });
    });
    const stopVisit = (): void => actor.send({ type: "cancel" });
    signal?.addEventListener("abort", stopVisit);
    actor.send({ type: "signOut", visits: visits && signal?.aborted !== true, timeoutMs });
    return done.finally(() => signal?.removeEventListener("abort", stopVisit));
  }

  return async (options: SignOutOptions = {}): Promise<SignOutResult> => {
    const unknown = Object.keys(options).find((name) => !OPTION_NAMES.includes(name));
    if (unknown !== undefined)
      throw new AuthError(
        "invalid_config",
        `signOut() has no option "${unknown}"; it takes ${OPTION_NAMES.join(", ")}.`,
      );
    running ??= run(options).finally(() => (running = undefined));
    return running;
  };
}

/** Nobody is signed in: nothing to do. But when the store could not be read, that is not known. */
function nobodyToSignOut({ context: { reason } }: AuthSnapshot): SignOutResult {
  if (reason?.code === "store_unavailable")
    throw new AuthError(reason.code, reason.message, { detail: reason.detail, hint: reason.hint });
  return NOBODY;
}
