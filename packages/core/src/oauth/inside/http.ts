// Requests to the authorization server: bounded in time and in size, failures told apart.
import { AuthError } from "../../ground/errors.js";
import { printable } from "../../ground/printable.js";
import { startLimit } from "../../ports/limit.js";
import type { BareResponse, Clock, Fetch } from "../../ports/ports.js";
import { untilAborted } from "../../ground/until-aborted.js";
import { deliver, neverConnected, type Delivery } from "./delivery.js";
import { lightResponse } from "./light-web.js";
import type { SkewMeter } from "./skew.js";

/** A discovery document, a JWKS or a token response with many claims is far below. */
const MAX_BODY_BYTES = 1024 * 1024;

/** As oauth4webapi hands it over: members may be there and undefined. */
type ServerRequestInit = { [Name in keyof RequestInit]?: RequestInit[Name] | undefined };

/** With a `delivery` on a connection of its own, where the runtime has that. */
export type ServerFetch = (url: string, init: ServerRequestInit, delivery?: Delivery) => Promise<Response>;

export interface ServerFetchOptions {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly skew: SkewMeter;
}

/**
 * A fetch whose body has been read when it resolves. Sends no cookies, also where the runtime keeps them. Rejects with
 * `temporarily_unavailable` when the server cannot be reached or is not done in time, `invalid_response` when it sends too
 * much, and the signal's reason when aborted.
 */
export function createServerFetch({ fetch, clock, timeoutMs, skew }: ServerFetchOptions): ServerFetch {
  return async (url, init, delivery) => {
    const { host } = new URL(url);
    const limit = new AbortController();
    const callOff = startLimit(clock, timeoutMs, () => limit.abort(tookTooLong(host, timeoutMs)));
    // Who asked has gone: their limit goes with them, at once.
    init.signal?.addEventListener("abort", callOff);
    const signal = init.signal ? AbortSignal.any([init.signal, limit.signal]) : limit.signal;
    const sentAt = clock.now();
    let isSent = false;
    const onSend = (): void => {
      delivery?.onSend();
      isSent = true;
    };
    try {
      const sending = { ...init, credentials: "omit", signal } as RequestInit;
      const begin = delivery
        ? () => deliver(fetch, url, sending, onSend)
        : () => (fetch.bare ?? fetch)(url, sending);
      const answer = await untilAborted(signal, async () => readWhole(await begin(), host));
      // Answers to a POST are never from a cache, whose Date may be a day old.
      if (init.method === "POST") skew.measure(answer.headers, sentAt);
      return answer;
    } catch (error) {
      const isOver = limit.signal.aborted;
      if (!isSent || (!isOver && neverConnected(error))) delivery?.onFailure("unsent");
      else if (error instanceof AuthError && !isOver) delivery?.onFailure("unclear");
      else delivery?.onFailure(isOver ? "silent" : "lost");
      if (signal.aborted) throw signal.reason;
      throw error instanceof AuthError ? error : unreachable(host, error);
    } finally {
      callOff();
      // Polls share a signal: Node warns of what listens to it for nothing.
      init.signal?.removeEventListener("abort", callOff);
    }
  };
}

async function readWhole(answer: BareResponse, host: string): Promise<Response> {
  return lightResponse(await readLimited(answer, host), answer);
}

async function readLimited({ body }: BareResponse, host: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(body)) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES)
      throw new AuthError(
        "invalid_response",
        `${host} sent an answer of more than ${MAX_BODY_BYTES} bytes.`,
        {
          detail: "body too large",
        },
      );
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/** Not every runtime's streams can be iterated by themselves. Left half-way it is cancelled. */
async function* chunksOf(body: BareResponse["body"]): AsyncIterable<Uint8Array> {
  if (body === null) return;
  if (!("getReader" in body)) {
    yield* body;
    return;
  }
  const reader = body.getReader();
  try {
    // oxlint-disable-next-line no-await-in-loop
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel();
  }
}

function tookTooLong(host: string, timeoutMs: number): AuthError {
  return new AuthError(
    "temporarily_unavailable",
    `${host} did not answer within ${timeoutMs / 1000} seconds.`,
    {
      detail: "timeout",
    },
  );
}

function unreachable(host: string, error: unknown): AuthError {
  const detail = systemCode(error);
  return new AuthError(
    "temporarily_unavailable",
    `${host} could not be reached${detail ? ` (${detail})` : ""}.`,
    {
      ...(detail === undefined ? {} : { detail }),
      hint:
        adviceOf(error) ??
        (detail?.startsWith("ERR_SSL")
          ? "Check the port: what answers there does not speak https."
          : undefined),
      cause: withoutData(error),
    },
  );
}

/**
 * The errors of a fetch by their words and codes. What else hangs on one may be the answer: for one that is not quite HTTP,
 * Node's has all that could not be read, with the tokens in it.
 */
function withoutData(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message, stack } = error;
  const cause = withoutData(error.cause);
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  return Object.assign(new Error(message, cause && { cause }), { name, stack, ...code });
}

/** What the runtime's adapter knows to do about it. */
function adviceOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ("hint" in cause && typeof cause.hint === "string") return printable(cause.hint, 400);
  }
  return undefined;
}

/** `ECONNREFUSED` and the like, which fetch hides one or two causes deep. */
function systemCode(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && typeof cause.code === "string") return printable(cause.code, 40);
  }
  return undefined;
}
