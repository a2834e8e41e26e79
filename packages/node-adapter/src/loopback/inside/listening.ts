// One wait for a redirect: binds, considers what comes, and is gone when the redirect has come. Loaded when one begins.
import type { Server, Socket } from "node:net";
import type {
  ListenForRedirectOptions,
  RedirectListening,
  RedirectResponse,
  RedirectVerdict,
} from "@loopkey/core";
import { parseLoopbackUri } from "@loopkey/core/light";
import { bindFirst } from "./binding.js";
import { sendAndDestroy, trackConnections, type Connection } from "./connections.js";
import { renderAnswerPage } from "./page.js";
import type { RequestHead } from "./request-head.js";
import { formLength, readPosted, readRequest } from "./request-rules.js";

/**
 * Connections that the system keeps for us; to one more it does not answer, and the client tries again after a second. It
 * may exceed what we keep open: libuv accepts one connection a turn (32 on Windows), and its request is read in the next.
 */
const BACKLOG = 1_024;

export interface ListenerSettings {
  readonly appName: string;
  readonly maxHeaderBytes: number;
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
}

/** See `createLoopbackListener`. */
export async function listen(
  { uris, accept, onStray, signal, mode = "query" }: ListenForRedirectOptions,
  { appName, maxHeaderBytes, requestTimeoutMs, maxConnections }: ListenerSettings,
): Promise<RedirectListening> {
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
