// `fetch` by Chromium's network stack, so that the system's proxy and certificates count. By net.request: net.fetch keeps
// `Authorization` on a redirect to another origin, cannot be told `redirect: "manual"`, and buffers a body without end.
import type { ClientRequest, IncomingMessage, Session } from "electron/main";
import type { ElectronMain } from "../electron.js";
import { locationOf, MOST_REDIRECTS, redirected, type OutRequest } from "./redirects.js";

/** Without `persist:` before it: in memory. */
const PARTITION = "loopkey";
const NULL_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);
/** What Chromium writes itself, and refuses from others. */
const NOT_OURS = new Set([
  "content-length",
  "host",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "te",
  "trailer",
]);

/**
 * A `fetch` in a session of its own that keeps nothing: no cookies, no cache, nothing on disk. A call before the app is ready
 * waits for it. Follows redirects as the Fetch standard has it: to another origin without `Authorization` and the like. The
 * body is pulled: what is not read is not fetched. Rejects as `fetch` does, with Chromium's code in the cause.
 */
export function createNetFetch({
  app,
  net,
  session,
}: Pick<ElectronMain, "app" | "net" | "session">): typeof fetch {
  let own: Session | undefined;

  async function ready(signal: AbortSignal): Promise<Session> {
    if (!app.isReady()) await untilAborted(signal, app.whenReady());
    signal.throwIfAborted();
    return (own ??= session.fromPartition(PARTITION, { cache: false }));
  }

  return async (input, init) => {
    const given = new Request(input, init);
    const { redirect } = given;
    // The caller's own: the one of a Request in Node is lost together with the Request.
    const signal = init?.signal ?? (input instanceof Request ? input.signal : new AbortController().signal);
    const settings = await ready(signal);
    const first: OutRequest = {
      url: new URL(given.url),
      method: given.method,
      headers: given.headers,
      body: await bodyOf(given, init),
    };
    let request = first;
    for (let step = 0; step <= MOST_REDIRECTS; step++) {
      // oxlint-disable-next-line no-await-in-loop
      const response = await send(request, settings, signal);
      const location = locationOf(response);
      if (location === undefined || redirect === "manual")
        return described(response, request.url, request !== first);
      if (redirect === "error") throw new TypeError("fetch failed: it was redirected");
      request = redirected(request, response.status, location);
    }
    throw new TypeError("fetch failed: too many redirects");
  };

  function send(request: OutRequest, settings: Session, signal: AbortSignal): Promise<Response> {
    const { url, method, headers, body } = request;
    const outgoing = net.request({
      url: url.href,
      method,
      session: settings,
      redirect: "manual",
      credentials: "omit",
      useSessionCookies: false,
      cache: "no-store",
    });
    for (const [name, value] of headers) if (!NOT_OURS.has(name)) outgoing.setHeader(name, value);
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        reject(signal.reason);
        outgoing.abort();
      };
      const settled = (): void => signal.removeEventListener("abort", abort);
      /** A server may say what no Response can: a status beyond 599. */
      const answer = (make: () => Response): void => {
        try {
          resolve(make());
        } catch (error) {
          settled();
          reject(failed(error));
          outgoing.abort();
        }
      };
      signal.addEventListener("abort", abort, { once: true });
      // It stays: after an abort, or a redirect that is not followed here, it says so once more.
      outgoing.on("error", (error) => {
        settled();
        reject(failed(error));
      });
      outgoing.on("redirect", (status, _method, location, received) => {
        settled();
        answer(() => new Response(null, { status, headers: headersOf(received, location) }));
        outgoing.abort();
      });
      outgoing.on("response", (incoming) => {
        // Whoever reads it hears of it. As an event that nobody listens to it would end the app.
        incoming.on("error", () => {});
        answer(() => toResponse(incoming, outgoing, signal, settled));
      });
      write(outgoing, body, signal).catch((error: unknown) => {
        settled();
        reject(error);
        outgoing.abort();
      });
    });
  }
}

function toResponse(
  incoming: IncomingMessage,
  outgoing: ClientRequest,
  signal: AbortSignal,
  done: () => void,
): Response {
  const { statusCode: status, statusMessage: statusText, rawHeaders } = incoming;
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!);
  // It has been decoded.
  if (headers.has("content-encoding"))
    for (const name of ["content-encoding", "content-length"]) headers.delete(name);
  if (NULL_BODY.has(status)) {
    done();
    incoming.on("data", () => {});
    return new Response(null, { status, statusText, headers });
  }
  return new Response(pulled(incoming, outgoing, signal, done), { status, statusText, headers });
}

/** As a stream that is read when it is asked for. */
function pulled(
  incoming: IncomingMessage,
  outgoing: ClientRequest,
  signal: AbortSignal,
  done: () => void,
): ReadableStream<Uint8Array> {
  // It is a Readable, which its declarations do not say.
  const chunks = (incoming as unknown as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done: isOver, value } = await chunks.next();
          if (!isOver)
            return controller.enqueue(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
          done();
          controller.close();
        } catch (error) {
          done();
          controller.error(signal.aborted ? signal.reason : failed(error));
        }
      },
      cancel() {
        done();
        outgoing.abort();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Piece by piece, each when the one before has been taken. */
async function write(outgoing: ClientRequest, body: OutRequest["body"], signal: AbortSignal): Promise<void> {
  if (body instanceof ReadableStream) {
    outgoing.chunkedEncoding = true;
    await writeStream(outgoing, body.getReader(), signal);
  } else if (body !== null && body.byteLength > 0) outgoing.write(Buffer.from(body));
  if (!signal.aborted) outgoing.end();
}

async function writeStream(
  outgoing: ClientRequest,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  // What was aborted may never say that it has taken a piece.
  let taken = (): void => {};
  const stop = (): void => {
    taken();
    void reader.cancel(signal.reason).catch(() => {});
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (let part = await reader.read(); !part.done && !signal.aborted; part = await reader.read()) {
      const bytes = Buffer.from(part.value);
      // oxlint-disable-next-line no-await-in-loop
      await new Promise<void>((resolve) => {
        taken = resolve;
        outgoing.write(bytes, undefined, resolve);
      });
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Whole, so that it can be sent again, unless it is a stream by itself. */
async function bodyOf(given: Request, init: RequestInit | undefined): Promise<OutRequest["body"]> {
  if (!given.body) return null;
  const body: unknown = init?.body;
  const isStream =
    typeof body === "object" &&
    body !== null &&
    (body instanceof ReadableStream || Symbol.asyncIterator in body);
  return isStream ? given.body : new Uint8Array(await given.arrayBuffer());
}

function headersOf(received: Readonly<Record<string, readonly string[]>>, location: string): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(received))
    for (const value of values) headers.append(name, value);
  headers.set("location", location);
  return headers;
}

/** What a Response of fetch has, and one that is made has not. */
function described(response: Response, url: URL, isRedirected: boolean): Response {
  return Object.defineProperties(response, {
    url: { value: url.href, enumerable: true, configurable: true },
    redirected: { value: isRedirected, enumerable: true, configurable: true },
  });
}

/** As fetch rejects: Chromium's `net::ERR_CONNECTION_REFUSED` is the cause's code. */
function failed(error: unknown): TypeError {
  const message = error instanceof Error ? error.message : String(error);
  const code = /\bERR_[A-Z0-9_]+/.exec(message)?.[0];
  return new TypeError("fetch failed", {
    cause: Object.assign(new Error(message), code !== undefined && { code }),
  });
}

function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
