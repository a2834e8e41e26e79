// A client that is not ours to close, when its command was interrupted: whoever ends the process next would cut it off.
import type { AuthClient, CloseOptions } from "@loopkey/core";

/** Without a limit at once; else when nothing is under way that must not be cut off, or after it. */
export function atRest(client: AuthClient | undefined, { timeoutMs }: CloseOptions = {}): Promise<void> {
  if (client === undefined || timeoutMs === undefined || !isUnderWay(client)) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const timer = setTimeout(end, timeoutMs);
    const unsubscribe = client.subscribe(() => {
      if (!isUnderWay(client)) end();
    });
  });
}

/** A refresh token that is spent, with its successor not yet saved. */
export function isUnderWay(client: AuthClient): boolean {
  const { status } = client.getState();
  return status === "refreshing" || status === "exchanging";
}
