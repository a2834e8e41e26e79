// One request of the program: routed, sent on, answered, noted.
import { ServerResponse, type IncomingMessage } from "node:http";
import { pipeline, type Duplex } from "node:stream";
import type { AuditEntry } from "../audit.js";
import { headersToAnswer, pairsOf, valuesOf, type HeaderPairs } from "./headers.js";
import { Refusal, sendRefusal } from "./refusal.js";
import type { Route, Routes } from "./routes.js";
import type { Answer, Upstream } from "./upstream.js";

export interface ForwardOptions {
  readonly routes: Routes;
  readonly upstream: Upstream;
  readonly onRequest: (entry: AuditEntry) => void;
}

export interface Forward {
  request(request: IncomingMessage, response: ServerResponse, within: string | undefined): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, within: string | undefined): void;
}

/** A body up to this is held back until it is whole, so that it can be sent again. */
const HELD_BYTES = 65_536;

export function createForward({ routes, upstream, onRequest }: ForwardOptions): Forward {
  async function answered(
    request: IncomingMessage,
    response: ServerResponse,
    within: string | undefined,
    ask: (route: Route, signal: AbortSignal) => Promise<Answer>,
    take: (answer: Answer, route: Route) => void,
  ): Promise<void> {
    const begun = performance.now();
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    response.once("close", leave);
    let url: URL | undefined;
    let answer: Answer | undefined;
    const note = (more: Partial<AuditEntry>): void => {
      const where = url === undefined ? {} : { origin: url.origin, path: url.pathname };
      onRequest({ method: request.method ?? "", ...where, ...more, milliseconds: performance.now() - begun });
    };
    try {
      const route = routes.of(request, within);
      ({ url } = route);
      answer = await ask(route, gone.signal);
      checkAnswer(answer);
      take(answer, route);
      note({ status: answer.message.statusCode! });
    } catch (error) {
      answer?.upgraded?.socket.destroy();
      answer?.message.destroy();
      if (gone.signal.aborted) return note({ refused: "the program went away" });
      const refusal =
        error instanceof Refusal ? error : new Refusal(500, `It failed: ${(error as Error).message}`);
      url ??= (refusal as { readonly url?: URL }).url;
      note({ status: refusal.status, refused: refusal.message });
      sendRefusal(response, refusal);
    } finally {
      if (response.destroyed) leave();
    }
  }

  function reply(response: ServerResponse, { message }: Answer, { location }: Route): void {
    response.sendDate = false;
    response.writeHead(
      message.statusCode ?? 502,
      message.statusMessage,
      headersToAnswer(pairsOf(message.rawHeaders), location).flat(),
    );
    response.flushHeaders();
    // Whatever breaks on one side ends the other.
    pipeline(message, response, () => {});
  }

  return {
    request(request, response, within) {
      void answered(
        request,
        response,
        within,
        async (route, signal) => {
          const { body, more } = await readBody(request);
          return upstream.ask(route, body, more, signal);
        },
        (answer, route) => {
          if (answer.upgraded === undefined) return reply(response, answer, route);
          throw new Refusal(502, "The API changed the protocol without being asked to.");
        },
      );
    },
    upgrade(request, socket, head, within) {
      const response = new ServerResponse(request);
      response.assignSocket(socket as Parameters<ServerResponse["assignSocket"]>[0]);
      response.shouldKeepAlive = false;
      response.once("finish", () => socket.end());
      socket.on("error", () => socket.destroy());
      socket.once("close", () => response.destroy());
      void answered(
        request,
        response,
        within,
        async (route, signal) => {
          checkWebSocket(request, route);
          const more = [["connection", "Upgrade"] as const, ["upgrade", "websocket"] as const];
          return upstream.ask(route, undefined, more, signal);
        },
        (answer, route) => {
          const { message, upgraded } = answer;
          if (upgraded === undefined) return reply(response, answer, route);
          response.detachSocket(socket as Parameters<ServerResponse["detachSocket"]>[0]);
          const headers: HeaderPairs = [
            ["Connection", "Upgrade"],
            ["Upgrade", "websocket"],
            ...headersToAnswer(pairsOf(message.rawHeaders), route.location),
          ];
          const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
          socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`, "latin1");
          socket.unshift(head);
          upgraded.socket.unshift(upgraded.head);
          join(socket, upgraded.socket);
        },
      );
    },
  };
}

/** What no server may say, and no program is to hear: half of it would be left to the one that asks next. */
function checkAnswer({ message, upgraded }: Answer): void {
  const { statusCode = 0 } = message;
  if (statusCode >= 200 || (statusCode === 101 && upgraded !== undefined)) return;
  throw new Refusal(502, `The API answered with the status ${statusCode}, which ends no request.`);
}

/** Both ways, until one of them is closed. */
function join(here: Duplex, there: Duplex): void {
  for (const [one, other] of [
    [here, there],
    [there, here],
  ] as const) {
    one.on("error", () => one.destroy());
    one.once("close", () => other.destroy());
    one.pipe(other);
  }
}

/** Another protocol (h2c, say) would be one that nobody here reads; a body would be read as what follows the handshake. */
function checkWebSocket({ method }: IncomingMessage, { headers }: Route): void {
  const lengths = [...valuesOf(headers, "content-length"), ...valuesOf(headers, "transfer-encoding")];
  if (lengths.some((length) => length !== "0"))
    throw new Refusal(400, "The request to change the protocol has a body.");
  const [protocol, ...others] = valuesOf(headers, "upgrade");
  if (method === "GET" && others.length === 0 && protocol?.toLowerCase() === "websocket") return;
  throw new Refusal(400, "The request is for another protocol than WebSocket.");
}

/** Small ones are read whole; all others go on as they come. */
async function readBody(
  request: IncomingMessage,
): Promise<{ readonly body: Buffer | IncomingMessage | undefined; readonly more: HeaderPairs }> {
  const headers = pairsOf(request.rawHeaders);
  const [length] = valuesOf(headers, "content-length");
  if (valuesOf(headers, "transfer-encoding").length > 0)
    return { body: request, more: [["transfer-encoding", "chunked"]] };
  if (length === undefined) {
    const mayHaveOne = ["POST", "PUT", "PATCH"].includes(request.method ?? "");
    return { body: undefined, more: mayHaveOne ? [["content-length", "0"]] : [] };
  }
  if (Number(length) > HELD_BYTES) return { body: request, more: [["content-length", length]] };
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return { body, more: [["content-length", String(body.length)]] };
}
