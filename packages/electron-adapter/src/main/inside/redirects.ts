// The request after a redirect (Fetch standard, HTTP-redirect fetch).

/** A request as it goes out. A body that is a stream can be sent once. */
export interface OutRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
}

/** As the Fetch standard has it. */
export const MOST_REDIRECTS = 20;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const HEADERS_OF_A_BODY = ["content-type", "content-length", "content-encoding", "content-language"];
/** What is for one origin: the standard's, and the proof. */
const FOR_ONE_ORIGIN = ["authorization", "dpop", "cookie", "proxy-authorization"];

/** Where an answer leads, if it does. */
export function locationOf({ status, headers }: Response): string | undefined {
  return REDIRECTS.has(status) ? (headers.get("location") ?? undefined) : undefined;
}

/** Throws a TypeError, as fetch does, for what leads nowhere. */
export function redirected(request: OutRequest, status: number, location: string): OutRequest {
  const url = URL.canParse(location, request.url.href) ? new URL(location, request.url) : undefined;
  if (!url || !["https:", "http:"].includes(url.protocol))
    throw new TypeError("fetch failed: it was redirected to something that is not an address");
  const headers = new Headers(request.headers);
  if (url.origin !== request.url.origin) for (const name of FOR_ONE_ORIGIN) headers.delete(name);
  const becomesGet =
    status === 303 ? !["GET", "HEAD"].includes(request.method) : status <= 302 && request.method === "POST";
  if (becomesGet) {
    for (const name of HEADERS_OF_A_BODY) headers.delete(name);
    return { url, headers, method: "GET", body: null };
  }
  if (request.body instanceof ReadableStream)
    throw new TypeError("fetch failed: it was redirected, and the body was a stream");
  return { ...request, url, headers };
}
