// Waits on a loopback address for one redirect (RFC 8252 7.3), and is gone when it has come.
import type { ListenForRedirect } from "@loopkey/core";

/** What one client may cost. The defaults fit every browser; tests make them smaller. */
export interface ListenerLimits {
  /** Bytes of request line and headers together, without cookies. @default 16_384 */
  readonly maxHeaderBytes?: number;
  /** Milliseconds from connecting to the end of the headers. @default 5_000 */
  readonly requestTimeoutMs?: number;
  /** Connections open at once; a newcomer pushes out the oldest that has not sent a request. @default 256 */
  readonly maxConnections?: number;
}

export interface LoopbackListenerOptions {
  /** The app's name on the page that the browser shows in the end. @default "the app" */
  readonly appName?: string;
  readonly limits?: ListenerLimits;
}

/**
 * A listener for the redirect at the end of a sign-in or sign-out (RFC 8252 7.3, 8.3), on `node:net`.
 *
 * - Binds the first of the redirect URIs that can be bound, on loopback only: `127.0.0.1`, `[::1]`, or for `localhost`
 *   both with one port (IPv4 alone where `::1` does not exist). Rejects with an Error that names each URI and why.
 * - Considers one `GET` a connection (with `form_post` one `POST`), with exactly the redirect URI's Host. Everything else is answered with a plain
 *   status, reported by `onStray`, and neither ends nor delays the wait.
 * - On the accepted request it stops listening and drops every other connection; `respond` answers and closes the last.
 * - Aborting the signal closes all of it at once. Nothing stays open afterwards that would keep a process alive.
 */
export function createLoopbackListener(options: LoopbackListenerOptions = {}): ListenForRedirect {
  const { appName = "the app", limits = {} } = options;
  const { maxHeaderBytes = 16_384, requestTimeoutMs = 5_000, maxConnections = 256 } = limits;

  return async (request) => {
    // Loaded here only: most processes never listen.
    const { listen } = await import("./inside/listening.js");
    return listen(request, { appName, maxHeaderBytes, requestTimeoutMs, maxConnections });
  };
}
