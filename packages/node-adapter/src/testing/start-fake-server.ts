// The fake server of @loopkey/core/testing on real sockets: hangs, resets, half bodies and redirects are real there.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createFakeServer, type FakeServer, type FakeServerOptions } from "@loopkey/core/testing";
import { systemClock } from "../clock/system.js";
import { sendOutcome } from "./inside/send-outcome.js";

export interface StartFakeServerOptions extends Omit<
  FakeServerOptions,
  "clock" | "issuer" | "elsewhere" | "otherHost"
> {
  /** @default the system's */
  readonly clock?: FakeServerOptions["clock"];
  /** The loopback address it listens on. @default "127.0.0.1" */
  readonly host?: "127.0.0.1" | "::1";
}

export interface RunningFakeServer extends FakeServer {
  /** A second server, that is not this one: whatever reaches it is in `elsewhere`. */
  readonly elsewhereOrigin: string;
  /** Closes both, with every connection. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts it on a loopback address, on a port from the system, which is the issuer; a second origin listens on another port. A browser
 * that comes to its authorization or end-session endpoint is sent on as if the person had agreed. Lives until `close()`.
 *
 * @example
 * ```ts
 * import { startFakeServer } from "@loopkey/node-adapter/testing";
 *
 * await using server = await startFakeServer({ offers: ["device"] });
 * server.fault = "token-503";
 * ```
 */
export async function startFakeServer({
  host = "127.0.0.1",
  ...options
}: StartFakeServerOptions = {}): Promise<RunningFakeServer> {
  const name = host === "::1" ? "[::1]" : host;
  let fake: FakeServer | undefined;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    void toRequest(request)
      .then((asked) => fake!.handle(asked))
      // A request that cannot even be read is none that a client under test should send.
      .then(
        (outcome) => sendOutcome(outcome, response),
        () => void response.destroy(),
      );
  };
  const [own, second] = await Promise.all([listen(answer, host), listen(answer, host)]);
  const { port } = own.address() as AddressInfo;
  const elsewhereOrigin = `http://${name}:${(second.address() as AddressInfo).port}`;
  fake = await createFakeServer({
    clock: systemClock,
    ...options,
    issuer: `http://${name}:${port}`,
    otherHost: `http://localhost:${port}`,
    elsewhere: elsewhereOrigin,
  });
  const close = async (): Promise<void> => {
    await Promise.all([own, second].map(shut));
  };
  // The same object: what a test switches on it must be what answers.
  return Object.assign(fake, { elsewhereOrigin, close, [Symbol.asyncDispose]: close });
}

function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  host: string,
): Promise<Server> {
  // A client may send more than Node takes by default: the fake notes it rather than refusing it.
  const server = createServer({ maxHeaderSize: 256 * 1024 }, answer);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, () => resolve(server));
  });
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function toRequest(request: IncomingMessage): Promise<Request> {
  const { method = "GET", headers, rawHeaders } = request;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const pairs = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ""] as [string, string]] : [],
  );
  return new Request(new URL(request.url ?? "/", `http://${headers.host}`), {
    method,
    headers: pairs,
    ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
  });
}
