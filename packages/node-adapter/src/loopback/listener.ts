// Waits on a loopback address for one redirect (RFC 8252 7.3), and is gone when it has come.
import type { Server, Socket } from "node:net";
import {
  parseLoopbackUri,
  type ListenForRedirect,
  type RedirectResponse,
  type RedirectVerdict,
} from "@loopkey/core";
import { bindFirst } from "./inside/binding.js";
import { sendAndDestroy, trackConnections, type Connection } from "./inside/connections.js";
import { renderAnswerPage } from "./inside/page.js";
import type { RequestHead } from "./inside/request-head.js";
import { formLength, readPosted, readRequest } from "./inside/request-rules.js";

/**
 * Connections that the system keeps for us; to one more it does not answer, and the client tries again after a second. It
 * may exceed what we keep open: libuv accepts one connection a turn (32 on Windows), and its request is read in the next.
 */
const BACKLOG = 1_024;

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

  return async ({ uris, accept, onStray, signal, mode = "query" }) => {
    signal.throwIfAborted();
    if (uris.length === 0) throw new TypeError("No redirect URI to listen on. Name at least one.");
    const isPosted = mode === "form_post";
    const wanted = uris.map((uri) => parseLoopbackUri(uri));
    // Unknown until every stack is bound; nobody can have been told the port before that.
    let boundUri: URL | undefined;
    let onAccepted: (connection: Connection, url: URL) => void;
    const connections = trackConnections({
      maxConnections,
      maxHeaderBytes,
      requestTimeoutMs,
      onRequest,
      onStray,
      // Whatever else is wrong with a request is told of, and not read.
      formLength: (head) =>
        isPosted && readRequest(head, boundUri!, mode) instanceof URL ? formLength(head) : 0,
    });

    function onRequest(connection: Connection, head: RequestHead, form: Buffer): void {
      const read = isPosted ? readPosted(head, form, boundUri!) : readRequest(head, boundUri!);
      const verdict = read instanceof URL ? ask(accept, read) : { ...read, accepted: false as const };
      if (verdict.accepted) onAccepted(connection, read as URL);
      else if ("redirectTo" in verdict) connections.sendOn(connection, verdict.redirectTo);
      else connections.refuse(connection, verdict, { withBody: head.method !== "HEAD" });
    }

    function createServer(): Server {
      // A client that has closed its half after the request still gets the answer.
      const server = process.getBuiltinModule("node:net").createServer({ allowHalfOpen: true });
      server.on("connection", (socket: Socket) => {
        if (boundUri) connections.add(socket);
        else socket.destroy();
      });
      return server;
    }

    const { uri, servers, port } = await bindFirst(wanted, { createServer, backlog: BACKLOG, signal });
    if (signal.aborted) {
      for (const server of servers) server.close();
      throw signal.reason;
    }
    const redirectUri = uri.withPort(port);
    // An accept that fails, for no file descriptor is left, must neither crash the app nor fail again while strangers hold
    // them. Mostly nobody is told: libuv accepts and closes until some are free. So there is a limit to begin with.
    for (const server of servers) server.on("error", () => connections.makeRoom());

    const response = new Promise<RedirectResponse>((resolve, reject) => {
      function stopListening(): void {
        signal.removeEventListener("abort", onAbort);
        for (const server of servers) server.close();
        connections.destroyAll();
      }
      function onAbort(): void {
        stopListening();
        reject(signal.reason as Error);
      }
      signal.addEventListener("abort", onAbort);
      onAccepted = (connection, url) => {
        connections.accept(connection);
        stopListening();
        let answered: Promise<void> | undefined;
        const respond: RedirectResponse["respond"] = (page) =>
          (answered ??= sendAndDestroy(connection.socket, renderAnswerPage(page, { appName })));
        resolve({ url, respond });
      };
    });
    // Whoever gives up may not be waiting any more.
    response.catch(() => {});
    boundUri = new URL(redirectUri);
    return { redirectUri, response };
  };
}

/** A stranger's request must not be able to throw through the server into the app. */
function ask(accept: (url: URL) => RedirectVerdict, url: URL): RedirectVerdict {
  try {
    return accept(url);
  } catch (error) {
    const detail = `The check of the request threw a ${error instanceof Error ? error.name : typeof error}`;
    return { accepted: false, status: 400, reason: "malformed_request", detail };
  }
}
