// The local page's server: on loopback, at an address with a secret in it, for the person's own browser and no page beside.
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

export interface PageServer {
  readonly url: string;
  /** To all who look on, and to who comes later. */
  readonly send: (message: object) => void;
  /** Resolves when a page looks on. */
  readonly seen: Promise<void>;
  readonly close: () => Promise<void>;
}

/** Messages that are kept for who comes later. */
const LONGEST = 300;
/** Pages that look on at once. */
const MOST_VIEWERS = 8;

export async function servePage(
  page: (nonce: string) => string,
  { port, keepAlive }: { readonly port: number; readonly keepAlive: boolean },
): Promise<PageServer> {
  const secret = randomBytes(24).toString("base64url");
  const viewers = new Set<ServerResponse>();
  const past: string[] = [];
  let look: () => void;
  const seen = new Promise<void>((resolve) => (look = resolve));

  const server = createServer((request, response) => {
    const { port: bound } = server.address() as AddressInfo;
    const what = judge(request, `127.0.0.1:${bound}`, secret);
    if (what === "page") return answerPage(response, page);
    if (what === "events" && viewers.size < MOST_VIEWERS) return answerEvents(request, response);
    response.writeHead(404, { "content-type": "text/plain", connection: "close" }).end("Not here.\n");
  });
  server.on("connection", (socket) => {
    if (!keepAlive) socket.unref();
  });

  function answerEvents(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream" });
    response.write(past.join(""));
    viewers.add(response);
    request.once("close", () => viewers.delete(response));
    look();
  }

  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  if (!keepAlive) server.unref();

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}/`,
    seen,
    send(message) {
      const text = `data: ${JSON.stringify(message)}\n\n`;
      past.push(text);
      if (past.length > LONGEST) past.shift();
      for (const viewer of viewers) viewer.write(text);
    },
    async close() {
      if (!server.listening) return;
      const gone = once(server, "close");
      server.close();
      for (const viewer of viewers) viewer.end();
      server.closeIdleConnections();
      await gone;
    },
  };
}

const HEADERS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
} as const;

function answerPage(response: ServerResponse, page: (nonce: string) => string): void {
  const nonce = randomBytes(16).toString("base64url");
  response
    .writeHead(200, {
      ...HEADERS,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; ` +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    })
    .end(page(nonce));
}

/** Another host is a page that has rebound its name to this machine; another origin or site, a page that asks from elsewhere. */
function judge(
  { method, url = "", headers }: IncomingMessage,
  host: string,
  secret: string,
): "page" | "events" | undefined {
  const { origin, "sec-fetch-site": site } = headers;
  if (method !== "GET" || headers.host !== host) return undefined;
  if (origin !== undefined && origin !== `http://${host}`) return undefined;
  if (site !== undefined && site !== "none" && site !== "same-origin") return undefined;
  const [, given = "", rest] = url.split("/");
  if (!isSame(given, secret)) return undefined;
  if (rest === "") return "page";
  return rest === "events" ? "events" : undefined;
}

function isSame(given: string, secret: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(secret)];
  return one.length === other.length && timingSafeEqual(one, other);
}
