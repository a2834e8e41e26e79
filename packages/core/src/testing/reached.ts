// Waits for a state, in tests: however many turns of the event loop it takes, and however little time.
import type { AuthClient } from "../client/auth-client.js";
import type { AuthState } from "../client/state.js";

/**
 * The first state that holds, now or later. Time does not pass by it: where a state takes time, let it pass on the clock.
 */
export function reached<S extends AuthState>(
  client: Pick<AuthClient, "getState" | "subscribe">,
  holds: (state: AuthState) => state is S,
): Promise<S>;
export function reached(
  client: Pick<AuthClient, "getState" | "subscribe">,
  holds: (state: AuthState) => boolean,
): Promise<AuthState>;
export function reached(
  client: Pick<AuthClient, "getState" | "subscribe">,
  holds: (state: AuthState) => boolean,
): Promise<AuthState> {
  return new Promise((resolve) => {
    const stop = client.subscribe(look);
    look(client.getState());
    function look(state: AuthState): void {
      if (!holds(state)) return;
      stop();
      resolve(state);
    }
  });
}
