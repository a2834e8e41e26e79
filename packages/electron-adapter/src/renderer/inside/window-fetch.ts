// `fetch` for a page: the request goes to the main process on a port of its own, the answer comes back on it.
import { fromErrorData } from "../../error-data.js";
import {
  CHUNK_BYTES,
  CREDIT_BYTES,
  type FetchAnswer,
  type FetchMessage,
  type FetchRequest,
} from "../../protocol.js";

/** Begins a fetch in the main process; it talks on the port. */
export type BeginFetch = (request: FetchRequest, port: MessagePort) => void;

export function createWindowFetch(begin: BeginFetch): typeof globalThis.fetch {
  return async (input, init) => {
    const given = new Request(input, init);
    const { signal } = given;
    signal.throwIfAborted();
    const { port1: port, port2 } = new MessageChannel();
    const post = (message: FetchMessage): void => port.postMessage(message);
    const request: FetchRequest = {
      url: given.url,
      method: given.method.toUpperCase(),
      headers: [...given.headers],
      redirect: given.redirect,
      hasBody: given.body !== null,
    };
    begin(request, port2);
    const upload = given.body ? sendBody(given.body, post) : undefined;

    return new Promise<Response>((resolve, reject) => {
      const body = createAnswerBody(post, () =>
        stop(new DOMException("The body was canceled.", "AbortError")),
      );
      const onAbort = (): void => stop(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });

      function finish(): void {
        signal.removeEventListener("abort", onAbort);
        port.close();
      }

      function stop(reason: unknown): void {
        post({ type: "abort" });
        fail(reason);
      }

      function fail(reason: unknown): void {
        upload?.stop();
        body.fail(reason);
        reject(reason);
        finish();
      }

      port.addEventListener("message", ({ data }: MessageEvent<FetchAnswer>) => {
        switch (data.type) {
          case "head":
            return resolve(toResponse(data, body.stream));
          case "chunk":
            return body.push(data.data);
          case "credit":
            return upload?.credit(data.bytes);
          case "end":
            body.end();
            upload?.stop();
            return finish();
          case "failure":
            return fail(fromErrorData(data.error));
        }
      });
      port.start();
      upload?.failed.catch(stop);
    });
  };
}

const NULL_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);

function toResponse(
  head: Extract<FetchAnswer, { type: "head" }>,
  stream: ReadableStream<Uint8Array>,
): Response {
  const { status, statusText, headers, url, redirected } = head;
  const init = { status, statusText, headers: headers as [string, string][] };
  const response = new Response(
    NULL_BODY.has(status) ? null : (stream as ReadableStream<Uint8Array<ArrayBuffer>>),
    init,
  );
  return Object.defineProperties(response, {
    url: { value: url, enumerable: true },
    redirected: { value: redirected, enumerable: true },
  });
}

/** The answer's body: what was taken is granted anew. */
function createAnswerBody(post: (message: FetchMessage) => void, onCancel: () => void) {
  const waiting: Uint8Array[] = [];
  let isEnded = false;
  let isOver = false;
  let wanted: (() => void) | undefined;
  let controller!: ReadableStreamDefaultController<Uint8Array>;

  const stream = new ReadableStream<Uint8Array>(
    {
      start(its) {
        controller = its;
      },
      pull: () => (give() ? undefined : new Promise<void>((resolve) => (wanted = resolve))),
      cancel() {
        isOver = true;
        if (!isEnded) onCancel();
      },
    },
    { highWaterMark: 0 },
  );

  /** Whether there was something to say. */
  function give(): boolean {
    const bytes = waiting.shift();
    if (bytes) {
      controller.enqueue(bytes);
      if (!isEnded) post({ type: "credit", bytes: bytes.byteLength });
      return true;
    }
    if (!isEnded || isOver) return isOver;
    isOver = true;
    controller.close();
    return true;
  }

  function wake(): void {
    if (!wanted || !give()) return;
    wanted();
    wanted = undefined;
  }

  return {
    stream,
    push(bytes: Uint8Array): void {
      waiting.push(bytes);
      wake();
    },
    end(): void {
      isEnded = true;
      wake();
    },
    fail(reason: unknown): void {
      if (isOver) return;
      isOver = true;
      isEnded = true;
      waiting.length = 0;
      controller.error(reason);
      wanted?.();
    },
  };
}

/** The request's body: in pieces, as the other side takes them. */
function sendBody(body: ReadableStream<Uint8Array>, post: (message: FetchMessage) => void) {
  const reader = body.getReader();
  const life = new AbortController();
  const { signal } = life;
  let credit = CREDIT_BYTES;
  let wake = (): void => {};

  async function run(): Promise<void> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      const { done, value } = await reader.read();
      if (signal.aborted) return;
      if (done) return post({ type: "end" });
      for (let at = 0; at < value.byteLength; at += CHUNK_BYTES) {
        // A copy: of a part of a buffer all of it would cross.
        const data = value.slice(at, at + CHUNK_BYTES);
        // oxlint-disable-next-line no-await-in-loop
        while (credit < data.byteLength && !signal.aborted) await moreCredit();
        if (signal.aborted) return;
        credit -= data.byteLength;
        post({ type: "chunk", data });
      }
    }
  }

  function moreCredit(): Promise<void> {
    return new Promise((resolve) => (wake = resolve));
  }

  return {
    /** Rejects when the body cannot be read. */
    failed: run(),
    credit(bytes: number): void {
      credit += bytes;
      wake();
    },
    stop(): void {
      if (signal.aborted) return;
      life.abort();
      wake();
      void reader.cancel().catch(() => {});
    },
  };
}
