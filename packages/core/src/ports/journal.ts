// What is told of a session's past: what happened, when, in which process and why. Never a secret.
import type { AuthErrorCode } from "../ground/error-codes.js";

/** Why a step was taken: what an AuthError has of known words. No text from elsewhere: it may repeat a secret in any spelling. */
export interface HistoryReason {
  readonly code: AuthErrorCode;
  /** The error's, where it is a status or made of known words. */
  readonly detail?: string;
  /** The server's own word (RFC 6749 5.2), where it is made of known words: `invalid_grant`. */
  readonly oauthError?: string;
}

/** One step of the machine. */
export interface HistoryEntry {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Which process took it, such as `notes (4711)`; absent where there is no journal to name it. */
  readonly process?: string;
  /** Where it led, as the machine names it: `refreshing.requesting`. */
  readonly state: string;
  /** What it came of: a command (`signOut`), a fact (`redirected`), or an actor's end (`refreshSession failed`). */
  readonly event: string;
  readonly reason?: HistoryReason;
}

/**
 * Keeps the past of a session for all processes of its app and account, within a bound: the oldest goes first. A failure fails
 * no call: what could not be kept is missed by nobody but who asks why.
 */
export interface Journal {
  /** This process, for people. */
  readonly process: string;
  /**
   * Takes steps that have been taken, in their order. Called when nobody waits for a token, and not awaited; what it rejects with
   * is dropped.
   */
  readonly append: (entries: readonly HistoryEntry[]) => Promise<void>;
  /** What is kept, of all processes, in the order in which it was appended, whatever the clocks said. What cannot be read is left out. */
  readonly read: () => Promise<readonly HistoryEntry[]>;
}
