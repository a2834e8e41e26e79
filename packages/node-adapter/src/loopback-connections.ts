// The open connections of a listener: one request each, room for newcomers, and none left behind.
import type { Socket } from "node:net";
import type { StrayRequest } from "@loopkey/core";
import { encodeAnswer, redirectAnswer, refusalAnswer, type Answer, type Refusal } from "./http-answer.js";

/** How long a refused client may go on sending before its connection is cut: cutting at once could lose the answer. */
const LINGER_MS = 500;

export interface Connection {
  readonly socket: Socket;
  /** `reading` until one complete request has come; nothing that comes later is considered. */
  phase: "reading" | "refused" | "accepted";
  secondRequestReported: boolean;
}

export interface ConnectionTracker {
  add(socket: Socket): void;
  get(socket: Socket): Connection | undefined;
  /** Reports and answers a stray request, and ends its connection. */
  refuse(connection: Connection, refusal: Refusal, options?: { readonly withBody?: boolean }): void;
  /** Sends the browser to another address, and ends its connection. */
  sendOn(connection: Connection, location: string): void;
  /** Reports a second request on a connection, once; it is neither read nor answered. */
  ignoreSecond(connection: Connection): void;
  destroyAll(except?: Connection): void;
}

export function trackConnections(
  maxConnections: number,
  onStray: (stray: StrayRequest) => void,
): ConnectionTracker {
  // In order of arrival, so the first is the oldest.
  const open = new Map<Socket, Connection>();

  function makeRoom(): void {
    // Those that have been answered only linger, and go first. Otherwise the oldest that has not managed to send a
    // request: whoever opens thousands of connections pushes out their own.
    const all = [...open.values()];
    const victim = all.find(({ phase }) => phase === "refused") ?? all[0]!;
    if (victim.phase === "reading") onStray({ reason: "crowded_out", detail: "Too many connections" });
    drop(victim);
  }

  function drop(connection: Connection): void {
    open.delete(connection.socket);
    if (connection.phase === "reading") connection.phase = "refused";
    connection.socket.destroy();
  }

  /** Answers for good; what the client still sends is thrown away until it closes. */
  function answer(connection: Connection, bytes: string): void {
    connection.phase = "refused";
    const { socket } = connection;
    const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once("close", () => clearTimeout(linger));
    socket.end(bytes);
    socket.resume();
  }

  return {
    add(socket) {
      if (open.size >= maxConnections) makeRoom();
      const connection: Connection = { socket, phase: "reading", secondRequestReported: false };
      open.set(socket, connection);
      // Node's own listener is gone after CONNECT and after the first error.
      socket.on("error", () => {});
      socket.once("close", () => {
        open.delete(socket);
        // A connection on which nothing was ever sent is a browser's spare one, not a request.
        if (connection.phase === "reading" && socket.bytesRead > 0) {
          onStray({ reason: "malformed_request", detail: "Closed before the request was complete" });
        }
      });
    },
    get: (socket) => open.get(socket),
    refuse(connection, refusal, { withBody = true } = {}) {
      const { reason, detail } = refusal;
      onStray(detail === undefined ? { reason } : { reason, detail });
      answer(connection, encodeAnswer(refusalAnswer(refusal), { withBody }));
    },
    sendOn: (connection, location) => answer(connection, encodeAnswer(redirectAnswer(location))),
    ignoreSecond(connection) {
      if (!connection.secondRequestReported) {
        connection.secondRequestReported = true;
        onStray({ reason: "pipelined", detail: "A second request on one connection" });
      }
      connection.socket.pause();
    },
    destroyAll(except) {
      for (const connection of open.values()) if (connection !== except) drop(connection);
    },
  };
}

/** Sends an answer and destroys the socket. Resolves when it is flushed or the peer has gone; never rejects. */
export function sendAndDestroy(socket: Socket, answer: Answer): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    socket.once("close", () => resolve());
    socket.end(encodeAnswer(answer), () => socket.destroy());
  });
}
