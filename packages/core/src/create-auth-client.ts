// The client: the machine behind plain functions. Apps see AuthState and promises, never xstate.
import { createActor } from "xstate";
import { createAccessTokens, type AccessTokenOptions } from "./access-tokens.js";
import { createActors } from "./actors.js";
import { createApiFetch } from "./api-fetch.js";
import type { SignInOptions } from "./attempt.js";
import { keepActor } from "./client-actors.js";
import { resolveConfig, type AuthConfig } from "./config.js";
import { AuthError } from "./errors.js";
import { authMachine } from "./machine.js";
import type { SignOutResult } from "./machine-types.js";
import {
  createDiscovery,
  createOAuthContext,
  fetchOf,
  fetchUserInfo,
  noDeviceFlow,
  offersDeviceCode,
} from "./oauth/index.js";
import { skewNotice } from "./notices.js";
import type { AuthPorts } from "./ports.js";
import { checkPorts } from "./check-ports.js";
import { readPastedRedirect } from "./pasted-redirect.js";
import type { AccessToken, Claims, Session } from "./session.js";
import { createSignIns } from "./sign-ins.js";
import { createSignOut, type SignOutOptions } from "./sign-outs.js";
import { toState, type AuthState } from "./state.js";
import { closed, mayStop, until } from "./waiting.js";

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
   * `store_unavailable`, `lock_timeout` (the session could not be saved, for another process has the lock),
   * `temporarily_unavailable`, `account_changed` (a step-up by somebody else), `interaction_in_progress`,
   * `invalid_config` or `closed`. A session from before stays then.
   */
  signIn(options?: SignInOptions): Promise<Session>;
  /**
   * Takes a redirect that did not reach this machine's listener: the address of the page that the person's browser could not
   * open, pasted. It is judged as one that came by itself (its `state` above all), and {@link AuthClient.signIn} settles as
   * usual. Throws `invalid_response` when it is not the redirect of the sign-in that is waiting, which goes on waiting, or
   * when none is; or `closed`.
   */
  submitRedirect(url: string): void;
  /**
   * Asks the server for a code to type in on another device (RFC 8628), while the browser is waited for: the first way that
   * finishes wins. Throws `unsupported_by_server` when the server has no device flow, `closed`; does nothing when no
   * sign-in waits for a browser.
   */
  useDeviceCode(): void;
  /** Gives up the sign-in that is going on, if any; while signing out, the visit of the browser. */
  cancel(): void;
  /**
   * The access token, for a header: the one in memory while it is good, else a fresh one. Callers at the same time share
   * one refresh. A refresh that fails for the time being gives the old token while it is valid.
   *
   * Rejects with `sign_in_required` (nobody is signed in, or it cannot be renewed), `session_ended` (the server ended the
   * session), `signed_out`, `signed_out_elsewhere` or `account_changed` (in another process), `interaction_in_progress` (a
   * sign-in is going on that will bring one), `temporarily_unavailable` (retryable; the session stays; `detail` has the
   * code of what failed), `store_unavailable`, `record_corrupt` or `lock_timeout` (what is stored could not be read),
   * `cancelled` (by the signal), `closed`, or `invalid_config`: for a wrong option, and with `dpop: true`, where a token
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
   * Claims of the userinfo endpoint (OpenID Connect Core 5.3), of the person who is signed in: another `sub` is refused
   * (5.3.2). A token that it refuses is renewed, once.
   *
   * Rejects as {@link AuthClient.getAccessToken} does where there is no token, but takes one that is bound to a key;
   * with `unsupported_by_server` (it has no such endpoint, or no longer what a sign-in needs), `discovery_failed`,
   * `insecure_endpoint`, `sign_in_required` (it refuses the fresh token too), `authorization_failed` (what was granted
   * does not allow it, or the token is for other APIs: `resource`), `invalid_response` or `temporarily_unavailable`.
   */
  userInfo(): Promise<Claims>;
  /** The machine woke up or is online again: refresh now if it is due, read the store again if that failed. */
  wake(): void;
  /**
   * Signs out: revokes the tokens where the server offers it (RFC 7009), deletes the stored session whatever happens, then
   * sends the browser to the end-session endpoint and waits for it (OpenID Connect RP-Initiated Logout 1.0). A sign-in
   * that is going on is cancelled first. Resolves with what was done, item by item; a second call joins the first.
   *
   * Rejects with `store_unavailable` or `lock_timeout` when it cannot be known whether anybody is signed in,
   * `invalid_config` for a wrong option, or `closed`.
   */
  signOut(options?: SignOutOptions): Promise<SignOutResult>;
  /**
   * Stops everything: listener, timers, requests. A refresh or a write to the store that has begun is finished first.
   * Later calls reject with `closed`, or throw it; `cancel` and `wake` do nothing.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Creates a client, which begins to look for a stored session: see {@link AuthClient.ready}.
 *
 * Throws `invalid_config` or `insecure_endpoint` with a sentence that says what to write instead; with `server` also
 * `unsupported_by_server` or `discovery_failed`, for metadata that no sign-in could go by.
 *
 * @example
 * ```ts
 * const client = createAuthClient(
 *   { issuer: "https://id.example.com", clientId: "my-cli" },
 *   createNodePorts({ appName: "my-cli" }),
 * );
 * const session = await client.signIn();
 * const response = await client.fetch("https://id.example.com/api/notes");
 * ```
 */
