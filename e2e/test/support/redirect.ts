// The redirect that an authorization URL asks for, and who may connect to where it goes.
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** Where the server would send the browser, with these parameters and the right state. */
export function redirectOf(authorizationUrl: string, parameters: Readonly<Record<string, string>>): URL {
  const query = new URL(authorizationUrl).searchParams;
  const redirect = new URL(query.get("redirect_uri")!);
  redirect.search = new URLSearchParams({ ...parameters, state: query.get("state")! }).toString();
  return redirect;
}

export function isListening({ hostname, port }: URL): Promise<boolean> {
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) });
  return new Promise((resolve) => {
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Holds a port of 127.0.0.1 until the test is finished: one from the OS, or the one that is wanted. */
export async function takePort(wanted = 0): Promise<number> {
  const server = createServer().listen({ host: "127.0.0.1", port: wanted, exclusive: true });
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A port of 127.0.0.1 that nobody holds. */
export async function freePort(): Promise<number> {
  const server = createServer().listen({ host: "127.0.0.1", port: 0, exclusive: true });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
