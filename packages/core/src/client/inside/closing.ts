// How a client is closed: what has begun is finished first, or given up when the caller's time is over.
import { notNegative, refuseUnknown } from "../../config/option-checks.js";
import type { Clock } from "../../ports/ports.js";
import type { CloseOptions } from "../auth-client.js";
import { mayStop, until, type AuthActor } from "./until.js";

const OPTION_NAMES: readonly (keyof CloseOptions)[] = ["timeoutMs"];

export interface Closing {
  /** No command is taken any more. */
  readonly begun: () => void;
  /** The machine has stopped. */
  readonly done: () => void;
}

export function createClose(actor: AuthActor, clock: Clock, { begun, done }: Closing) {
  let closing: Promise<void> | undefined;
  const patience = new AbortController();

  async function close(): Promise<void> {
    begun();
    // A rotated token that could not be saved yet gets one more chance.
    if (actor.getSnapshot().matches({ refreshing: "pausing" })) actor.send({ type: "wake" });
    await until(actor, mayStop, patience.signal).catch(() => {});
    actor.stop();
    done();
  }

  async function closeWithin(options: CloseOptions): Promise<void> {
    checkOptions(options);
    closing ??= close();
    const { timeoutMs } = options;
    if (timeoutMs === undefined) return closing;
    const timer = clock.setTimeout(() => patience.abort(), timeoutMs, { keepAlive: true });
    return closing.finally(() => clock.clearTimeout(timer));
  }

  return (options?: CloseOptions): Promise<void> =>
    options === undefined ? (closing ??= close()) : closeWithin(options);
}

function checkOptions(options: CloseOptions): void {
  refuseUnknown(options, OPTION_NAMES);
  if (options.timeoutMs !== undefined) notNegative("timeoutMs", options.timeoutMs, "milliseconds");
}
