// One refresh for all who ask at the same time, by hand: what a thousand calls are measured against.
import type { Tokens } from "./post.js";

export function createSingleFlight(first: Tokens, refresh: (token: string) => Promise<Tokens>) {
  let tokens = first;
  let obtainedAt = Date.now();
  let flight: Promise<string> | undefined;

  async function renew(): Promise<string> {
    tokens = await refresh(tokens.refresh_token);
    obtainedAt = Date.now();
    return tokens.access_token;
  }

  return async (leastValidityMs: number): Promise<string> => {
    if (obtainedAt + tokens.expires_in * 1_000 > Date.now() + leastValidityMs) return tokens.access_token;
    flight ??= renew().finally(() => (flight = undefined));
    return flight;
  };
}
