// A way that gives bare answers, as a fetch: what holds for a fetch is asked of it in the same words.
import type { BareResponse, Fetch } from "../../ports/ports.js";

type BareFetch = (input: string | URL | Request, init?: RequestInit) => Promise<BareResponse>;

/** For the contract: `bare` with a `Response` of the runtime around what it gives. */
export function asFetch(bare: BareFetch): Fetch {
  return async (input, init) => asResponse(await bare(input, init));
}

export function asResponse(answer: BareResponse): Response {
  const { status, statusText, url, redirected, headers, body } = answer;
  const pairs = [...headers].map(([name, value]): [string, string] => [name, value]);
  const response = new Response(toStream(body), { status, statusText, headers: pairs });
  // A Response that was made by hand has no address.
  return Object.defineProperties(response, { url: { value: url }, redirected: { value: redirected } });
}

/** Nothing is read ahead: what is too much for the reader stays where it is. */
function toStream(body: BareResponse["body"]): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  if (body === null) return null;
  if ("getReader" in body) return body as ReadableStream<Uint8Array<ArrayBuffer>>;
  const chunks = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(new Uint8Array(value));
      },
      cancel: async () => void (await chunks.return?.()),
    },
    { highWaterMark: 0 },
  );
}
