// The answer as a Response, like one of fetch.
import type { FetchAnswer } from "../../protocol.js";
import type { AnswerBody } from "./answer-body.js";

const NULL_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);
const READERS = ["arrayBuffer", "blob", "bytes", "formData", "json", "text"] as const;

export function toResponse(
  head: Extract<FetchAnswer, { readonly type: "head" }>,
  body: AnswerBody,
): Response {
  const { status, statusText, headers, url, redirected } = head;
  const init = {
    status,
    statusText,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
  };
  const stream = body.stream as ReadableStream<Uint8Array<ArrayBuffer>>;
  return dressed(new Response(NULL_BODY.has(status) ? null : stream, init), { url, redirected }, body);
}

/** With what one that is made has not: where it came from, and why its body broke off, which Chromium calls a TypeError. */
function dressed(
  response: Response,
  from: Pick<Response, "url" | "redirected">,
  body: Pick<AnswerBody, "failure">,
): Response {
  const members: PropertyDescriptorMap = {
    url: { value: from.url, enumerable: true },
    redirected: { value: from.redirected, enumerable: true },
    clone: { value: () => dressed(Response.prototype.clone.call(response), from, body) },
  };
  for (const name of READERS) {
    const read: unknown = response[name];
    if (typeof read !== "function") continue; // "bytes" is younger than the others
    members[name] = {
      value: async (): Promise<unknown> => {
        try {
          return await (read.call(response) as Promise<unknown>);
        } catch (error) {
          throw body.failure()?.reason ?? error;
        }
      },
    };
  }
  return Object.defineProperties(response, members);
}
