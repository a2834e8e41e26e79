// A proxy between one client and its server, at the level of TCP: it reads requests, asks the server, and gives the answer back,
// or loses one or the other in the way it is told.
import { Agent, request as ask } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Answer, Way } from "./network-ways.js";

/** One refresh, as it was carried out. */
interface Exchange {
  /** How it was lost; undefined when it was not. */
  readonly way: Way | undefined;
  /** The server has spent the token and made another. */
  readonly made: boolean;
}

export interface Proxy {
  readonly origin: string;
  /** The next refresh is lost in this way. Resolves when it has been, whatever the client makes of it. */
  lose(way: Way): Promise<Exchange>;
  /** Answers to what comes on the connections that are open now are lost in this way; new ones are as ever. */
  loseOnOpen(way: Way): void;
  /** Cuts every connection, for a client that cannot see it. */
  cut(): void;
  /** The refreshes since the last call. */
  takeExchanges(): readonly Exchange[];
  close(): Promise<void>;
}

interface Request {
  readonly head: string;
  readonly body: Buffer;
}

export async function startProxy(target: string): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true });
  const sockets = new Set<Socket>();
  const dead = new Map<Socket, Way>();
  let exchanges: Exchange[] = [];
  let armed: { readonly way: Way; readonly onLost: (exchange: Exchange) => void } | undefined;

  async function serve(socket: Socket, request: Request): Promise<void> {
    if (!request.body.includes("grant_type=refresh_token")) {
      // A dead connection takes anything, and gives nothing.
      return dead.has(socket) ? undefined : give(socket, await askServer(request));
    }
    const { way = dead.get(socket), onLost } = armed ?? {};
    armed = undefined;
    const answer = way && !way.arrives ? undefined : await askServer(request);
    const exchange: Exchange = { way, made: answer?.status === 200 };
    exchanges.push(exchange);
    if (way) way.lose(socket, answer ?? NONE);
    else give(socket, answer!);
    onLost?.(exchange);
  }

  function askServer({ head, body }: Request): Promise<Answer> {
    const [line = "", ...lines] = head.split("\r\n");
    const [method, path = "/"] = line.split(" ");
    const headers = Object.fromEntries(lines.map((each) => each.split(/:\s*/, 2) as [string, string]));
    return new Promise((resolve, reject) => {
      const asked = ask(new URL(path, target), { method, headers, agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const whole = Buffer.concat(chunks);
          resolve({
            status: response.statusCode!,
            head: headOf(response.statusCode!, response.headers, whole),
            body: whole,
          });
        });
      });
      asked.on("error", reject);
      asked.end(body);
    });
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => void sockets.delete(socket));
    // A client that goes away does so in its own way.
    socket.on("error", () => {});
    readRequests(socket, (request) => void serve(socket, request).catch(() => socket.destroy()));
  });
  await listen(server);
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lose: (way) => new Promise((resolve) => (armed = { way, onLost: resolve })),
    loseOnOpen(way) {
      for (const socket of sockets) dead.set(socket, way);
    },
    cut() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    takeExchanges: () => exchanges.splice(0),
    async close() {
      agent.destroy();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** In place of what is not there. */
const NONE: Answer = { status: 0, head: Buffer.alloc(0), body: Buffer.alloc(0) };

function give(socket: Socket, { head, body }: Answer): void {
  socket.write(Buffer.concat([head, body]));
}

function headOf(status: number, headers: Readonly<Record<string, unknown>>, body: Buffer): Buffer {
  const own = new Set(["connection", "keep-alive", "transfer-encoding", "content-length"]);
  const lines = Object.entries(headers)
    .filter(([name]) => !own.has(name))
    .flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${String(each)}\r\n`));
  return Buffer.from(`HTTP/1.1 ${status} As\r\n${lines.join("")}content-length: ${body.length}\r\n\r\n`);
}

/** Requests with a length, or without a body: clients of OAuth send no others. */
function readRequests(socket: Socket, onRequest: (request: Request) => void): void {
  let read = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    read = Buffer.concat([read, chunk]);
    for (;;) {
      const end = read.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = read.toString("latin1", 0, end);
      const length = Number(/^content-length:\s*(\d+)/im.exec(head)?.[1] ?? 0);
      if (read.length < end + 4 + length) return;
      onRequest({ head, body: read.subarray(end + 4, end + 4 + length) });
      read = read.subarray(end + 4 + length);
    }
  });
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
}
