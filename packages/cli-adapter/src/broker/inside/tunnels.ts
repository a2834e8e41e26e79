// CONNECT: what would be a tunnel ends here, so that its requests are given the token; to anywhere else nothing is opened.
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { AuditEntry } from "../audit.js";
import type { Authority } from "./authority.js";
import { pairsOf } from "./headers.js";
import { Refusal } from "./refusal.js";
import type { Routes } from "./routes.js";

export interface TunnelsOptions {
  readonly server: Server;
  readonly routes: Routes;
  /** Absent: no CONNECT at all. */
  readonly authority: Authority | undefined;
  readonly onRequest: (entry: AuditEntry) => void;
}

export interface Tunnels {
  /** The origin that a connection is for. */
  originOf(request: IncomingMessage): string | undefined;
}

const AUTHORITY = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\]):\d{1,5}$/i;

export function createTunnels({ server, routes, authority, onRequest }: TunnelsOptions): Tunnels {
  const origins = new WeakMap<Duplex, string>();

  async function open(
    { url = "", rawHeaders }: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const origin = allowed(url, rawHeaders);
    const { hostname } = new URL(origin);
    const secureContext = await authority!.contextFor(hostname.replaceAll(/^\[|\]$/g, ""));
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    socket.unshift(head);
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext,
      ALPNProtocols: ["http/1.1"],
    });
    secure.on("error", () => secure.destroy());
    origins.set(secure, origin);
    server.emit("connection", secure);
  }

  function allowed(target: string, rawHeaders: readonly string[]): string {
    if (!authority)
      throw new Refusal(
        403,
        "It opens no tunnel: what goes through one could not be given the token. Use the base URL in LOOPKEY_BROKER_…, or run it with --intercept.",
      );
    routes.checkProxySecret(pairsOf(rawHeaders));
    if (!AUTHORITY.test(target) || !URL.canParse(`https://${target}`))
      throw new Refusal(400, "CONNECT has no HOST:PORT.");
    const { origin } = new URL(`https://${target}`);
    if (!routes.basePaths.has(origin))
      throw new Refusal(403, `The broker is not for ${origin}, and opens no tunnel.`);
    return origin;
  }

  server.on("connect", (request, socket, head) => {
    const begun = performance.now();
    socket.on("error", () => socket.destroy());
    open(request, socket, head).catch((error: unknown) => {
      const refusal = error instanceof Refusal ? error : new Refusal(500, (error as Error).message);
      const milliseconds = performance.now() - begun;
      onRequest({ method: "CONNECT", status: refusal.status, refused: refusal.message, milliseconds });
      const headers = Object.entries(refusal.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(
        `HTTP/1.1 ${refusal.status} Refused\r\nConnection: close\r\n${headers.join("")}Content-Type: text/plain; charset=utf-8\r\n\r\nloopkey broker: ${refusal.message}\n`,
      );
    });
  });

  return { originOf: ({ socket }) => origins.get(socket) };
}
