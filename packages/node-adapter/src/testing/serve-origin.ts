// The server of the fetch contract, on real sockets: it answers, or breaks off, to the letter.
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { ServeOrigin, WireRequest } from "@loopkey/core/testing";
import { sendWireAnswer } from "./inside/send-wire-answer.js";

export interface ServeOriginOptions {
  /** Serves https with this. @default http */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** @default "127.0.0.1" */
  readonly host?: string;
}

/**
 * What `fetchContract` of `@loopkey/core/testing` needs: each call of the result starts a server on a port from the system.
 */
export function createServeOrigin({ tls, host = "127.0.0.1" }: ServeOriginOptions = {}): ServeOrigin {
  return async (answer) => {
    const requests: WireRequest[] = [];
    const numbers = new Map<Socket, number>();
    const closings: Promise<void>[] = [];
    let sent = 0;

    const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const asked = await receive(request, numbers.get(request.socket) ?? 0);
      requests.push(asked);
      sendWireAnswer(answer(asked), response, (bytes) => (sent += bytes));
    };
    const listener = (request: IncomingMessage, response: ServerResponse): void =>
      // Cut off by its client, in the middle of it.
      void respond(request, response).catch(() => response.destroy());
    const server = tls ? createHttpsServer(tls, listener) : createHttpServer(listener);
    server.on(tls ? "secureConnection" : "connection", (socket: Socket) => {
      numbers.set(socket, numbers.size + 1);
      socket.on("error", () => {});
      closings.push(new Promise((resolve) => socket.once("close", () => resolve())));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, host, resolve);
    });
    const { port } = server.address() as AddressInfo;
    const at = host.includes(":") ? `[${host}]` : host;
    return {
      origin: `${tls ? "https" : "http"}://${at}:${port}`,
      requests,
      connections: () => numbers.size,
      sentBytes: () => sent,
      closed: async (connection = requests.at(-1)?.connection ?? 1) => closings[connection - 1],
      close: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  };
}

async function receive(message: IncomingMessage, connection: number): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const { method = "", url: path = "", headers } = message;
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  const body = Buffer.concat(chunks).toString();
  return { method, path, headers: Object.fromEntries(pairs) as WireRequest["headers"], body, connection };
}
