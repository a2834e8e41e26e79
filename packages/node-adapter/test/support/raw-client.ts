// A client that writes raw bytes, for what no HTTP client would send.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type {
  AnswerPage,
  ListenForRedirectOptions,
  RedirectListening,
  RedirectResponse,
  StrayRequest,
} from "@loopkey/core";
import { createLoopbackListener, type ListenerLimits } from "../../src/index.js";

export const PAGE: AnswerPage = { outcome: "success", title: "Signed in", message: "All is well." };

export interface RawClient {
  readonly socket: Socket;
  /** Everything that came, once the connection is closed. */
  readonly closed: Promise<string>;
}

/** Connects and writes; never ends its side by itself. */
export function rawClient(redirectUri: string, bytes: string | Uint8Array = ""): RawClient {
  const { hostname, port } = new URL(redirectUri);
  const host = hostname === "localhost" ? "127.0.0.1" : hostname.replace(/^\[|\]$/g, "");
  const socket = connect({ host, port: Number(port || 80) });
  socket.on("error", () => {});
  let received = "";
  socket.on("data", (chunk) => (received += chunk.toString("latin1")));
  if (bytes.length > 0) socket.write(bytes);
  // Not events.once: it rejects when the connection is reset, which is one of the ways to be turned away.
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(received)));
  return { socket, closed };
}

export function get(redirectUri: string, target = "/callback?code=c&state=good", more = ""): string {
  return `GET ${target} HTTP/1.1\r\nHost: ${new URL(redirectUri).host}\r\n${more}\r\n`;
}

export interface Waiting extends RedirectListening {
  readonly strays: StrayRequest[];
  /** Resolves with the next stray of this reason, or at once if there was one. */
  stray(reason: StrayRequest["reason"]): Promise<StrayRequest>;
  readonly abort: (reason?: unknown) => void;
}

const waits = new Set<() => void>();

/** Ends every wait that a test has left open. */
export function endWaits(): void {
  for (const abort of waits) abort();
  waits.clear();
}

/** Listens and takes `/callback` with `state=good`, as the core does. */
export async function listen(
  uris: readonly string[] = ["http://127.0.0.1/callback"],
  limits: ListenerLimits = {},
  overrides: Partial<ListenForRedirectOptions> = {},
): Promise<Waiting> {
  const controller = new AbortController();
  const strays: StrayRequest[] = [];
  const watchers = new Set<() => void>();
  const listening = await createLoopbackListener({ appName: "Example Notes", limits })({
    uris,
    accept(url) {
      if (url.pathname !== "/callback") return { accepted: false, status: 404, reason: "wrong_path" };
      return url.searchParams.get("state") === "good"
        ? { accepted: true }
        : { accepted: false, status: 400, reason: "wrong_state" };
    },
    onStray(stray) {
      strays.push(stray);
      for (const watcher of watchers) watcher();
    },
    signal: controller.signal,
    ...overrides,
  });
  const abort = (reason?: unknown) => controller.abort(reason);
  waits.add(abort);
  return {
    ...listening,
    strays,
    abort,
    stray: (reason) =>
      new Promise((resolve) => {
        const look = () => {
          const found = strays.find((stray) => stray.reason === reason);
          if (!found) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        look();
      }),
  };
}

/** Sends the good redirect, answers it, and returns what the browser got. */
export async function succeed(wait: RedirectListening): Promise<string> {
  const browser = rawClient(wait.redirectUri, get(wait.redirectUri));
  const response: RedirectResponse = await wait.response;
  await response.respond(PAGE);
  return browser.closed;
}

/** A port that was free a moment ago, on IPv4. */
export async function freePort(): Promise<number> {
  const taken = await takePort("127.0.0.1");
  await taken.release();
  return taken.port;
}

export async function takePort(
  host: string,
  wanted = 0,
): Promise<{ port: number; release: () => Promise<void> }> {
  const server = createServer().listen(wanted, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    release: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

/** Whether the machine has ::1. */
export async function hasIPv6(): Promise<boolean> {
  return takePort("::1").then(
    async ({ release }) => {
      await release();
      return true;
    },
    () => false,
  );
}

/** Whether a connection to this address is refused. */
export async function isClosed(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  return new Promise((resolve) => {
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", () => resolve(true));
  });
}

/** The error a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("It was expected to reject");
}
