// A sign-in that a tool's question leads to. Tools ask often, and several at a time: one browser opens, and all the others wait for it.
import { AuthError } from "@loopkey/core/light";
import type { AuthClient, WithLock } from "@loopkey/core";
import { EXIT, exitCodeOf } from "../outcome/exit-codes.js";
import { interrupted } from "../outcome/failure.js";
import type { CommandIO } from "../terminal/io.js";

/** A person who takes longer is not waited for by a second program. */
const LONGEST_WAIT_MS = 300_000;
/** Whoever has waited for longer has waited for a person. */
const OF_A_PERSON_MS = 3_000;

/** Resolves to whether this program has signed the person in. `withLock`: of sign-ins, over all processes of the profile; not that of the session, which the sign-in needs itself. */
export async function signInOnce(client: AuthClient, withLock: WithLock, io: CommandIO): Promise<boolean> {
  const { signal = new AbortController().signal } = io;
  const begun = performance.now();
  for (;;) {
    try {
      // One after the other: the lock is somebody else's for as long as a person takes.
      // oxlint-disable-next-line no-await-in-loop
      return await withLock(async () => signIn(client, io, performance.now() - begun), { signal });
    } catch (error) {
      if (signal.aborted) throw interrupted();
      // That of the session ends as an AuthError.
      const isHeld =
        !(error instanceof AuthError) && (error as { readonly code?: unknown }).code === "lock_timeout";
      if (!isHeld) throw error;
      if (performance.now() - begun > LONGEST_WAIT_MS)
        throw new AuthError("interaction_in_progress", "Another program waits for you to sign in.", {
          cause: error,
        });
    }
  }
}

async function signIn(client: AuthClient, io: CommandIO, waitedMs: number): Promise<boolean> {
  const options = io.signal === undefined ? {} : { signal: io.signal };
  try {
    // What another program has come to meanwhile is found by asking.
    await client.getAccessToken(options);
    return false;
  } catch (error) {
    const isNobody = error instanceof AuthError && exitCodeOf(error.code, error.detail) === EXIT.signInNeeded;
    if (!isNobody || waitedMs > OF_A_PERSON_MS) throw error;
  }
  const { showSignIn } = await import("../terminal/progress.js");
  // What comes on stdin is the tool's.
  const display = await showSignIn(client, io, { openBrowser: true, takesPaste: false });
  await client.signIn({ openBrowser: true, ...options }).finally(() => display.stop());
  return true;
}
