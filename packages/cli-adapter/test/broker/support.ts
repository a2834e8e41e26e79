// A broker between a raw client and an API that says what it was asked.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { AuditEntry } from "../../src/broker/audit.js";
import { parseRule } from "../../src/broker/rules.js";
import { startBroker, type Broker, type BrokerOptions } from "../../src/broker/server.js";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Api {
  readonly origin: string;
  readonly seen: Seen[];
  readonly server: Server;
}

/** Says 200 and what it was asked, unless `answer` does otherwise. */
export async function startApi(
  answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<Api> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    if (answer(request, response)) return;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      response.end("from the API");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server };
}

export interface Running {
  readonly broker: Broker;
  readonly base: URL;
  readonly audit: AuditEntry[];
  readonly problems: string[];
  /** Sends these bytes, and resolves with all that comes back until the other side ends it. */
  readonly raw: (text: string) => Promise<string>;
}

export const TOKEN = "the-token-of-the-session";

/** Always has the one token. */
export const client: BrokerOptions["client"] = {
  authorize: async () => new Headers({ authorization: `Bearer ${TOKEN}` }),
  refused: async () => false,
};

export async function start(
  rules: readonly string[],
  options: Partial<Omit<BrokerOptions, "rules">> = {},
): Promise<Running> {
  const audit: AuditEntry[] = [];
  const problems: string[] = [];
  const broker = await startBroker({
    client,
    listen: { port: 0 },
    isProxy: false,
    isIntercepting: false,
    ownEnv: {},
    onRequest: (entry) => audit.push(entry),
    onProblem: ({ code }) => problems.push(code),
    ...options,
    rules: rules.map(parseRule),
  });
  onTestFinished(() => broker.close());
  const [base] = Object.values(broker.env).filter((value) => value.startsWith("http"));
  return { broker, base: new URL(base!), audit, problems, raw: (text) => raw(new URL(base!), text) };
}

async function raw({ port }: URL, text: string): Promise<string> {
  const socket = connect(Number(port), "127.0.0.1");
  let got = "";
  socket.on("data", (chunk: Buffer) => (got += chunk.toString("latin1")));
  socket.on("error", () => {});
  socket.write(Buffer.from(text, "latin1"));
  await once(socket, "close");
  return got;
}

/** A request of one's own, with `Connection: close`. */
export function get({ host, pathname }: URL, path: string, headers: readonly string[] = []): string {
  const lines = [`GET ${pathname}${path} HTTP/1.1`, `Host: ${host}`, "Connection: close", ...headers];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

export const statusOf = (answer: string): number => Number(answer.split(" ")[1]);
