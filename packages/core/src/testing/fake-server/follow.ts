// Redirects as the Fetch standard has it (HTTP-redirect fetch): a client that does not say "manual" is sent on.

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 20;

/** Sends a request, and follows where it is sent on to unless it says otherwise. */
export async function follow(
  request: Request,
  send: (request: Request) => Promise<Response>,
): Promise<Response> {
  if (request.redirect === "manual") return send(request);
  let next = request;
  for (let hop = 0; hop < MAX_REDIRECTS; hop++) {
    // What is sent is read; the body may be needed again.
    const again = next.clone();
    const response = await send(next);
    const location = response.headers.get("location");
    if (!REDIRECTS.has(response.status) || location === null) return response;
    if (request.redirect === "error") throw new TypeError("fetch failed");
    next = await redirected(again, new URL(location, next.url), response.status);
  }
  throw new TypeError("fetch failed");
}

async function redirected(request: Request, target: URL, status: number): Promise<Request> {
  const headers = new Headers(request.headers);
  if (target.origin !== new URL(request.url).origin) headers.delete("authorization");
  const isPost = request.method === "POST";
  const becomesGet = status === 303 || (isPost && status < 303);
  const body = becomesGet || request.body === null ? null : await request.arrayBuffer();
  if (body === null) headers.delete("content-type");
  const { signal, redirect } = request;
  const method = becomesGet ? "GET" : request.method;
  return new Request(target, { method, headers, body, signal, redirect });
}
