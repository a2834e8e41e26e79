// Which calls of signIn() wait for which attempt: they join, they leave, and the machine's verdict settles them all.
import type { Actor } from "xstate";
import { asksTheSame, createAttempt, type SignInOptions } from "./attempt.js";
import type { ResolvedConfig } from "./config.js";
import { AuthError } from "./errors.js";
import type { authMachine } from "./machine.js";
import type { Clock } from "./ports.js";
import type { Session } from "./session.js";

interface Waiter {
  readonly resolve: (session: Session) => void;
  readonly reject: (error: unknown) => void;
}

interface Running {
  readonly attemptId: number;
  readonly options: SignInOptions;
  readonly waiters: Set<Waiter>;
}

export interface SignIns {
  /** Begins a sign-in, or joins the one going on. */
  join(options: SignInOptions): Promise<Session>;
  rejectAll(error: AuthError): void;
}

export function createSignIns(
  actor: Actor<typeof authMachine>,
  config: ResolvedConfig,
  clock: Clock,
): SignIns {
  let attempts = 0;
  let running: Running | undefined;

  actor.on("signedIn", ({ attemptId, session }) => settle(attemptId, (waiter) => waiter.resolve(session)));
  actor.on("signInFailed", ({ attemptId, error }) => settle(attemptId, (waiter) => waiter.reject(error)));

  function settle(attemptId: number, verdict: (waiter: Waiter) => void): void {
    if (running?.attemptId !== attemptId) return;
    const { waiters } = running;
    running = undefined;
    waiters.forEach(verdict);
  }

  function begin(options: SignInOptions): Running {
    const attempt = createAttempt(++attempts, options, config, clock);
    running = { attemptId: attempt.id, options, waiters: new Set() };
    const begun = running;
    actor.send({ type: "signIn", attempt });
    return begun;
  }

  function leave(left: Running, waiter: Waiter): void {
    left.waiters.delete(waiter);
    waiter.reject(new AuthError("cancelled", "The call was aborted by its signal."));
    if (left.waiters.size === 0 && running === left) actor.send({ type: "cancel" });
  }

  return {
    async join(options) {
      const { signal } = options;
      if (signal?.aborted)
        throw new AuthError("cancelled", "The call was aborted by its signal before it began.");
      if (running && !asksTheSame(running.options, options))
        throw new AuthError("interaction_in_progress", "A sign-in with other options is going on.");
      const joined = running ?? begin(options);
      let waiter: Waiter;
      const onAbort = (): void => leave(joined, waiter);
      try {
        return await new Promise<Session>((resolve, reject) => {
          waiter = { resolve, reject };
          joined.waiters.add(waiter);
          signal?.addEventListener("abort", onAbort);
        });
      } finally {
        signal?.removeEventListener("abort", onAbort);
      }
    },
    rejectAll(error) {
      if (running) settle(running.attemptId, (waiter) => waiter.reject(error));
    },
  };
}
