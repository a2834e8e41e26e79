// Waits on a loopback address for one redirect (RFC 8252 7.3), and is gone when it has come.
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import {
  parseLoopbackUri,
  type ListenForRedirect,
  type RedirectResponse,
  type RedirectVerdict,
} from "@loopkey/core";
import type { Refusal } from "./http-answer.js";
import { bindFirst } from "./loopback-binding.js";
import { sendAndDestroy, trackConnections, type Connection } from "./loopback-connections.js";
import { renderAnswerPage } from "./loopback-page.js";
import { readRequest } from "./loopback-request.js";

/** What one client may cost. The defaults fit every browser; tests make them smaller. */
export interface ListenerLimits {
  /** Bytes of request line and headers together. @default 16_384 */
  readonly maxHeaderBytes?: number;
  /** Milliseconds from connecting to the end of the headers. @default 5_000 */
  readonly requestTimeoutMs?: number;
  /** Milliseconds between two looks for slow clients. @default 1_000 */
  readonly timeoutCheckMs?: number;
  /** Connections open at once; a newcomer pushes out the oldest that has not sent a request. @default 512 */
  readonly maxConnections?: number;
}

export interface LoopbackListenerOptions {
  /** The app's name on the page that the browser shows in the end. @default "the app" */
  readonly appName?: string;
  readonly limits?: ListenerLimits;
}

/**
 * A listener for the redirect at the end of a sign-in or sign-out (RFC 8252 7.3, 8.3), on `node:http`.
 *
 * - Binds the first of the redirect URIs that can be bound, on loopback only: `127.0.0.1`, `[::1]`, or for `localhost`
 *   both with one port (IPv4 alone where `::1` does not exist). Rejects with an Error that names each URI and why.
 * - Considers one `GET` a connection, with exactly the redirect URI's Host. Everything else is answered with a plain
 *   status, reported by `onStray`, and neither ends nor delays the wait.
 * - On the accepted request it stops listening and drops every other connection; `respond` answers and closes the last.
 * - Aborting the signal closes all of it at once. Nothing stays open afterwards that would keep a process alive.
 */
export function createLoopbackListener(options: LoopbackListenerOptions = {}): ListenForRedirect {
  const { appName = "the app", limits = {} } = options;
  const { maxHeaderBytes = 16_384, requestTimeoutMs = 5_000 } = limits;
  const { timeoutCheckMs = 1_000, maxConnections = 512 } = limits;

  return async ({ uris, accept, onStray, signal }) => {
    signal.throwIfAborted();
    if (uris.length === 0) throw new TypeError("No redirect URI to listen on. Name at least one.");
    const wanted = uris.map((uri) => parseLoopbackUri(uri));
    const connections = trackConnections(maxConnections, onStray);
    // Unknown until every stack is bound; nobody can have been told the port before that.
    let boundUri: URL | undefined;
    let onAccepted: (connection: Connection, url: URL) => void;

    function onRequest(request: IncomingMessage): void {
      // What a refused client still sends is thrown away.
      request.resume();
      const connection = connections.get(request.socket);
      if (!connection || !boundUri) return;
      if (connection.phase !== "reading") return connections.ignoreSecond(connection);
      const read = readRequest(request, boundUri);
      const verdict = read instanceof URL ? ask(accept, read) : { ...read, accepted: false as const };
      if (verdict.accepted) onAccepted(connection, read as URL);
      else if ("redirectTo" in verdict) connections.sendOn(connection, verdict.redirectTo);
      else connections.refuse(connection, verdict, { withBody: request.method !== "HEAD" });
    }

    function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
      const connection = connections.get(socket);
      if (!connection) return void socket.destroy();
      // Garbage behind the one request, or the end of a connection that is answered already.
      if (connection.phase !== "reading") {
        if (!error.code?.startsWith("HPE_")) socket.destroy();
        return;
      }
      // Gone, or a spare connection that never said anything: nobody to answer. `close` reports what there is.
      if (!socket.writable || socket.bytesRead === 0) return void socket.destroy();
      connections.refuse(connection, refusalOf(error));
    }

    function createServer(): Server {
      // Not a static import: its many lazy exports would cost every process 25 ms, also those that never sign in.
      const server = process.getBuiltinModule("node:http").createServer({
        maxHeaderSize: maxHeaderBytes,
        headersTimeout: requestTimeoutMs,
        requestTimeout: requestTimeoutMs,
        connectionsCheckingInterval: timeoutCheckMs,
        insecureHTTPParser: false,
        // Checked here instead, where it is reported too.
        requireHostHeader: false,
      });
      // Otherwise headers behind the 2,000th, a second Host among them, would be dropped silently.
      server.maxHeadersCount = 0;
      // A client that has closed its half after the request still gets the answer.
      Object.assign(server, { httpAllowHalfOpen: true });
      server.on("connection", (socket: Socket) => {
        if (boundUri) connections.add(socket);
        else socket.destroy();
      });
      for (const event of ["request", "checkContinue", "checkExpectation", "connect"]) {
        server.on(event, onRequest);
      }
      server.on("clientError", onClientError);
      return server;
    }

    // Fewer may queue than may be open: a burst of newcomers cannot push out one that has not had its turn to be read.
    const backlog = Math.max(1, Math.floor(maxConnections / 2));
    const { uri, servers, port } = await bindFirst(wanted, { createServer, backlog, signal });
    if (signal.aborted) {
      for (const server of servers) server.close();
      throw signal.reason;
    }
    const redirectUri = uri.withPort(port);
    // An accept that fails (no file descriptors left) must not crash the app; the wait has its deadline.
    for (const server of servers) server.on("error", () => {});

    const response = new Promise<RedirectResponse>((resolve, reject) => {
      function stopListening(except?: Connection): void {
        signal.removeEventListener("abort", onAbort);
        for (const server of servers) server.close();
        connections.destroyAll(except);
      }
      function onAbort(): void {
        stopListening();
        reject(signal.reason as Error);
      }
      signal.addEventListener("abort", onAbort);
      onAccepted = (connection, url) => {
        connection.phase = "accepted";
        stopListening(connection);
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

function refusalOf({ code = "" }: NodeJS.ErrnoException): Refusal {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, reason: "too_slow", detail: "The request was not complete in time" };
    case "HPE_HEADER_OVERFLOW":
      return { status: 431, reason: "too_large", detail: "The URL and headers are over the limit" };
    default:
      return { status: 400, reason: "malformed_request", detail: code };
  }
}
