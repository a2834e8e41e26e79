// The client: the machine behind plain functions. Apps see AuthState and promises, never xstate.
import { createActor, waitFor } from "xstate";
import { createActors } from "./actors.js";
import { createApiFetch } from "./api-fetch.js";
import type { SignInOptions } from "./attempt.js";
import { resolveConfig, type AuthConfig } from "./config.js";
import { AuthError } from "./errors.js";
import { authMachine } from "./machine.js";
import { createDiscovery, createServerFetch, fetchUserInfo } from "./oauth/index.js";
import type { AuthPorts } from "./ports.js";
import type { Claims, Session } from "./session.js";
import { createSignIns } from "./sign-ins.js";
import { toState, type AuthState } from "./state.js";

export interface AccessTokenOptions {
  /** How long the token must still be valid, in milliseconds. @default 0 */
  readonly minValidityMs?: number;
}

/** One app's session with one server. Safe for `useSyncExternalStore`. */
export interface AuthClient {
  /** The state now; the same object until it changes. */
  getState(): AuthState;
  /** Calls `listener` at every change until the returned function is called. */
  subscribe(listener: (state: AuthState) => void): () => void;
  /**
   * Signs a person in through their browser (RFC 8252). Resolves when the session is saved. A second call while one is
   * going on joins it; with other options it rejects with `interaction_in_progress`.
   *
   * Rejects with `cancelled`, `timed_out`, `access_denied`, `authorization_failed`, `invalid_response`,
   * `id_token_invalid`, `discovery_failed`, `unsupported_by_server`, `insecure_endpoint`, `port_unavailable`,
   * `store_unavailable`, `temporarily_unavailable`, `invalid_config` or `closed`. A session from before stays then.
   */
  signIn(options?: SignInOptions): Promise<Session>;
  /** Gives up the sign-in that is going on, if any. */
  cancel(): void;
  /**
   * The access token, for a header. Rejects with `sign_in_required` when there is none that is valid,
   * `interaction_in_progress` when a sign-in is going on that will bring one, `closed`.
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>;
  /**
   * `fetch` with `Authorization: Bearer`, to the issuer's origin and `apiOrigins` only. Rejects with
   * `origin_not_allowed` before anything is sent, and with what {@link AuthClient.getAccessToken} rejects with.
   */
  readonly fetch: typeof globalThis.fetch;
  /** Claims of the userinfo endpoint (OpenID Connect Core 5.3). */
  userInfo(): Promise<Claims>;
  /** Stops everything: listener, timers, requests. Every later call rejects with `closed`. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Creates a client. Nothing happens before the first call: no request, no port, no timer.
 *
 * Throws `invalid_config` or `insecure_endpoint` with a sentence that says what to write instead.
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
  const { clock, store } = ports;
  const fetch = ports.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const oauth = {
    config,
    clock,
    fetch: createServerFetch({ fetch, clock, timeoutMs: config.requestTimeoutMs }),
  };
  const discover = createDiscovery(oauth);
  const lifetime = new AbortController();

  const actor = createActor(authMachine.provide({ actors: createActors(config, ports, oauth, discover) }), {
    input: { clientId: config.clientId, now: () => clock.now() },
  });
  const signIns = createSignIns(actor, config, clock);
  const listeners = new Set<(state: AuthState) => void>();
  let state = toState(actor.getSnapshot(), store.info);

  actor.on("notice", ({ notice }) => config.onNotice(notice));
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

  async function getAccessToken({ minValidityMs = 0 }: AccessTokenOptions = {}): Promise<string> {
    assertOpen();
    const { session, attempt } = actor.getSnapshot().context;
    const expiresAt = session?.view.accessTokenExpiresAt ?? Infinity;
    if (session && expiresAt - minValidityMs > clock.now()) return session.tokens.accessToken.reveal();
    if (attempt)
      throw new AuthError("interaction_in_progress", "A sign-in is going on that will bring a token.");
    throw new AuthError(
      "sign_in_required",
      session ? "The access token has expired." : "Nobody is signed in.",
    );
  }

  async function close(): Promise<void> {
    if (lifetime.signal.aborted) return;
    lifetime.abort(new AuthError("closed", "The client was closed."));
    // A save that has begun is finished: what is in the store must be known.
    await waitFor(actor, (snapshot) => !snapshot.matches({ exchanging: "saving" }));
    actor.stop();
    signIns.rejectAll(lifetime.signal.reason as AuthError);
    listeners.clear();
    state = { ...state, can: [] };
  }

  return {
    getState: () => state,
    subscribe(listener) {
      // A function of its own for each subscription: the same listener may be given twice.
      const own = (next: AuthState): void => listener(next);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    async signIn(options = {}) {
      assertOpen();
      return signIns.join(options);
    },
    cancel: () => actor.send({ type: "cancel" }),
    getAccessToken,
    fetch: createApiFetch({ fetch, origins: config.apiOrigins, getAccessToken }),
    async userInfo() {
      const accessToken = await getAccessToken();
      const subject = actor.getSnapshot().context.session?.view.subject;
      const { signal } = lifetime;
      return fetchUserInfo(oauth, await discover(signal), accessToken, subject, signal);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
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
