// Plays an outcome of the fake server on a socket, the ends HTTP has no words for among them.
import type { ServerResponse } from "node:http";
import { firstHalf, type Outcome } from "@loopkey/core/testing";

export async function sendOutcome({ response, end, after }: Outcome, answer: ServerResponse): Promise<void> {
  if (!response) {
    if (end === "reset") answer.socket?.resetAndDestroy();
    return;
  }
  const finish = (): void => {
    if (end === "reset") answer.socket?.resetAndDestroy();
  };
  if (after === "half the head") {
    answer.socket?.write("HTTP/1.1 200 OK\r\ncontent-ty", finish);
    return;
  }
  answer.statusCode = response.status;
  for (const [name, value] of response.headers) answer.appendHeader(name, value);
  if (end === undefined) {
    answer.end(Buffer.from(await response.arrayBuffer()));
    return;
  }
  const half = await firstHalf(response, after);
  // A length that is never reached: the client waits for the rest.
  answer.setHeader("content-length", half.byteLength * 2 + 1);
  answer.flushHeaders();
  answer.socket?.write(half, finish);
}
