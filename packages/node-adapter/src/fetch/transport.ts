// fetch over node:http and node:https: what the runtime's own cannot do, and cheap to load.
import type { IncomingMessage } from "node:http";
import type { BareResponse, Fetch } from "@loopkey/core";
import { agentFor } from "./inside/agents.js";
import { exchange } from "./inside/exchange.js";
import { readOutgoing, type OutgoingRequest } from "./inside/outgoing.js";
import { redirectOf } from "./inside/redirects.js";
import { toAnswer } from "./inside/to-answer.js";

/** Sends one request. With `onConnected` it has a connection for itself, and `onConnected` is called once that is up. */
export type Send = (request: OutgoingRequest, onConnected?: () => void) => Promise<IncomingMessage>;

export interface Transport {
  /**
   * As the Fetch standard has it, without cookies, cache and CORS, for http and https. A body that is a stream is read whole
   * before it is sent. Connections are kept for the next request. Rejects with a TypeError whose `cause` has a `code`, or with
   * the signal's reason.
   */
  readonly fetchOverHttp: (input: string | URL | Request, init?: RequestInit) => Promise<BareResponse>;
  /** See {@link Fetch.onOwnConnection}. A redirect that is followed has a connection of its own, too. */
  readonly fetchOnOwnConnection: NonNullable<Fetch["onOwnConnection"]>;
}

export function createTransport(send: Send): Transport {
  return {
    fetchOverHttp: async (input, init) =>
      follow(await readOutgoing(input, init), async (request) => send(request)),
    fetchOnOwnConnection: async (url, init) => {
      let isConnected = false;
      const onConnected = (): void => {
        if (isConnected) return;
        isConnected = true;
        init.onConnected();
      };
      try {
        return await follow(await readOutgoing(url, init), async (request) => send(request, onConnected));
      } catch (error) {
        const isOurs = error instanceof TypeError && error !== init.signal?.reason;
        throw isOurs && !isConnected ? Object.assign(error, { unsent: true }) : error;
      }
    },
  };
}

/** Straight to the server, with the certificates that Node trusts. */
export const { fetchOverHttp, fetchOnOwnConnection } = createTransport((request, onConnected) =>
  exchange(request, { agent: onConnected ? false : agentFor(request.url), onConnected }),
);

async function follow(
  first: OutgoingRequest,
  send: (request: OutgoingRequest) => Promise<IncomingMessage>,
): Promise<BareResponse> {
  let request = first;
  for (let redirects = 0; ; redirects++) {
    // One after the other: each answer says where the next one goes.
    // oxlint-disable-next-line no-await-in-loop
    const message = await send(request);
    const next = redirectOf(request, message);
    if (!next) return toAnswer(message, request, { redirected: redirects > 0 });
    message.destroy();
    request = next(redirects);
  }
}
