// `fetch` for a page: the request goes to the main process on a port of its own, the answer comes back on it.
import { fromErrorData } from "../../error-data.js";
import { createAnswerBody } from "./answer-body.js";
import { toResponse } from "./response.js";
import { sendBody } from "./request-body.js";
import type { FetchAnswer, FetchMessage, FetchRequest } from "../../protocol.js";

/** Begins a fetch in the main process; it talks on the port. */
export type BeginFetch = (request: FetchRequest, port: MessagePort) => void;

export function createWindowFetch(begin: BeginFetch): typeof globalThis.fetch {
  return async (input, init) => {
    const given = new Request(input, init);
    // The caller's own, which lives as long as somebody may abort it.
    const signal = init?.signal ?? (input instanceof Request ? input.signal : new AbortController().signal);
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
            return resolve(toResponse(data, body));
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
