// The token server, in a process of its own: says where it is, then answers what it is asked over the channel.
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { createAnswer, type Answer } from "./answers.js";
import { createDelayLine } from "./delay-line.js";
import { createGrants } from "./grants.js";
import type { ServerOptions, ServerQuestion } from "./server.js";

const { tls, tokenSeconds } = JSON.parse(process.argv[2]!) as ServerOptions;
let answer: Answer | undefined;
let connections = 0;
const requests: Record<string, number> = {};

const server: HttpServer = tls
  ? createHttpsServer({ key: tls.key, cert: tls.certificate })
  : createHttpServer();
server.keepAliveTimeout = 60_000;
server.on("connection", () => connections++);
server.on("request", (request, response) => {
  const path = (request.url ?? "/").split("?", 1)[0]!;
  requests[path] = (requests[path] ?? 0) + 1;
  void answer!(request, response);
});
const ownPort = await listen(server);
const port = tls ? await listen(createDelayLine(ownPort, tls.roundTripMs)) : ownPort;
const issuer = `${tls ? "https" : "http"}://127.0.0.1:${port}`;
const grants = createGrants(issuer, tokenSeconds);
answer = createAnswer(issuer, grants);

process.on("message", (question: ServerQuestion) => process.send!(reply(question)));
process.on("disconnect", () => process.exit());
process.send!({ issuer });

function reply(question: ServerQuestion): object {
  if (question.ask === "begin") return grants.begin(question.clientId);
  const traffic = { connections, requests: { ...requests }, ended: grants.ended() };
  connections = 0;
  for (const path of Object.keys(requests)) delete requests[path];
  return traffic;
}

function listen(listener: Server): Promise<number> {
  return new Promise((resolve) =>
    listener.listen(0, "127.0.0.1", () => resolve((listener.address() as AddressInfo).port)),
  );
}
