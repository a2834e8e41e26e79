// The port that waits for a redirect on loopback (RFC 8252 7.3): what is asked of it, and what it is told of each request.

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
