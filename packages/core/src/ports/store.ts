// The port that keeps the session record, and how a port fails.

/** Which store holds the session, for the state and for messages. */
export interface StoreInfo {
  /** Stable name of the kind: `memory`, `keyring`, ... */
  readonly kind: string;
  /** Whether a session outlives the process. */
  readonly persistent: boolean;
}

/**
 * How a port fails: a plain Error with a message for people. `code` becomes the `detail` of the AuthError, `hint` says
 * what to do on this system. Neither may hold a secret.
 */
export interface PortError extends Error {
  readonly code?: string;
  readonly hint?: string;
}

/**
 * Keeps one opaque string, the session record. The core encodes it; the store never looks inside. Each call is bounded in
 * time by the store itself, and rejects with a {@link PortError}; its `code` `damaged` says of a record in parts that they
 * do not make one.
 */
export interface SessionStore {
  /** Looked at again whenever the state changes: a store may choose its place at the first call. */
  readonly info: StoreInfo;
  /** The record, or null when nothing is stored. Unreachable is a rejection, never null. */
  load(options?: LoadOptions): Promise<string | null>;
  /** In place of the one before. A failure, at any point, leaves the old record or the new one, whole. */
  save(record: string): Promise<void>;
  /** Deletes the record; resolves as well when there was none. */
  clear(): Promise<void>;
  /**
   * Sets a record aside that cannot be read: `load` no longer finds it, nothing is lost. Resolves with where it is now,
   * for a message; null when there was none. An earlier one that was set aside is replaced.
   */
  quarantine(): Promise<string | null>;
  /** Rejects when the store would not take a record: asked before a browser opens. Leaves the record alone. */
  probe(): Promise<void>;
  /**
   * Keeps a place for a record of up to `bytes`, asked under the lock before a refresh token is spent: what `save` of it
   * takes cannot fail for want of room. Rejects when there is none. Absent where a load under the lock shows enough.
   */
  prepare?(bytes: number): Promise<PreparedSave>;
}

/** How a record is loaded. */
export interface LoadOptions {
  /**
   * Nobody asked for it just now: no person is prompted for it, as far as the store can help it, and nothing is written to
   * find out whether there is a record. @default false
   */
  readonly quietly?: boolean;
  /**
   * Given under the lock: a record that an earlier version of the store keeps under another name, and that this takes, is moved to
   * the name of today before it is given out. One of another app stays where it is. @default nothing is moved
   */
  readonly moves?: (record: string) => boolean;
}

/** A place that is kept for one save: what was found to fit before a refresh token was spent. */
export interface PreparedSave {
  /** As {@link SessionStore.save}, through what was kept. Once. */
  save(record: string): Promise<void>;
  /** Gives up what was kept; never rejects. */
  discard(): Promise<void>;
}
