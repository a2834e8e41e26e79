// Which calls of signIn() wait for which attempt: they join, they leave, and the machine's verdict settles them all.
import { asksTheSame, type SignInOptions } from "../../config/sign-in-options.js";
import { createAttempt } from "../../oauth/sign-in-attempt.js";
import type { ResolvedConfig } from "../../config/config.js";
import { abortedCall, AuthError, fromReason } from "../../ground/errors.js";
import type { SteadyClock } from "../../ports/steady-clock.js";
import { isRefreshDue, type Session } from "../../session/session.js";
import { shownSession } from "./to-state.js";
import { closed, isSettled, isStopped, until, type AuthActor } from "./until.js";

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
  /** Gives up the one going on, and those that have not begun. */
  cancel(): void;
  rejectAll(error: AuthError): void;
}

export function createSignIns(actor: AuthActor, config: ResolvedConfig, clock: SteadyClock): SignIns {
  let attempts = 0;
  let running: Running | undefined;
  let gate = new AbortController();

  actor.on("signedIn", ({ attemptId, session }) => {
    const shown = shownSession(session, clock.shown);
    settle(attemptId, (waiter) => waiter.resolve(shown));
  });
  actor.on("signInFailed", ({ attemptId, error }) => settle(attemptId, (waiter) => waiter.reject(error)));

  function settle(attemptId: number, verdict: (waiter: Waiter) => void): void {
    if (running?.attemptId !== attemptId) return;
    const { waiters } = running;
    running = undefined;
    waiters.forEach(verdict);
  }

  function begin(options: SignInOptions, first: Waiter): Running {
    const { degraded, session } = actor.getSnapshot().context;
    // `refreshing.pausing`: a new session could not be saved either.
    if (degraded && !actor.getSnapshot().matches("authenticated")) throw fromReason(degraded);
    const attempt = createAttempt(++attempts, options, config, clock, session);
    running = { attemptId: attempt.id, options, waiters: new Set([first]) };
    const begun = running;
    // May settle at once: the first waiter must be known by then.
    actor.send({ type: "signIn", attempt });
    return begun;
  }

  /** What is under way and ends only by its own outcome comes first. */
  async function ready(signal: AbortSignal | undefined): Promise<void> {
    const given = signal ? AbortSignal.any([signal, gate.signal]) : gate.signal;
    await until(actor, isSettled, given);
  }

  function mustWait(): boolean {
    return running === undefined && !isSettled(actor.getSnapshot());
  }

  function isDue(): boolean {
    const { session, degraded } = actor.getSnapshot().context;
    return session !== undefined && degraded === undefined && isRefreshDue(session, clock.now());
  }

  /** The session that stays while a person signs in again is served meanwhile: it should last. */
  async function refreshFirst(signal: AbortSignal | undefined): Promise<void> {
    await ready(signal);
    if (!actor.getSnapshot().can({ type: "refresh" }) || !isDue()) return;
    actor.send({ type: "refresh" });
    await ready(signal);
  }

  function leave(left: Running, waiter: Waiter): void {
    left.waiters.delete(waiter);
    waiter.reject(abortedCall());
    if (left.waiters.size === 0 && running === left) actor.send({ type: "cancel" });
  }

  return {
    async join(options) {
      const { signal } = options;
      if (signal?.aborted) throw abortedCall();
      if (!running && isDue()) await refreshFirst(signal);
      // Once is not enough: whoever waited beside us may have begun something in between. Nothing is awaited after this.
      // oxlint-disable-next-line no-await-in-loop
      while (mustWait()) await ready(signal);
      if (isStopped(actor)) throw closed();
      if (running && !asksTheSame(running.options, options))
        throw new AuthError("interaction_in_progress", "A sign-in with other options is going on.");
      return new Promise<Session>((resolve, reject) => {
        const stopListening = (): void => signal?.removeEventListener("abort", onAbort);
        const waiter: Waiter = {
          resolve: (session) => (stopListening(), resolve(session)),
          reject: (error) => (stopListening(), reject(error)),
        };
        const onAbort = (): void => leave(joined, waiter);
        const joined = running ?? begin(options, waiter);
        joined.waiters.add(waiter);
        if (running === joined) signal?.addEventListener("abort", onAbort);
      });
    },
    cancel() {
      gate.abort();
      gate = new AbortController();
      actor.send({ type: "cancel" });
    },
    rejectAll(error) {
      if (running) settle(running.attemptId, (waiter) => waiter.reject(error));
    },
  };
}
