// fetch over node:http and node:https: what the runtime's own cannot do, and cheap to load.
import type { IncomingMessage } from "node:http";
import type { BareResponse, Fetch } from "@loopkey/core";
import { agentFor } from "./inside/agents.js";
import { exchange } from "./inside/exchange.js";
import { readOutgoing, type OutgoingRequest } from "./inside/outgoing.js";
import { redirectOf } from "./inside/redirects.js";
import { toAnswer } from "./inside/to-answer.js";

/**
 * As the Fetch standard has it, without cookies, cache and CORS, for http and https. A body that is a stream is read whole
 * before it is sent. Connections are kept for the next request. Rejects with a TypeError whose `cause` has a `code`, or with
 * the signal's reason.
 */
export async function fetchOverHttp(
  input: string | URL | Request,
  init?: RequestInit,
): Promise<BareResponse> {
  const request = await readOutgoing(input, init);
  return follow(request, (step) => exchange(step, { agent: agentFor(step.url) }));
}

/** See {@link Fetch.onOwnConnection}. A redirect that is followed has a connection of its own, too. */
export const fetchOnOwnConnection: NonNullable<Fetch["onOwnConnection"]> = async (url, init) => {
  let isConnected = false;
  try {
    return await follow(await readOutgoing(url, init), (step) =>
      exchange(step, {
        agent: false,
        onConnected: () => {
          if (isConnected) return;
          isConnected = true;
          init.onConnected();
        },
      }),
    );
  } catch (error) {
    const isOurs = error instanceof TypeError && error !== init.signal?.reason;
    throw isOurs && !isConnected ? Object.assign(error, { unsent: true }) : error;
  }
};

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
