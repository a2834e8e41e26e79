// A redirect that is pasted at the terminal: the address of the page that the person's browser could not open.
import { AuthError } from "@loopkey/core/light";
import type { AuthClient, AuthState } from "@loopkey/core";
import type { CommandIO } from "../io.js";
import { clean } from "../text.js";

/**
 * Takes what is pasted whenever the client can. What is wrong with it is said on stderr, and the wait goes on. `onReady` is
 * called whenever it can be pasted (again).
 */
export function takePastedRedirect(
  client: AuthClient,
  { readLines, stderr }: CommandIO,
  onReady: () => void,
): () => void {
  let stopReading: (() => void) | undefined;

  function take(line: string): void {
    if (line.trim() === "") return;
    try {
      client.submitRedirect(line);
    } catch (error) {
      // Its words hold nothing of what was pasted.
      if (!(error instanceof AuthError)) throw error;
      stderr.write(`${clean([error.message, error.hint].filter(Boolean).join(" "))}\n`);
    }
  }

  function follow({ can }: AuthState): void {
    if (can.includes("submitRedirect")) stopReading ??= readLines?.(take, onReady);
    else stop();
  }

  function stop(): void {
    stopReading?.();
    stopReading = undefined;
  }

  const unsubscribe = client.subscribe(follow);
  return () => {
    unsubscribe();
    stop();
  };
}
