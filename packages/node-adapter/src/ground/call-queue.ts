// One call of a store at a time, and none that is waited for without end.
import { startLimit } from "./limit.js";

export interface CallQueue {
  /**
   * Runs the task when all before it have settled. Rejects when that takes longer than the limit, counted from now: a
   * task that has not begun by then never does; one that has keeps its place until it settles, unheard: its signal tells
   * it to do no more.
   */
  run<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export interface CallQueueOptions {
  /** Milliseconds from the call to its end, the wait for its turn included, while the event loop runs. */
  readonly timeoutMs: number;
  /** Makes the error of a call that took too long. `begun`: it may still take effect. */
  readonly timedOut: (begun: boolean) => Error;
}

export function createCallQueue({ timeoutMs, timedOut }: CallQueueOptions): CallQueue {
  let last: Promise<void> = Promise.resolve();

  return {
    run: <T>(task: (signal: AbortSignal) => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        let begun = false;
        const giveUp = new AbortController();
        // Keeps the process alive on purpose: whoever awaits this promise is waiting for it.
        const callOff = startLimit(timeoutMs, () => {
          const reason = timedOut(begun);
          giveUp.abort(reason);
          reject(reason);
        });
        const takeTurn = async (before: Promise<void>): Promise<void> => {
          await before;
          if (giveUp.signal.aborted) return;
          begun = true;
          await Promise.resolve(giveUp.signal).then(task).then(resolve, reject);
          callOff();
        };
        last = takeTurn(last);
      }),
  };
}
