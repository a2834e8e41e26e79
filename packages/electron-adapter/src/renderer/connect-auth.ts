// The session as a window sees it: the state and the commands of the core's client, and no token.
import type {
  AuthClient,
  Claims,
  Session,
  SignInOptions,
  SignOutOptions,
  SignOutResult,
} from "@loopkey/core";
import { connect, type PageWindow } from "./inside/connection.js";
import { createWindowFetch } from "./inside/window-fetch.js";

export interface ConnectAuthOptions {
  /** In place of the page's own: that of the double, in a test. */
  readonly window?: PageWindow;
}

/** A window's view of the session. Safe for `useSyncExternalStore`. */
export interface WindowAuth extends Pick<AuthClient, "getState" | "subscribe" | "ready" | "cancel"> {
  /**
   * As the client's; the session has no more claims than the app allows. `flow: "device"` and `openBrowser: false` need
   * `useDeviceCode` and `url` in `allow` of `serveAuth`. Goes on when the window is closed.
   */
  signIn(options?: SignInOptions): Promise<Session>;
  signOut(options?: SignOutOptions): Promise<SignOutResult>;
  /** The claims that the app allows. */
  userInfo(): Promise<Claims>;
  /** Where `allow` names it. Rejects as the client's throws. */
  submitRedirect(url: string): Promise<void>;
  /** Where `allow` names it. Rejects as the client's throws. */
  useDeviceCode(): Promise<void>;
  /**
   * `fetch` with the person's token, which stays in the main process; what may be asked for stands in `fetch` of `serveAuth`.
   * Bodies are streamed both ways, an abort works, errors have their `code`. A sign-out ends it with `signed_out`.
   */
  readonly fetch: typeof globalThis.fetch;
}

/**
 * Connects the page to the session in the main process. The state is `restoring` until the first one has come, a moment later:
 * see `ready`. A second call gives the same object.
 *
 * All calls reject with an `AuthError`: with the code they have in the main process; `closed`, once this document is not served
 * (any more); `invalid_config` for what the app does not allow to windows. Throws `invalid_config` where there is no preload.
 *
 * @example
 * ```ts
 * const auth = connectAuth();
 * auth.subscribe(({ status }) => (document.title = status));
 * await auth.signIn();
 * const notes = await auth.fetch("https://api.example.com/notes");
 * ```
 */
export function connectAuth({ window = globalThis }: ConnectAuthOptions = {}): WindowAuth {
  const known = connected.get(window);
  if (known) return known;
  const { getState, subscribe, ready, call, begin } = connect(window);
  const auth: WindowAuth = {
    getState,
    subscribe,
    ready,
    signIn: async ({ signal, ...options } = {}) =>
      call({ name: "signIn", options: defined(options) }, signal),
    signOut: async ({ signal, ...options } = {}) =>
      call({ name: "signOut", options: defined(options) }, signal),
    // As the client's it has no answer; that it was not taken is no news either.
    cancel: () => void call({ name: "cancel" }).catch(() => {}),
    userInfo: () => call({ name: "userInfo" }),
    submitRedirect: (url) => call({ name: "submitRedirect", url }),
    useDeviceCode: () => call({ name: "useDeviceCode" }),
    fetch: createWindowFetch(begin),
  };
  connected.set(window, auth);
  return auth;
}

/** A page gets its port once. */
const connected = new WeakMap<PageWindow, WindowAuth>();

/** A copy that can be sent; what is undefined is not there. */
function defined<T extends object>(options: T): T {
  return Object.fromEntries(
    Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]),
  ) as T;
}
