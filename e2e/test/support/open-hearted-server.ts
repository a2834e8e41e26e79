// A server that lets every page in, whatever it comes as: what our listener must not be.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** One sample of silence. */
const SOUND = Buffer.from(
  "524946462500000057415645666d74201000000001000100401f0000401f000001000800646174610100000080",
  "hex",
);

/** By `Sec-Fetch-Dest`. */
const BODIES: Readonly<Record<string, readonly [type: string, body: string | Buffer]>> = {
  image: ["image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'],
  script: ["text/javascript", 'globalThis.leaked = "secret";'],
  style: ["text/css", "body { color: red }"],
  audio: ["audio/wav", SOUND],
  video: ["audio/wav", SOUND],
  empty: ["text/plain", "open"],
};

const PAGE = ["text/html", "<title>open</title><iframe srcdoc=open></iframe>"] as const;

/** Resolves with its origin; closed when the test is finished. */
export async function startOpenHeartedServer(): Promise<string> {
  const server = createServer((request, response) => {
    const destination = request.headers["sec-fetch-dest"] ?? "empty";
    const isStream = request.headers.accept === "text/event-stream";
    const [type, body] = isStream ? (["text/event-stream", ":\n\n"] as const) : (BODIES[destination] ?? PAGE);
    request.resume();
    response.writeHead(200, { "Content-Type": type, ...welcome(request) }).end(body);
  });
  server.on("upgrade", ({ headers }: IncomingMessage, socket) => {
    const key = `${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    socket.end(
      `HTTP/1.1 101 Welcome\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
  });
  server.listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function welcome({ headers }: IncomingMessage): Record<string, string> {
  return {
    "Access-Control-Allow-Origin": headers.origin ?? "*",
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT",
    "Access-Control-Allow-Headers": "X-Own",
    "Timing-Allow-Origin": "*",
  };
}
