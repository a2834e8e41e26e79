// The open connections of a listener: one request each, room for newcomers, and none left behind.
import type { Socket } from "node:net";
import type { StrayRequest } from "@loopkey/core";
import { encodeAnswer, redirectAnswer, refusalAnswer, type Answer, type Refusal } from "./answer.js";
import { createHeadReader, type RequestHead } from "./request-head.js";
import { announcesBody } from "./request-rules.js";

/** How long a refused client may go on sending before its connection is cut: cutting at once could lose the answer. */
const LINGER_MS = 500;

/** And how much: whoever sends more does not listen. */
const LINGER_BYTES = 262_144;

const HALF = "Closed before the request was complete";

export interface Connection {
  readonly socket: Socket;
  /** `reading` until one complete request has come; nothing that comes later is considered. */
  phase: "reading" | "answered" | "accepted";
}

export interface ConnectionOptions {
  readonly maxConnections: number;
  readonly maxHeaderBytes: number;
  readonly requestTimeoutMs: number;
  /** Called with the one request of a connection, if it is HTTP at all. Refuses it, sends it on, or accepts it. */
  readonly onRequest: (connection: Connection, head: RequestHead, form: Buffer) => void;
  /** How long the form is that comes with a head, where one is taken at all. @default there is none */
  readonly formLength?: ((head: RequestHead) => number | Refusal) | undefined;
  readonly onStray: (stray: StrayRequest) => void;
}

export interface ConnectionTracker {
  add(socket: Socket): void;
  /** Reports and answers a stray request, and ends its connection. */
  refuse(connection: Connection, refusal: Refusal, options?: { readonly withBody?: boolean }): void;
  /** Sends the browser to another address, and ends its connection. */
  sendOn(connection: Connection, location: string): void;
  /** The connection belongs to the caller from now on. */
  accept(connection: Connection): void;
  /** Half as many from now on, the older ones go: no file descriptor was left for a newcomer, and it is lost. */
  makeRoom(): void;
  /** All but the accepted one. */
  destroyAll(): void;
}

export function trackConnections(options: ConnectionOptions): ConnectionTracker {
  const { maxHeaderBytes, requestTimeoutMs, onRequest, formLength = () => 0 } = options;
  let { maxConnections } = options;
  // In order of arrival, so the first is the oldest.
  const reading = new Set<Connection>();
  const answered = new Set<Connection>();

  /** A stranger's request must not be able to throw through the server into the app. */
  function tell(stray: StrayRequest): void {
    try {
      options.onStray(stray);
    } catch {
      // Whoever is told has to cope: there is nobody else to tell.
    }
  }

  function forget(connection: Connection): void {
    reading.delete(connection);
    answered.delete(connection);
  }

  function drop(connection: Connection): void {
    forget(connection);
    connection.socket.destroy();
  }

  /** Those that have been answered only linger, and go first. Otherwise the oldest that has not managed to ask. */
  function crowdOut(): void {
    const [lingering] = answered;
    const [oldest] = reading;
    if (lingering) return drop(lingering);
    if (!oldest) return;
    forget(oldest);
    // The system is to keep nothing of it either: there may be thousands.
    oldest.socket.resetAndDestroy();
    tell({ reason: "crowded_out", detail: "Too many connections" });
  }

  /** Answers for good; what the client still sends is thrown away until it closes. */
  function answer(connection: Connection, bytes: string): void {
    reading.delete(connection);
    answered.add(connection);
    connection.phase = "answered";
    const { socket } = connection;
    const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once("close", () => clearTimeout(linger));
    socket.end(bytes);
  }

  const refuse: ConnectionTracker["refuse"] = (connection, refusal, { withBody = true } = {}) => {
    const { reason, detail } = refusal;
    tell(detail === undefined ? { reason } : { reason, detail });
    answer(connection, encodeAnswer(refusalAnswer(refusal), { withBody }));
  };

  function takeBytes(connection: Connection): (chunk: Buffer) => void {
    const { socket } = connection;
    const read = createHeadReader(maxHeaderBytes);
    let posted: { readonly head: RequestHead; readonly form: Buffer; length: number } | undefined;
    let behind = 0;
    // Behind something that is not HTTP, or that announces a body, there is no second request to speak of.
    let isSecondTold = true;

    /** It is never looked at; only that it came is told, once. */
    function throwAway(count: number): void {
      if (count === 0 || socket.destroyed) return;
      behind += count;
      if (!isSecondTold) tell({ reason: "pipelined", detail: "More than one request on a connection" });
      isSecondTold = true;
      if (behind <= LINGER_BYTES) return;
      if (connection.phase === "accepted") socket.pause();
      else socket.destroy();
    }

    /** The bytes of the form that have come; the rest is none of it. */
    function takeForm(chunk: Buffer): void {
      const { head, form, length } = posted!;
      posted!.length += chunk.copy(form, length);
      if (posted!.length < form.length) return;
      onRequest(connection, head, form);
      isSecondTold = form.length === 0 && announcesBody(head);
      throwAway(chunk.length - (form.length - length));
    }

    return (chunk) => {
      if (connection.phase !== "reading") return throwAway(chunk.length);
      if (posted) return takeForm(chunk);
      const got = read(chunk);
      if (got === "partial") return;
      if ("reason" in got) return refuse(connection, got);
      const length = formLength(got.head);
      if (typeof length !== "number") return refuse(connection, length);
      posted = { head: got.head, form: Buffer.alloc(length), length: 0 };
      takeForm(chunk.subarray(chunk.length - got.behind));
    };
  }

  return {
    add(socket) {
      if (reading.size + answered.size >= maxConnections) crowdOut();
      const connection: Connection = { socket, phase: "reading" };
      reading.add(connection);

      /** No complete request will come. A connection on which nothing was ever sent is a browser's spare one. */
      function giveUp(refusal: Refusal): void {
        if (!reading.has(connection)) return;
        if (socket.bytesRead === 0) drop(connection);
        else refuse(connection, refusal);
      }
      const timer = setTimeout(giveUp, requestTimeoutMs, {
        status: 408,
        reason: "too_slow",
        detail: "The request was not complete in time",
      } satisfies Refusal).unref();
      socket.on("data", takeBytes(connection));
      socket.on("error", () => {});
      socket.once("end", () => giveUp({ status: 400, reason: "malformed_request", detail: HALF }));
      socket.once("close", () => {
        clearTimeout(timer);
        if (reading.has(connection) && socket.bytesRead > 0)
          tell({ reason: "malformed_request", detail: HALF });
        forget(connection);
      });
    },
    refuse,
    sendOn: (connection, location) => answer(connection, encodeAnswer(redirectAnswer(location))),
    accept(connection) {
      forget(connection);
      connection.phase = "accepted";
    },
    makeRoom() {
      maxConnections = Math.max(1, Math.floor((reading.size + answered.size) / 2));
      while (reading.size + answered.size > maxConnections) crowdOut();
    },
    destroyAll() {
      for (const connection of [...reading, ...answered]) drop(connection);
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
