// The border to the Web's Response, the only place here that makes one: it loads undici, and the body's stream.
import type { IncomingMessage } from "node:http";
import { decoded } from "./content-coding.js";
import { fetchFailed } from "./exchange.js";
import type { OutgoingRequest } from "./outgoing.js";

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** The answer as fetch gives it. Its body is read as it is asked for; whoever does not want it cancels it. */
export function toResponse(
  message: IncomingMessage,
  request: OutgoingRequest,
  { redirected }: { readonly redirected: boolean },
): Response {
  const { statusCode: status = 0, statusMessage: statusText = "" } = message;
  const hasBody = request.method !== "HEAD" && !WITHOUT_BODY.has(status);
  try {
    const body = hasBody ? streamOf(message, request.signal) : null;
    const response = new Response(body, { status, statusText, headers: pairsOf(message.rawHeaders) });
    if (!hasBody) message.resume();
    // A Response that was made by hand has no address.
    return Object.defineProperties(response, {
      url: { value: request.url.href },
      redirected: { value: redirected },
    });
  } catch (error) {
    // A status beyond 599: nothing that a Response can say.
    message.destroy();
    throw fetchFailed(error);
  }
}

/** Nothing is read ahead: what is too much for the reader stays where it is. */
function streamOf(message: IncomingMessage, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const source = decoded(message);
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (done) controller.close();
          // A copy: Node's chunks share their memory with others.
          else controller.enqueue(new Uint8Array(value));
        } catch (cause) {
          controller.error(signal?.aborted ? signal.reason : new TypeError("terminated", { cause }));
        }
      },
      cancel() {
        source.destroy();
        message.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}

function pairsOf(rawHeaders: readonly string[]): [string, string][] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ""] as [string, string]] : [],
  );
}
