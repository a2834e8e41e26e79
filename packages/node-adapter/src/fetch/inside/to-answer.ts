// What Node has received, as the core reads it. Makes no Response and no stream of the Web: they load undici.
import type { IncomingMessage } from "node:http";
import type { BareResponse } from "@loopkey/core";
import { decoded } from "./content-coding.js";
import { fetchFailed } from "./exchange.js";
import type { OutgoingRequest } from "./outgoing.js";

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** The answer as fetch gives it. Its body is read as it is asked for; whoever does not want it leaves its loop. */
export function toAnswer(
  message: IncomingMessage,
  request: OutgoingRequest,
  { redirected }: { readonly redirected: boolean },
): BareResponse {
  const { statusCode: status = 0, statusMessage: statusText = "" } = message;
  if (status < 200 || status > 599) {
    message.destroy();
    throw fetchFailed(new RangeError(`The status ${status} is none that a Response can have.`));
  }
  const hasBody = request.method !== "HEAD" && !WITHOUT_BODY.has(status);
  if (!hasBody) message.resume();
  return {
    status,
    statusText,
    url: request.url.href,
    redirected,
    headers: pairsOf(message.rawHeaders),
    body: hasBody ? chunksOf(message, request.signal) : null,
  };
}

/** Nothing is read ahead: what is too much for the reader stays where it is. Left before the first chunk it is closed, too. */
function chunksOf(message: IncomingMessage, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  const chunks = readChunks(message, signal);
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => chunks.next(),
      return: () => {
        message.destroy();
        return chunks.return(undefined);
      },
    }),
  };
}

async function* readChunks(
  message: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, undefined> {
  const source = decoded(message);
  try {
    // A copy: Node's chunks share their memory with others.
    for await (const chunk of source) yield new Uint8Array(chunk as Uint8Array);
  } catch (cause) {
    throw signal?.aborted ? signal.reason : new TypeError("terminated", { cause });
  } finally {
    source.destroy();
    message.destroy();
  }
}

function pairsOf(rawHeaders: readonly string[]): [string, string][] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ""] as [string, string]] : [],
  );
}
