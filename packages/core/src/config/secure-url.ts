// Which URLs may carry codes and tokens. Each endpoint is judged by itself (OAuth 2.1 1.5).

const LOOPBACK = new Set(["127.0.0.1", "[::1]", "localhost"]);

/** https, or http on a loopback host. */
export function isSecureUrl(url: URL): boolean {
  return url.protocol === "https:" || isLoopbackHttp(url);
}

/** On this machine, where nobody listens in between. */
export function isLoopbackHttp(url: URL): boolean {
  return url.protocol === "http:" && LOOPBACK.has(url.hostname);
}
