// Plays an outcome of the fake server on a socket, the ends HTTP has no words for among them.
import type { ServerResponse } from "node:http";
import { firstHalf, type Outcome } from "@loopkey/core/testing";

export async function sendOutcome({ response, end }: Outcome, answer: ServerResponse): Promise<void> {
  if (!response) {
    if (end === "reset") answer.socket?.resetAndDestroy();
    return;
  }
  answer.statusCode = response.status;
  for (const [name, value] of response.headers) answer.appendHeader(name, value);
  if (end === undefined) {
    answer.end(Buffer.from(await response.arrayBuffer()));
    return;
  }
  const half = await firstHalf(response);
  // A length that is never reached: the client waits for the rest.
  answer.setHeader("content-length", half.byteLength * 2);
  answer.write(half, () => {
    if (end === "reset") answer.socket?.resetAndDestroy();
  });
}
