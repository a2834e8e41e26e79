// What the core needs from a runtime. Each port is a function type (the store, several related ones); none has a
// close(): what a port opens lives until its signal is aborted or its promise settles. The larger ones have files of their own.
import type { FetchPort } from "./fetch.js";
import type { Journal } from "./journal.js";
import type { SessionStamp, WithLock } from "./lock.js";
import type { ListenForRedirect } from "./redirect.js";
import type { SessionStore } from "./store.js";

export type { BareResponse, Fetch, FetchPort, RequestInitOfAny, ResponseOfAny } from "./fetch.js";
export type { HeldLock, SessionStamp, WithLock } from "./lock.js";
export type {
  AnswerPage,
  ListenForRedirect,
  ListenForRedirectOptions,
  RedirectListening,
  RedirectMode,
  RedirectResponse,
  RedirectVerdict,
  StrayReason,
  StrayRequest,
} from "./redirect.js";
export type { LoadOptions, PortError, PreparedSave, SessionStore, StoreInfo } from "./store.js";

/**
 * Opens the person's own browser. Resolves when it has been started as far as can be known; rejects with a plain Error
 * when it could not. A failure is not fatal: the state carries the URL for the app to show.
 */
export type OpenBrowser = (url: string, options: { readonly signal: AbortSignal }) => Promise<void>;

/**
 * Keeps what a server says of itself in public, its metadata and its keys, for the next process of this app and account: one
 * text, not a secret. The record of the session says which text is meant: whoever can change this one can have it ignored, no more.
 */
export interface ServerCache {
  /** The text; null when there is none, or it cannot be read. */
  readonly read: () => Promise<string | null>;
  /** In place of the one before, which stays whole or is replaced. That it cannot be written is no failure of the app's. */
  readonly write: (text: string) => Promise<void>;
}

/** The time. `now()` is the wall clock, in epoch milliseconds. */
export interface Clock {
  now(): number;
  /**
   * Milliseconds since any one moment, the machine's sleep included, whatever the wall clock is set to. Absent where the
   * system has no such time. @default now()
   */
  elapsed?(): number;
  /** `keepAlive: false` does not keep the process running for this timer alone. Runs `callback` at most once. */
  setTimeout(callback: () => void, ms: number, options: { readonly keepAlive: boolean }): unknown;
  clearTimeout(timer: unknown): void;
}

/** All that the core asks of a runtime: `createNodePorts` of `@loopkey/node-adapter` makes them for Node. */
export interface AuthPorts {
  readonly listenForRedirect: ListenForRedirect;
  readonly openBrowser: OpenBrowser;
  readonly store: SessionStore;
  readonly withLock: WithLock;
  /**
   * Rejects where there can be no lock: a read-only home, a file system without locks, a missing native part. Does not wait
   * for one that another process holds. Asked before a browser opens. @default the lock is found out at its first use
   */
  readonly probeLock?: () => Promise<void>;
  /** @default what happens in another process is found out at the next refresh */
  readonly stamp?: SessionStamp;
  /**
   * Which machine this is, as text that tells nothing else; undefined where it is not known. Asked once, at the start; a
   * promise is waited for before a refresh token is sent, for 5 seconds at the most. A session that says it is of another
   * machine was copied, and its refresh token is not sent: both machines would send the same one.
   * @default not known: no session is taken for a copy
   */
  readonly machineId?: () => string | undefined | Promise<string | undefined>;
  /** Keeps what happened, for whoever asks why they are signed out. @default it is gone with the process */
  readonly journal?: Journal;
  /** @default metadata and keys are fetched by each process for itself */
  readonly serverCache?: ServerCache;
  readonly clock: Clock;
  /** For the random part of schedules, not for secrets. @default Math.random */
  readonly random?: () => number;
  /** @default globalThis.fetch */
  readonly fetch?: FetchPort;
}
