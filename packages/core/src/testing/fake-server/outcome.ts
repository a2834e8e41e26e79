// What becomes of a request, for a fetch function and for a socket alike: an answer, or an end HTTP has no words for.

/**
 * An answer, as it is. With `end` the connection is left open for ever or reset: with a response after half of its body, or
 * where `after` says; without one before anything is answered.
 */
export interface Outcome {
  readonly response?: Response;
  readonly end?: "hang" | "reset";
  /** Over a fetch function the half of a head is as nothing. @default 'half the body' */
  readonly after?: "half the head" | "the head" | "half the body";
}

/** Plays an outcome as fetch would show it. A body that ends badly does so while it is read. */
export async function playOutcome(outcome: Outcome, signal: AbortSignal): Promise<Response> {
  const { response, end, after } = outcome;
  if (end === undefined) return response!;
  if (response && after !== "half the head") return playHalf(outcome, response, end);
  if (end === "reset") throw connectionReset("fetch failed");
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });
}

/** The part of a body that is sent before the connection ends: its first half, or nothing. */
export async function firstHalf(
  response: Response,
  after?: Outcome["after"],
): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(await response.arrayBuffer());
  return whole.slice(0, after === "the head" ? 0 : Math.ceil(whole.byteLength / 2));
}

async function playHalf({ after }: Outcome, response: Response, end: "hang" | "reset"): Promise<Response> {
  const { status, headers } = response;
  const half = await firstHalf(response, after);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (half.byteLength > 0) controller.enqueue(half);
    },
    pull(controller) {
      if (end === "reset") controller.error(connectionReset("terminated"));
    },
  });
  return new Response(body, { status, headers });
}

/** As Node's fetch says it: the system's error is a cause. */
function connectionReset(message: string): TypeError {
  const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  return new TypeError(message, { cause });
}
