// One answer of the fetch contract's server, with its end.
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { WireAnswer } from "@loopkey/core/testing";

/** `onSent` is told of the bytes of bodies that the system has taken. */
export function sendWireAnswer(
  answer: WireAnswer,
  response: ServerResponse,
  onSent: (bytes: number) => void,
): void {
  const { status = 200, statusText, headers = [], ends } = answer;
  const body = Buffer.from(answer.body ?? "");
  const socket = response.socket!;
  if (ends === "silence") return;
  if (ends === "reset") return reset(socket);
  if (ends === "not_http") return void socket.end("220 mail.example ESMTP\r\n\r\n");
  if (ends === "reset_in_head")
    return void socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/pl", () => reset(socket));

  const isChunked = headers.some(([name]) => name.toLowerCase() === "transfer-encoding");
  const hasLength = headers.some(([name]) => name.toLowerCase() === "content-length");
  // Node writes each character as one byte.
  const rawHeaders = headers.flatMap(([name, value]) => [name, Buffer.from(value).toString("latin1")]);
  if (!isChunked && !hasLength && ends !== "endless" && status !== 204)
    rawHeaders.push("content-length", String(body.length));
  response.writeHead(status, statusText, rawHeaders);
  if (ends === undefined) {
    onSent(body.length);
    return void response.end(body);
  }
  if (ends === "endless") return sendForEver(body, response, onSent);
  const half = body.subarray(0, body.length / 2);
  response.write(half, () => {
    onSent(half.length);
    if (ends === "reset_in_body") reset(socket);
    if (ends === "closed_in_body") socket.end();
  });
}

function sendForEver(body: Buffer, response: ServerResponse, onSent: (bytes: number) => void): void {
  response.write(body, (error) => {
    if (error || response.destroyed) return;
    onSent(body.length);
    sendForEver(body, response, onSent);
  });
}

/** A RST, where the socket can send one; inside TLS it ends without a word. */
function reset(socket: Socket): void {
  if ("encrypted" in socket) socket.destroy();
  else socket.resetAndDestroy();
}
