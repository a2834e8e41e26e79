// The ways in which a request, or its answer, is lost on the way between a client and its server.
import type { Socket } from "node:net";

/** An answer of the server, ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly head: Buffer;
  readonly body: Buffer;
}

type Kind =
  /** A reset, an error of a gateway, half of an answer: the client sees at once that something is wrong. */
  | "broken"
  /** Nothing comes any more: the client finds out when its own limit is over. */
  | "silent"
  /** The process is stopped, as by the sleep of the machine, and its connections are dead when it goes on. */
  | "asleep";

export interface Way {
  readonly name: string;
  readonly kind: Kind;
  /** Whether the request reaches the server: its answer is made then, and lost. */
  readonly arrives: boolean;
  /** What the client gets in the answer's place. There is no answer where the request did not arrive. */
  readonly lose: (socket: Socket, answer: Answer) => void;
}

/** A connection of the client's that was open when the machine went to sleep, and is not used then: it takes, and never gives. */
export const DEAD_CONNECTION = "asleep, its idle connection dead";
/** Stopped when the request has been answered, and before it has seen that. */
export const DEAD_ANSWER = "asleep while the answer comes";

const reset = (socket: Socket): void => void socket.resetAndDestroy();
const silence = (): void => {};

export const WAYS: readonly Way[] = [
  // What was sent never arrives.
  way("reset before it is read", "broken", false, reset),
  way("closed before it is read", "broken", false, (socket) => void socket.destroy()),
  way("502, and nobody asked the server", "broken", false, instead(502)),
  way("silence, nobody asked the server", "silent", false, silence),
  // The server has answered.
  way("reset before the answer", "broken", true, reset),
  way("closed before the answer", "broken", true, (socket) => void socket.end()),
  way("reset in the headers", "broken", true, (socket, { head }) => partly(socket, half(head), reset)),
  way("reset after the headers", "broken", true, (socket, { head }) => partly(socket, head, reset)),
  way("reset in the body", "broken", true, (socket, { head, body }) =>
    partly(socket, Buffer.concat([head, half(body)]), reset),
  ),
  way("closed in the body", "broken", true, (socket, { head, body }) =>
    partly(socket, Buffer.concat([head, half(body)]), () => socket.end()),
  ),
  way("500 in place of the answer", "broken", true, instead(500)),
  way("502 in place of the answer", "broken", true, instead(502)),
  way("504 in place of the answer", "broken", true, instead(504)),
  way("silence in place of the answer", "silent", true, silence),
  way("silence in the body", "silent", true, (socket, { head, body }) =>
    partly(socket, Buffer.concat([head, half(body)]), silence),
  ),
  way(DEAD_ANSWER, "asleep", true, silence),
  way(DEAD_CONNECTION, "asleep", true, silence),
];

function way(name: string, kind: Kind, arrives: boolean, lose: Way["lose"]): Way {
  return { name, kind, arrives, lose };
}

function instead(status: number): Way["lose"] {
  const page = `<html><body><h1>${status}</h1></body></html>`;
  const head = `HTTP/1.1 ${status} Gateway\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n`;
  return (socket) => void socket.write(head + page);
}

function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.ceil(bytes.length / 2));
}

/** Sends these bytes before it goes on. */
function partly(socket: Socket, bytes: Buffer, then: (socket: Socket) => void): void {
  socket.write(bytes, () => then(socket));
}
