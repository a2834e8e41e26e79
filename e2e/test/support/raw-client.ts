// A client that writes raw bytes, for what no browser would send, or not always.
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface RawClient {
  readonly socket: Socket;
  /** Resolves when the connection is made. */
  readonly connected: Promise<void>;
  /** Everything that came, once the connection is closed by whichever side. */
  readonly closed: Promise<string>;
}

/** Connects and writes; never ends its side by itself. */
export function rawClient({ hostname, port }: URL, bytes: string | readonly string[] = ""): RawClient {
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) });
  onTestFinished(() => void socket.destroy());
  // A reset is one of the ways to be turned away; `close` comes after it.
  socket.on("error", () => {});
  let received = "";
  socket.on("data", (chunk) => (received += chunk.toString("latin1")));
  for (const part of [bytes].flat()) if (part !== "") socket.write(part);
  return {
    socket,
    connected: new Promise((resolve) => socket.once("connect", resolve)),
    closed: new Promise((resolve) => socket.once("close", () => resolve(received))),
  };
}

/** A request of the simplest kind, for the host of the URL unless another is given. */
export function request(
  target: URL,
  { method = "GET", host = target.host, more = "" }: { method?: string; host?: string; more?: string } = {},
): string {
  return `${method} ${target.pathname}${target.search} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
}
