// Redirects of a request with a token: each step is a request of its own, and decided on here.

/** A request that can be sent more than once, if its body is no stream. */
export interface ApiRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: BodyInit | null;
  readonly redirect: RequestRedirect;
  /** What else the app said. */
  readonly init: RequestInit;
}

/** As the Fetch standard has it. */
const MOST_REDIRECTS = 20;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const HEADERS_OF_A_BODY = ["content-type", "content-length", "content-encoding", "content-language"];

/** Whether a body is gone once it was sent: a stream, or whatever else is read piece by piece (Node takes any such). */
export function isOneShot(body: unknown): boolean {
  return (
    typeof body === "object" &&
    body !== null &&
    (body instanceof ReadableStream || Symbol.asyncIterator in body)
  );
}

/** Reads what the app gave to `fetch`. The body of a Request is read whole. */
export async function readApiRequest(target: Request | string, init: RequestInit = {}): Promise<ApiRequest> {
  const given = target instanceof Request ? target : undefined;
  const ownBody = given?.body ? await given.clone().arrayBuffer() : null;
  const signal = init.signal ?? given?.signal;
  return {
    url: new URL(target instanceof Request ? target.url : target),
    method: (init.method ?? given?.method ?? "GET").toUpperCase(),
    headers: new Headers(init.headers ?? given?.headers),
    body: init.body ?? ownBody,
    redirect: init.redirect ?? given?.redirect ?? "follow",
    init: { ...init, ...(signal ? { signal } : {}) },
  };
}

/**
 * Sends a request and follows its redirects. Each step on the origin of the first goes through `send`; one that leads
 * elsewhere goes on through `leave`, with neither token nor proof.
 */
export async function followRedirects<Answer extends { readonly response: Response }>(
  first: ApiRequest,
  send: (request: ApiRequest) => Promise<Answer>,
  leave: (request: ApiRequest) => Promise<Answer>,
): Promise<Answer> {
  let request = first;
  for (let step = 0; step <= MOST_REDIRECTS; step++) {
    // One after the other: each answer says where the next one goes.
    // oxlint-disable-next-line no-await-in-loop
    const answer = await send(request);
    const { status, headers, body } = answer.response;
    const location = headers.get("location");
    if (!REDIRECTS.has(status) || location === null || request.redirect === "manual")
      return request === first ? answer : redirectedTo(answer);
    // oxlint-disable-next-line no-await-in-loop
    await body?.cancel();
    if (request.redirect === "error") throw new TypeError("fetch failed: it was redirected");
    request = redirected(request, status, location);
    // oxlint-disable-next-line no-await-in-loop
    if (request.url.origin !== first.url.origin) return redirectedTo(await leave(request));
  }
  throw new TypeError("fetch failed: too many redirects");
}

/** What a fetch that follows by itself says of its answer. */
function redirectedTo<Answer extends { readonly response: Response }>(answer: Answer): Answer {
  Reflect.defineProperty(answer.response, "redirected", { value: true, enumerable: true });
  return answer;
}

/** The request after a redirect (Fetch standard, HTTP-redirect fetch). */
function redirected(request: ApiRequest, status: number, location: string): ApiRequest {
  const url = URL.canParse(location, request.url) ? new URL(location, request.url) : undefined;
  if (!url || !["https:", "http:"].includes(url.protocol))
    throw new TypeError("fetch failed: it was redirected to something that is not an address");
  const isPost = request.method === "POST";
  const becomesGet = status === 303 ? request.method !== "HEAD" : status <= 302 && isPost;
  if (becomesGet) {
    const headers = new Headers(request.headers);
    for (const name of HEADERS_OF_A_BODY) headers.delete(name);
    return { ...request, url, headers, method: "GET", body: null };
  }
  if (isOneShot(request.body))
    throw new TypeError("fetch failed: it was redirected, and the body was a stream");
  return { ...request, url };
}
