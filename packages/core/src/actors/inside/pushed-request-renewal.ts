// A pushed request is good for a minute or so (RFC 9126 2.2), and a person may open its address later: it is pushed again.
import { runAt } from "../../ports/deadline-timer.js";
import type { AuthorizationRequest, AuthorizationRequestFacts } from "../../oauth/authorization-request.js";
import type { Clock } from "../../ports/ports.js";

/** So much is left of an address that somebody begins to copy at the last moment. */
const EARLY_MS = 5_000;
/** Between two of them, whatever a server says of their life; and after one that failed. */
const SHORTEST_PAUSE_MS = 15_000;

/** What was pushed, and until when the server knows it (epoch milliseconds). */
export interface RequestToRenew extends AuthorizationRequestFacts {
  readonly urlExpiresAt: number;
}

export interface RenewalOptions {
  readonly clock: Clock;
  readonly renewal: RequestToRenew;
  /** With the proof of the same attempt: a browser that has opened the address before may still come back. */
  readonly push: (request: AuthorizationRequestFacts, signal: AbortSignal) => Promise<AuthorizationRequest>;
  readonly onRenewed: (request: AuthorizationRequest) => void;
}

/** Pushes the request again, as often as it is about to expire, until the returned function is called. */
export function keepRequestFresh({ clock, renewal, push, onRenewed }: RenewalOptions): () => void {
  const leaving = new AbortController();
  let callOff = renewAt(renewal.urlExpiresAt - EARLY_MS);
  return () => {
    callOff();
    leaving.abort(new Error("The address is not needed any more"));
  };

  function renewAt(at: number): () => void {
    // The deadline of the wait keeps the process alive, not this.
    return runAt(clock, at, () => void renew(), false);
  }

  async function renew(): Promise<void> {
    const soonest = clock.now() + SHORTEST_PAUSE_MS;
    // A failure does not end the wait: the browser may have been in time.
    const request = await push(renewal, leaving.signal).catch(() => undefined);
    if (leaving.signal.aborted) return;
    if (request) onRenewed(request);
    callOff = renewAt(Math.max((request?.urlExpiresAt ?? 0) - EARLY_MS, soonest));
  }
}
