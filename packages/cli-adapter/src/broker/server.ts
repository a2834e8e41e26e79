// The broker: a server on this machine for one program, which adds the token to what that program asks for.
import { createServer } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuthError } from "@loopkey/core/light";
import type { AuthClient } from "@loopkey/core";
import type { AuditEntry } from "./audit.js";
import { createForward } from "./inside/forward.js";
import { besideOwnProxy, besideTheBroker } from "./inside/no-proxy.js";
import { createRoutes } from "./inside/routes.js";
import { createTrust } from "./inside/trust.js";
import { createTunnels } from "./inside/tunnels.js";
import { createUpstream } from "./inside/upstream.js";
import { namesOf, type Rule } from "./rules.js";

export interface BrokerOptions {
  readonly client: Pick<AuthClient, "authorize" | "refused">;
  readonly rules: readonly Rule[];
  /** A port of 127.0.0.1 (0: any), or a Unix socket: at a path, or in a folder of its own. */
  readonly listen: { readonly port: number } | { readonly socket: string | undefined };
  /** Whether it takes `http:` addresses of allowed origins, as their proxy. */
  readonly isProxy: boolean;
  /** Whether it takes `https:` ones too, by certificates of an authority of this run. */
  readonly isIntercepting: boolean;
  /** What the program is to trust stands beside what is trusted here. */
  readonly ownEnv: Readonly<Record<string, string | undefined>>;
  readonly onRequest: (entry: AuditEntry) => void;
  readonly onProblem: (error: AuthError) => void;
}

export interface Broker {
  /** What the program is told by its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** For the head of a request; its body may take as long as it likes. */
const HEAD_MS = 30_000;
const MOST_CONNECTIONS = 512;

/** Rejects with what `listen` fails with. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { client, rules, isIntercepting, onRequest, onProblem } = options;
  const isProxy = options.isProxy || isIntercepting;
  // Loaded where it is needed.
  const authority = isIntercepting
    ? await (await import("./inside/authority.js")).createAuthority()
    : undefined;
  const upstream = createUpstream({ client, onProblem });
  const routes = createRoutes({ rules, isProxy });
  const forward = createForward({ routes, upstream, onRequest });
  const server = createServer(
    { headersTimeout: HEAD_MS, requestTimeout: 0, maxHeaderSize: 65_536, connectionsCheckingInterval: 5_000 },
    (request, response) => forward.request(request, response, tunnels.originOf(request)),
  );
  const tunnels = createTunnels({ server, routes, authority, onRequest });
  server.maxConnections = MOST_CONNECTIONS;
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (request, socket, head) =>
    forward.upgrade(request, socket, head, tunnels.originOf(request)),
  );
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === "ECONNRESET") {
      socket.destroy();
      return;
    }
    onRequest({ method: "-", status: 400, refused: "not a request of HTTP/1.1", milliseconds: 0 });
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  });

  const place = await listen();
  const trust = authority && (await createTrust(authority.pem, options.ownEnv));
  const base = "port" in place ? `http://127.0.0.1:${place.port}` : "http://localhost";

  async function listen(): Promise<{ port: number } | { socket: string; folder: string | undefined }> {
    if ("port" in options.listen) {
      await listening({ host: "127.0.0.1", port: options.listen.port });
      return { port: (server.address() as AddressInfo).port };
    }
    // A folder of mode 0700.
    const folder =
      options.listen.socket === undefined ? await mkdtemp(join(tmpdir(), "loopkey-broker-")) : undefined;
    const socket = options.listen.socket ?? join(folder!, "broker.sock");
    await listening({ path: socket });
    return { socket, folder };
  }

  function listening(where: { host: string; port: number } | { path: string }): Promise<void> {
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      // A socket is bound within the call: nobody else can connect before it is ours alone.
      const mask = process.umask(0o177);
      server.listen(where, () => {
        server.off("error", reject);
        resolve();
      });
      process.umask(mask);
    });
  }

  function env(): Record<string, string> {
    const names = namesOf([...routes.basePaths.keys()]);
    const bases = [...routes.basePaths].map(([origin, path]) => [
      `LOOPKEY_BROKER_${names.get(origin)!}`,
      `${base}${path}`,
    ]);
    const socket = "socket" in place ? { LOOPKEY_BROKER_SOCKET: place.socket } : {};
    const proxy = base.replace("//", `//loopkey:${routes.proxySecret}@`);
    return {
      ...(Object.fromEntries(bases) as Record<string, string>),
      ...socket,
      ...(isProxy
        ? {
            http_proxy: proxy,
            HTTP_PROXY: proxy,
            NODE_USE_ENV_PROXY: "1",
            ...besideTheBroker(options.ownEnv, [...routes.basePaths.keys()]),
          }
        : besideOwnProxy(options.ownEnv)),
      ...(trust && { https_proxy: proxy, HTTPS_PROXY: proxy, ...trust.env }),
    };
  }

  return {
    env: env(),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      upstream.close();
      await closed;
      await trust?.remove();
      if ("folder" in place && place.folder !== undefined)
        await rm(place.folder, { recursive: true, force: true });
    },
  };
}
