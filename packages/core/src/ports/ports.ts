// What the core needs from a runtime. Each port is a function type (the store, several related ones); none has a
// close(): what a port opens lives until its signal is aborted or its promise settles.
import type { Journal } from "./journal.js";

/** Why a request to the loopback listener was turned away. The wait goes on after each of them. */
export type StrayReason =
  | "wrong_path" // a favicon, a probe
  | "wrong_state" // another attempt's redirect, or a forged one
  | "wrong_method" // anything but GET; but POST, where the redirect is posted
  | "wrong_host" // a Host header that is not the redirect URI's: DNS rebinding
  | "not_navigation" // a script, an image, a frame, a prefetch: what a page loads, not where a person goes
  | "malformed_request" // not HTTP, half of it, or with a body, an upgrade, an expectation
  | "too_large" // headers or URL over the limit
  | "too_slow" // the request was not complete in time
  | "crowded_out" // too many connections at once: the oldest idle one made room
  | "pipelined"; // a second request on one connection

/** A request to the loopback listener that was turned away. */
export interface StrayRequest {
  readonly reason: StrayReason;
  /** A short fact for a log. Never the query: it may hold a code. */
  readonly detail?: string;
}

/** What the core says of a request's URL: take it, or answer with this status, or send it on, and wait on. */
export type RedirectVerdict =
  | { readonly accepted: true }
  /** 302, for the browser's first step when the URL must not stand in an argument list. Never from the query. */
  | { readonly accepted: false; readonly redirectTo: string }
  | {
      readonly accepted: false;
      readonly status: 400 | 404;
      readonly reason: StrayReason;
      readonly detail?: string;
    };

/** What the browser is told once the outcome is known. Plain text: the adapter escapes and lays it out. */
export interface AnswerPage {
  /** `pending`: the outcome is not known within the deadline; the app will tell. */
  readonly outcome: "success" | "failure" | "pending";
  readonly title: string;
  readonly message: string;
  readonly hint?: string;
  /** The `code` of the AuthError, for a failure. */
  readonly code?: string;
}

/** The one accepted request. Its connection stays open until `respond` is called. */
export interface RedirectResponse {
  /** The URL that was asked for, on the origin of the redirect URI. Holds the authorization code. */
  readonly url: URL;
  /**
   * Answers the browser and closes the connection. The first call counts, later ones do nothing. Resolves when the
   * answer has been flushed or the browser has gone away; never rejects.
   */
  readonly respond: (page: AnswerPage) => Promise<void>;
}

/** A listener that is bound. It lives until its signal is aborted or a request was accepted. */
export interface RedirectListening {
  /** The redirect URI as registered, with the port that is really bound where the registration names none. */
  readonly redirectUri: string;
  /** The accepted request. Rejects with the signal's reason when the listening ends before one came. */
  readonly response: Promise<RedirectResponse>;
}

/** How a redirect comes: as an address (`GET`), or as a form that the browser posts (OAuth 2.0 Form Post Response Mode). */
export type RedirectMode = "query" | "form_post";

export interface ListenForRedirectOptions {
  /** Redirect URIs as registered, in order of preference; the first that can be bound is used. */
  readonly uris: readonly string[];
  /**
   * With `form_post` a redirect is a POST with a form of up to 64 KB, whose fields stand in the URL in place of a query; a GET
   * is refused then. @default 'query'
   */
  readonly mode?: RedirectMode;
  /** Asked for every well-formed request of that kind with the right Host; exactly one request is accepted. */
  readonly accept: (url: URL) => RedirectVerdict;
  /** Told of every request that was turned away, with the reason; a second one on the accepted connection too. */
  readonly onStray: (stray: StrayRequest) => void;
  /** Ends the listening, at once. The accepted connection stays until it is answered. */
  readonly signal: AbortSignal;
}

/**
 * Listens on loopback for one redirect (RFC 8252 7.3). Resolves when the port is bound; rejects with a plain Error
 * that says which URIs were tried and why each failed. After the accepted request no new connection is taken.
 */
export type ListenForRedirect = (options: ListenForRedirectOptions) => Promise<RedirectListening>;

/**
 * Opens the person's own browser. Resolves when it has been started as far as can be known; rejects with a plain Error
 * when it could not. A failure is not fatal: the state carries the URL for the app to show.
 */
export type OpenBrowser = (url: string, options: { readonly signal: AbortSignal }) => Promise<void>;

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

/** What is read of an answer to a request of the core's own: a `Response` is one. */
export interface BareResponse {
  readonly status: number;
  readonly statusText: string;
  /** After redirects. */
  readonly url: string;
  readonly redirected: boolean;
  readonly headers: Iterable<readonly [string, string]>;
  /** Read once, or left half-way, which closes it. null where there can be none. */
  readonly body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | null;
}

/**
 * `fetch`, and what a runtime can do beyond it. A rejection or a cause of it may carry `hint`, what a person can do about it:
 * it becomes that of the AuthError.
 */
export interface Fetch extends FetchAbilities {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
}

/**
 * What is taken for `fetch`: a global one, or a library's, such as undici's, whose `Response` is another type than the
 * runtime's. Called with an address, never with a `Request`, which is of one library alone.
 */
export interface FetchPort extends FetchAbilities {
  (url: string, init?: RequestInitOfAny): Promise<ResponseOfAny>;
}

/**
 * What the `RequestInit` of every library has, as far as types go. What an app gives to `client.fetch` beyond it (a form, a
 * stream) is passed on as it is.
 */
export interface RequestInitOfAny {
  method?: string;
  headers?: Record<string, string>;
  body?: string | URLSearchParams | null;
  credentials?: "include" | "omit" | "same-origin";
  redirect?: "error" | "follow" | "manual";
  signal?: AbortSignal | null;
}

interface FetchAbilities {
  /**
   * The same at a lower price, for requests of the core's own: a `Response` of the runtime may cost more than the request.
   * Absent where there is no such way, or while somebody has replaced what `fetch` goes by: it is looked at before each request.
   */
  readonly bare?: ((url: string, init: RequestInit) => Promise<BareResponse>) | undefined;
  /**
   * The same on a connection that is opened for this request alone; absent where the runtime cannot tell. What is sent
   * goes out once TCP and TLS are up and `onConnected` has been called; what that throws is the rejection, and nothing is
   * sent. An error from before carries `unsent: true`.
   */
  readonly onOwnConnection?:
    | ((url: string, init: RequestInit & { readonly onConnected: () => void }) => Promise<BareResponse>)
    | undefined;
}

/** What the `Response` of every library has, as far as types go. `client.fetch` gives it to the app as it is. */
export interface ResponseOfAny {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly redirected: boolean;
  readonly headers: { get(name: string): string | null; has(name: string): boolean };
  text(): Promise<string>;
  json(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
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
