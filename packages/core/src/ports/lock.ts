// The ports between processes of one app and account: exclusive work, and how a change is noticed without a look into the store.

/** What a task may ask of the lock that it runs under. None of it waits. */
export interface HeldLock {
  /**
   * Whether others would wait for this very lock: false when its file was deleted or replaced, so that another process may
   * hold one beside it.
   */
  readonly isStillHeld: () => boolean;
  /**
   * Notes one line, not a secret, where whoever has the lock next finds it, also when this process is killed right after;
   * null takes the note away. Not synced to disk: it is for a process that dies, not for a power cut. 1 to 200 printable
   * characters of ASCII, no space at either end. Throws a {@link PortError}; the note before stays then.
   */
  readonly writeNote: (note: string | null) => void;
  /** What was noted last, by whichever process; null when nothing was, or it cannot be read. */
  readonly readNote: () => string | null;
}

/**
 * Runs the task while no other process of this app and account runs one, and no other task of this process. The lock is
 * freed when the task settles, and by the operating system when the process dies. Rejects with a PortError when others hold
 * it too long (code `lock_timeout`), or where there can be none (any other code); with the signal's reason when aborted
 * while waiting. A task that has begun is not interrupted.
 */
export type WithLock = <T>(
  task: (lock: HeldLock) => Promise<T>,
  options: { readonly signal: AbortSignal },
) => Promise<T>;

/**
 * Changes whenever somebody signs in, signs out, or changes the account, in whichever process: how each is noticed without a
 * look into the store, which may ask a person. Neither call waits.
 */
export interface SessionStamp {
  /** Any text; another one after each change. null: there has been none, or it cannot be read. Never throws. */
  readonly read: () => string | null;
  /** Called under the lock, when the store has been changed. Never throws: a change that goes unnoticed is found later. */
  readonly renew: () => void;
}
