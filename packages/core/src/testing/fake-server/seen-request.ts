// A request, read whole and judged by what no request may be, whatever it asks for.
import { isSecureUrl } from "../../config/secure-url.js";
import type { ServerContext } from "./context.js";
import type { SeenRequest } from "./switches.js";

export async function readRequest(request: Request): Promise<SeenRequest> {
  const url = new URL(request.url);
  const text = await request.text();
  return {
    method: request.method,
    url,
    path: url.pathname,
    body: new URLSearchParams(text),
    text,
    headers: request.headers,
    authorization: request.headers.get("authorization"),
  };
}

/** Where a person's browser comes to, over a socket: with an ID token as a hint, by the specification. */
const BROWSERS = new Set(["/authorize", "/logout"]);

/** Secrets in a URL, http to somewhere else, a client that claims to be confidential. */
export function judgeAnyRequest(request: SeenRequest, { note, secrets, options }: ServerContext): void {
  const { method, url, path, body } = request;
  const what = `${method} ${url.origin}${path}`;
  if (!isSecureUrl(url)) note(`${what}: in the clear, to another machine.`);
  if (url.search !== "" && !BROWSERS.has(path) && secrets.some((secret) => url.search.includes(secret)))
    note(`${what}: a token or code in the query string.`);
  const claimed = options.clientAuth ? ["client_assertion"] : ["client_secret", "client_assertion"];
  if (url.searchParams.has("client_secret")) note(`${what}: the client's secret in the query string.`);
  for (const name of claimed)
    if (body.has(name) || url.searchParams.has(name)) note(`${what}: ${name} was sent; there is none.`);
  if (!options.clientAuth && request.authorization?.startsWith("Basic "))
    note(`${what}: client authentication was sent.`);
}

/** A parameter sent more than once is an error (RFC 6749 3.1); `resource` may be (RFC 8707 2). */
export function duplicated(parameters: URLSearchParams): string | undefined {
  return [...new Set(parameters.keys())].find(
    (name) => name !== "resource" && parameters.getAll(name).length > 1,
  );
}
