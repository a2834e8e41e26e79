// Which URLs may carry codes and tokens. Each endpoint is judged by itself (OAuth 2.1 1.5).

const LOOPBACK = new Set(["127.0.0.1", "[::1]", "localhost"]);

/** https, or http on a loopback host. */
export function isSecureUrl(url: URL): boolean {
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && LOOPBACK.has(url.hostname);
}
