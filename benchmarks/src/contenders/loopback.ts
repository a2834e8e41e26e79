// The redirect on loopback, as one would write it by hand, for those who bring no listener.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Loopback {
  readonly redirectUri: string;
  /** The request that came back. */
  readonly redirected: Promise<URL>;
  /** Answers it, and stops listening. */
  finish(): void;
}

export async function listenOnLoopback(): Promise<Loopback> {
  let arrived: (url: URL) => void;
  let finish = (): void => {};
  const redirected = new Promise<URL>((resolve) => (arrived = resolve));
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (url.pathname !== "/callback") {
      response.writeHead(404).end();
      return;
    }
    finish = () => {
      response.setHeader("Connection", "close").end("You can close this window.");
      server.close();
    };
    arrived(url);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  return { redirectUri, redirected, finish: () => finish() };
}
