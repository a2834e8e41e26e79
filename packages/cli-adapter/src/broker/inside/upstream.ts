// The way to the API: one request with the token, sent again where its answer asks for that.
import * as http from "node:http";
import * as https from "node:https";
import type { Duplex } from "node:stream";
import { AuthError } from "@loopkey/core/light";
import type { AuthClient } from "@loopkey/core";
import { createWays } from "@loopkey/node-adapter/ways";
import { headersToSend, pairsOf, type HeaderPairs } from "./headers.js";
import { Refusal } from "./refusal.js";
import type { Route } from "./routes.js";

export interface Answer {
  readonly message: http.IncomingMessage;
  /** Of a 101: the connection, and what has come on it already. */
  readonly upgraded?: { readonly socket: Duplex; readonly head: Buffer };
}

export interface Upstream {
  /** `body`: what can be sent again, or a stream, which cannot. `more`: headers of this connection. */
  ask(
    route: Route,
    body: Buffer | http.IncomingMessage | undefined,
    more: HeaderPairs,
    signal: AbortSignal,
  ): Promise<Answer>;
  close(): void;
}

export interface UpstreamOptions {
  readonly client: Pick<AuthClient, "authorize" | "refused">;
  /** Told why the token could not be had, or is not enough. */
  readonly onProblem: (error: AuthError) => void;
}

/** A nonce, and a fresh token. */
const TRIES = 3;
const CONNECT_MS = 30_000;

/** By a server that closed a connection which had been used before: it has waited for long, and read nothing of this request. */
class GivenUp extends Refusal {}

/** As often as one likes (RFC 9110 9.2.2): that it has read nothing is what is likely, not what is known. */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

function isRepeatable(method: string, body: Buffer | http.IncomingMessage | undefined): boolean {
  return IDEMPOTENT.has(method) && !(body instanceof http.IncomingMessage);
}

function isClosing({ code }: NodeJS.ErrnoException): boolean {
  return code === "ECONNRESET" || code === "EPIPE";
}

export function createUpstream({ client, onProblem }: UpstreamOptions): Upstream {
  const wayTo = createWays();
  const agents = {
    "http:": new http.Agent({ keepAlive: true }),
    "https:": new https.Agent({ keepAlive: true }),
  };

  async function ask(...[route, body, more, signal]: Parameters<Upstream["ask"]>): Promise<Answer> {
    const { url, method } = route;
    for (let left = TRIES; ; left--) {
      // One after the other: each answer says whether there is a next.
      // oxlint-disable-next-line no-await-in-loop
      const token = await client.authorize({ url, method, signal }).catch(noToken);
      const headers = [...headersToSend(route.headers), ...token, ...more, ["host", url.host] as const];
      // oxlint-disable-next-line no-await-in-loop
      const answer = await send(route, headers, body, signal).catch((error: unknown) => {
        // By another connection, with a proof of its own.
        if (error instanceof GivenUp && left > 1) return undefined;
        throw error;
      });
      if (answer === undefined) continue;
      // oxlint-disable-next-line no-await-in-loop
      const isAgain = await asksAgain(answer, token);
      if (!isAgain || left === 1 || body instanceof http.IncomingMessage) return answer;
      answer.message.resume();
    }
  }

  async function asksAgain({ message }: Answer, token: Headers): Promise<boolean> {
    const status = message.statusCode ?? 0;
    // A Response has none of these.
    if (status < 200 || status > 599) return false;
    const headers = new Headers();
    for (const [name, value] of pairsOf(message.rawHeaders)) headers.append(name, value);
    try {
      return await client.refused(new Response(null, { status, headers }), token);
    } catch (error) {
      // The answer of the API says it too, to the program.
      if (error instanceof AuthError) onProblem(error);
      return false;
    }
  }

  function noToken(error: unknown): never {
    if (!(error instanceof AuthError)) throw error;
    onProblem(error);
    const status = error.retryable ? 503 : 502;
    throw new Refusal(status, `There is no token: ${error.message}`, { "loopkey-error": error.code });
  }

  async function send(
    { url, method }: Route,
    headers: HeaderPairs,
    body: Buffer | http.IncomingMessage | undefined,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { request } = url.protocol === "https:" ? https : http;
    const way = await wayTo(url, signal).catch(noWay);
    const agent = agents[url.protocol as keyof typeof agents];
    const options = { method, agent, headers: headers.flat(), setHost: false, ...way.options };
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const outgoing = request(url, options);
      const abort = (): void => void outgoing.destroy();
      signal.addEventListener("abort", abort);
      outgoing.once("close", () => signal.removeEventListener("abort", abort));
      const slow = setTimeout(() => outgoing.destroy(new Error("it does not answer")), CONNECT_MS);
      outgoing.once("close", () => clearTimeout(slow));
      const explain = way.attend(outgoing, () => clearTimeout(slow));
      outgoing.once("response", (message) => resolve({ message }));
      outgoing.once("upgrade", (message, socket, head) => resolve({ message, upgraded: { socket, head } }));
      outgoing.on("error", (error) => {
        const { message, hint } = explain(error);
        const advice = hint === undefined ? "" : ` ${hint}`;
        const isAgain = outgoing.reusedSocket && isRepeatable(method, body) && isClosing(error);
        const Kind = isAgain ? GivenUp : Refusal;
        reject(new Kind(502, `${url.host} could not be reached: ${message.replace(/\.$/, "")}.${advice}`));
      });
      // A body that breaks off does not look whole: its connection closes, and the signal ends this one.
      if (body instanceof http.IncomingMessage) body.pipe(outgoing);
      else outgoing.end(body);
    });
  }

  /** The address of a proxy that is none. */
  function noWay(error: Error): never {
    const { cause } = error;
    const { hint = "" } = (cause ?? {}) as { readonly hint?: string };
    throw new Refusal(502, `${(cause instanceof Error ? cause : error).message} ${hint}`);
  }

  return {
    ask,
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}
