// What apps call: the client's functions, and what each promises.
import type { AccessTokenOptions } from "../config/access-token-options.js";
import type { SignInOptions } from "../config/sign-in-options.js";
import type { SignOutResult } from "../session/sign-out-result.js";
import type { Claims, Session } from "../session/session.js";
import type { HistoryEntry } from "../ports/journal.js";
import type { AuthState } from "./state.js";

/** One app's session with one server. Safe for `useSyncExternalStore`. */
export interface AuthClient {
  /** The state now; the same object until it changes. */
  getState(): AuthState;
  /** Calls `listener` at every change until the returned function is called. */
  subscribe(listener: (state: AuthState) => void): () => void;
  /** The first state that is not `restoring`. Rejects with `closed`. */
  ready(): Promise<AuthState>;
  /**
   * Signs a person in through their browser (RFC 8252). Resolves when the session is saved. A second call while one is
   * going on joins it; with other options it rejects with `interaction_in_progress`.
   *
   * With `acrValues` or `maxAge` it is a step-up: the ID token must show that it was strong and recent enough, and of the
   * same person where somebody is signed in.
   *
   * Rejects with `cancelled`, `timed_out`, `access_denied`, `authorization_failed`, `invalid_response`,
   * `id_token_invalid`, `discovery_failed`, `unsupported_by_server`, `insecure_endpoint`, `port_unavailable`,
   * `store_unavailable`, `lock_unavailable` (before a browser opens), `lock_timeout` (another process has the lock),
   * `temporarily_unavailable`, `account_changed` (a step-up by somebody else), `interaction_in_progress`,
   * `invalid_config` or `closed`. A session from before stays then. A step-up whose session ends in another process
   * meanwhile rejects with `signed_out_elsewhere`, `account_changed`, `answer_lost` or `sign_in_required`
   * (`detail` `another machine`).
   */
  signIn(options?: SignInOptions): Promise<Session>;
  /**
   * Takes a redirect that did not reach this machine's listener: the address of the page that the person's browser could not
   * open, pasted. It is judged as one that came by itself (its `state` above all), and {@link AuthClient.signIn} settles as
   * usual. Throws `invalid_response` when it is not the redirect of the sign-in that is waiting, which goes on waiting, or
   * when none is, or with `responseMode` `form_post`, whose redirect stands in no address; or `closed`.
   */
  submitRedirect(url: string): void;
  /**
   * Asks the server for a code to type in on another device (RFC 8628), while the browser is waited for: the first way that
   * finishes wins. Throws `unsupported_by_server` when the server has no device flow, `invalid_config` with `responseMode`
   * `form_post`, which has none, `closed`; does nothing when no
   * sign-in waits for a browser.
   */
  useDeviceCode(): void;
  /** Gives up the sign-in that is going on, if any; while signing out, the visit of the browser. */
  cancel(): void;
  /**
   * The access token, for a header: the one in memory while it is good, else a fresh one. Callers at the same time share
   * one refresh. A refresh that fails for the time being gives the old token while it is valid.
   *
   * A sign-in, a sign-out or a change of account in another process is seen first, in every state, where the ports have a
   * `stamp`.
   *
   * Rejects with `sign_in_required` (nobody is signed in, or it cannot be renewed: `detail` `another machine` for a session
   * that was copied here, `in doubt` for one that nothing shows any more to be this person's), `session_ended` (the server ended the
   * session), `signed_out`, `signed_out_elsewhere` or `account_changed` (in another process), `interaction_in_progress` (a
   * sign-in is going on that will bring one), `temporarily_unavailable` (retryable; the session stays; `detail` has the
   * code of what failed), `store_unavailable`, `record_corrupt`, `lock_timeout` or `lock_unavailable` (what is stored
   * could not be read), `cancelled` (by the signal), `closed`, or `invalid_config`: for a wrong option, and with `dpop: true`, where a token
   * is of no use without the proofs that only {@link AuthClient.fetch} makes.
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>;
  /**
   * `fetch` with the access token (RFC 6750, or RFC 9449 with `dpop: true`), to the issuer's origin and `apiOrigins` only.
   * A 401 with `invalid_token` leads to one refresh and one more try, unless the body is a stream.
   *
   * Rejects with `origin_not_allowed` before anything is sent, with `step_up_required` when the API asks for a stronger or
   * more recent sign-in (RFC 9470; `signIn(error.stepUp)` asks for it), and where there is no token as
   * {@link AuthClient.getAccessToken} does. What `fetch` itself rejects with is passed on: a TypeError when the API cannot
   * be reached, the reason of the signal when that aborts, be it while a token is waited for.
   */
  readonly fetch: typeof globalThis.fetch;
  /**
   * The headers of one request, for whoever sends it by other means than {@link AuthClient.fetch}: `authorization` with a fresh
   * access token (RFC 6750 2.1), and with a session that is bound to a key a `dpop` proof (RFC 9449 7.1), good for this URL,
   * this method and one request. To the issuer's origin and `apiOrigins` only, which goes for redirects too: ask again for each.
   *
   * Rejects with `origin_not_allowed`, where there is no token as {@link AuthClient.getAccessToken} does, and with the reason of
   * the signal when that aborts.
   *
   * @example
   * ```ts
   * const client = createAuthClient(
   *   { issuer: "https://id.example.com", clientId: "my-cli" },
   *   createNodePorts({ appName: "my-cli" }),
   * );
   * const headers = await client.authorize({ url: "https://id.example.com/notes", method: "POST" });
   * ```
   */
  authorize(request: AuthorizeOptions): Promise<Headers>;
  /**
   * Deals with the answer to a request that was sent with {@link AuthClient.authorize}'s headers, and says whether to send it
   * once more, with headers that are asked for again: a nonce for the proof has come (RFC 9449 9), or the token was refused and a
   * fresh one was had. Tell it every answer, also a good one, which may bring the next nonce; the body is not read. A server
   * may ask for ever: send it twice more at the most.
   *
   * Rejects with `step_up_required` when the API asks for a stronger or more recent sign-in (RFC 9470), as
   * {@link AuthClient.getAccessToken} does where no other token can be had, with `invalid_config` for headers that `authorize` did
   * not give or that were told of already, and with `closed`.
   */
  refused(response: Response, headers: Headers): Promise<boolean>;
  /**
   * Claims of the userinfo endpoint (OpenID Connect Core 5.3), of the person who is signed in: another `sub` is refused
   * (5.3.2). A token that it refuses is renewed, once.
   *
   * Rejects as {@link AuthClient.getAccessToken} does where there is no token, but takes one that is bound to a key;
   * with `unsupported_by_server` (it has no such endpoint, or no longer what a sign-in needs), `discovery_failed`,
   * `insecure_endpoint`, `sign_in_required` (it refuses the fresh token too), `authorization_failed` (what was granted
   * does not allow it, or the token is for other APIs: `resource`), `invalid_response` or `temporarily_unavailable`.
   */
  userInfo(): Promise<Claims>;
  /**
   * The machine woke up or is online again: refresh now if it is due, read the store again if that failed, or if the session
   * was changed in another process.
   */
  wake(): void;
  /**
   * What the machine of this client has done, the last 200 steps, the oldest first: for a bug report. Holds no token, code,
   * verifier, key, address or name of a person. What other processes did is told by the `journal` of the ports.
   */
  history(): readonly HistoryEntry[];
  /**
   * Signs out: revokes the tokens where the server offers it (RFC 7009), deletes the stored session whatever happens, then
   * sends the browser to the end-session endpoint and waits for it (OpenID Connect RP-Initiated Logout 1.0). A sign-in
   * that is going on is cancelled first. Resolves with what was done, item by item; a second call joins the first.
   *
   * Rejects with `store_unavailable`, `lock_timeout` or `lock_unavailable` when it cannot be known whether anybody is signed in,
   * `invalid_config` for a wrong option, or `closed`.
   */
  signOut(options?: SignOutOptions): Promise<SignOutResult>;
  /**
   * Stops everything: listener, timers, requests. A refresh or a write to the store that has begun is finished first, or
   * given up after `timeoutMs`. Later calls reject with `closed`, or throw it; `cancel` and `wake` do nothing. A second
   * call joins the first, and may bring a limit.
   *
   * Rejects with `invalid_config` for a wrong option, and has done nothing then.
   */
  close(options?: CloseOptions): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Options of `authorize`. */
export interface AuthorizeOptions {
  /** Where the request goes, all of it. */
  readonly url: string | URL;
  /** @default "GET" */
  readonly method?: string;
  /** Ends the wait for a token. */
  readonly signal?: AbortSignal;
}

/** Options of `close`. */
export interface CloseOptions {
  /**
   * How long to wait for what has begun, in milliseconds. A refresh that is given up may have been carried out by the server:
   * its answer is lost then, and so may the session be. @default until it has ended, which `requestTimeoutMs` bounds
   */
  readonly timeoutMs?: number;
}

/** Options of `signOut`. */
export interface SignOutOptions {
  /** `false`: leave the person's session at the server alone, do not open a browser. @default true */
  readonly browser?: boolean;
  /** How long the browser has to come back, in milliseconds. @default 60_000 */
  readonly timeoutMs?: number;
  /** Ends the wait for the browser; what was done stays done. */
  readonly signal?: AbortSignal;
}