export function createAuthClient(options: AuthConfig, ports: AuthPorts): AuthClient {
  const config = resolveConfig(options);
  checkPorts(ports);
  const { clock, store } = ports;
  const oauth = createOAuthContext(config, ports, (milliseconds) =>
    callApp(() => config.onNotice(skewNotice(milliseconds))),
  );
  const discover = createDiscovery(oauth);
  const lifetime = new AbortController();

  const actor = createActor(authMachine.provide({ actors: createActors(config, ports, oauth, discover) }), {
    input: {
      clientId: config.clientId,
      refreshOnStart: config.refreshOnStart,
      random: oauth.random,
      now: () => clock.now(),
    },
  });
  const signIns = createSignIns(actor, config, clock);
  const signOut = createSignOut(actor, config, () => signIns.cancel());
  const tokens = createAccessTokens(actor, clock);
  const listeners = new Set<(state: AuthState) => void>();
  let state = toState(actor.getSnapshot(), store.info);

  actor.on("notice", ({ notice }) => callApp(() => config.onNotice(notice)));
  actor.subscribe((snapshot) => publish(toState(snapshot, store.info)));
  actor.start();

  function publish(next: AuthState): void {
    if (JSON.stringify(next) === JSON.stringify(state)) return;
    state = next;
    for (const listener of listeners) callApp(() => listener(next));
  }

  function assertOpen(): void {
    if (lifetime.signal.aborted) throw lifetime.signal.reason;
  }

  async function userInfo(): Promise<Claims> {
    assertOpen();
    const { signal } = lifetime;
    const accessToken = await tokens.get();
    const server = await discover(signal);
    const ask = (token: AccessToken): Promise<Claims> =>
      fetchUserInfo(oauth, server, token, actor.getSnapshot().context.session?.view.subject, signal);
    return ask(accessToken).catch(async (error: unknown) => {
      // With `resource` it is refused for what it is for, and another one would be too.
      const mayBeStale = error instanceof AuthError && error.oauthError === "invalid_token";
      if (!mayBeStale || config.resource.length > 0) throw error;
      return ask(await tokens.renew(accessToken));
    });
  }

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    lifetime.abort(closed());
    // A rotated token that could not be saved yet gets one more chance.
    if (actor.getSnapshot().matches({ refreshing: "pausing" })) actor.send({ type: "wake" });
    await until(actor, mayStop);
    actor.stop();
    signIns.rejectAll(lifetime.signal.reason as AuthError);
    listeners.clear();
    state = { ...state, can: [] };
  }

  /** After close() a command has nobody to go to. */
  function whileOpen(command: () => void): void {
    if (!lifetime.signal.aborted) command();
  }

  const client: AuthClient = {
    getState: () => state,
    subscribe(listener) {
      // A function of its own for each subscription: the same listener may be given twice.
      const own = (next: AuthState): void => listener(next);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    async ready() {
      await until(actor, (snapshot) => !snapshot.matches("restoring"));
      return state;
    },
    async signIn(options = {}) {
      assertOpen();
      return signIns.join(options);
    },
    submitRedirect(url) {
      assertOpen();
      actor.send({ type: "redirected", redirect: readPastedRedirect(url, actor.getSnapshot()) });
    },
    useDeviceCode() {
      assertOpen();
      const { attempt } = actor.getSnapshot().context;
      if (attempt?.server && !offersDeviceCode(attempt.server)) throw noDeviceFlow(attempt.server);
      actor.send({ type: "useDeviceCode" });
    },
    cancel: () => whileOpen(() => signIns.cancel()),
    async getAccessToken(options) {
      assertOpen();
      if (config.dpop) throw boundToKey();
      const { value, dpopKey } = await tokens.get(options);
      if (dpopKey) throw boundToKey();
      return value;
    },
    fetch: createApiFetch({ context: oauth, fetch: fetchOf(ports), tokens }),
    userInfo,
    wake: () => whileOpen(() => actor.send({ type: "wake" })),
    async signOut(options) {
      assertOpen();
      return signOut(options);
    },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
  keepActor(client, actor);
  return client;
}

/** Given out by itself it would be sent as a bearer token, which the server refuses. */
function boundToKey(): AuthError {
  return new AuthError(
    "invalid_config",
    "The access token is bound to a key (DPoP): by itself, in a header, it is of no use.",
    { detail: "dpop", hint: "Call the API through client.fetch, which adds a proof to each request." },
  );
}

/** An app's listener that throws must not keep the others from being called; its error stays loud. */
function callApp(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
