// A loopback redirect URI as it is registered (RFC 8252 7.3): which host, which port if any, which path.

const LOOPBACK_HOSTS = ["127.0.0.1", "[::1]", "localhost"] as const;
const AUTHORITY = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::(0|[1-9]\d{0,4}))?(?=[/?]|$)/;

export interface LoopbackUri {
  /** As registered, to the letter. */
  readonly uri: string;
  /** The host as it stands in the URI. The three are never swapped: servers treat them as different. */
  readonly host: (typeof LOOPBACK_HOSTS)[number];
  /** Absent: any port (RFC 8252 7.3). */
  readonly port?: number;
  /** The path a redirect arrives at. */
  readonly path: string;
  /** The URI with this port, otherwise unchanged; the URI itself where it names a port. */
  withPort(port: number): string;
}

/**
 * Reads a loopback redirect URI. Throws a TypeError whose message says what to write instead: for another scheme or
 * host, user info, a fragment, port 0, or a path that a URL parser would rewrite.
 */
export function parseLoopbackUri(uri: string): LoopbackUri {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (!url) throw refused(uri, "is not a URL", "http://127.0.0.1/callback");
  if (url.hash || uri.includes("#"))
    throw refused(uri, "has a fragment, which no server may redirect to", uri.split("#")[0]!);
  const isLoopback = (LOOPBACK_HOSTS as readonly string[]).includes(url.hostname);
  const rest = `${url.port ? `:${url.port}` : ""}${url.pathname}${url.search}`;
  if (!isLoopback)
    throw refused(
      uri,
      "is not on a loopback host (127.0.0.1, [::1] or localhost)",
      `http://127.0.0.1${rest}`,
    );
  if (url.protocol !== "http:")
    throw refused(
      uri,
      "is not http: a loopback listener has no certificate",
      `http://${url.hostname}${rest}`,
    );
  // The raw string decides about the port: URL drops ":80", and no port means any port.
  const authority = AUTHORITY.exec(uri);
  if (!authority) throw refused(uri, "is not written in its plain form", `http://${url.hostname}${rest}`);
  const port = authority[2] === undefined ? undefined : Number(authority[2]);
  if (port === 0) throw refused(uri, "names port 0; leave the port out for any port", uri.replace(":0", ""));
  const target = uri.slice(authority[0].length);
  if ((target.startsWith("/") ? target : `/${target}`) !== url.pathname + url.search)
    throw refused(uri, "has a path or query that browsers would rewrite", `http://${url.hostname}${rest}`);
  const host = authority[1] as LoopbackUri["host"];
  return {
    uri,
    host,
    path: url.pathname,
    ...(port === undefined ? {} : { port }),
    withPort: (bound) => (port === undefined ? `http://${host}:${bound}${target}` : uri),
  };
}

function refused(uri: string, why: string, instead: string): TypeError {
  return new TypeError(
    `The redirect URI ${JSON.stringify(uri)} ${why}. Write ${JSON.stringify(instead)} instead.`,
  );
}
