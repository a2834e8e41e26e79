// The headers of a window's request: what a page may not say for itself, main does not say for it.

/** Forbidden to pages by the Fetch standard (2.2.2): their own `Request` drops them, one that was taken over does not. */
const FORBIDDEN =
  /^(accept-(charset|encoding)|access-control-.*|connection|content-length|cookie2?|date|dnt|expect|host|keep-alive|origin|referer|set-cookie|te|trailer|transfer-encoding|upgrade|via|proxy-.*|sec-.*)$/;
/** What some servers take in place of the method, the path or the host that were checked. */
const INSTEAD = /^(x-(http-)?method(-override)?|x-(original|rewrite)-.*|forwarded|x-forwarded-.*)$/;

/** Without those; in a browser CORS would keep a page from sending the latter unasked. */
export function pageHeaders(given: readonly (readonly [string, string])[]): Headers {
  const headers = new Headers();
  for (const [name, value] of given) {
    const key = name.toLowerCase();
    if (!FORBIDDEN.test(key) && !INSTEAD.test(key)) headers.append(name, value);
  }
  return headers;
}
