// One fetch of a window, on a port of its own: the request is checked, the answer goes over as the window takes it.
import { AuthError, type AuthClient } from "@loopkey/core";
import * as v from "valibot";
import { toErrorData } from "../../error-data.js";
import { fetchMessage, type FetchAnswer, type FetchRequest } from "../../protocol.js";
import { CHUNK_BYTES, CREDIT_BYTES } from "../../wire.js";
import type { Port } from "../electron.js";
import type { CheckRequest } from "./fetch-rules.js";
import { locationOf, MOST_REDIRECTS, redirected, type OutRequest } from "./redirects.js";
import { pageHeaders } from "./request-headers.js";
import { createWindowBody, type WindowBody } from "./window-body.js";

export interface WindowFetchOptions {
  readonly port: Port;
  readonly request: FetchRequest;
  readonly client: Pick<AuthClient, "fetch">;
  readonly check: CheckRequest;
  /** The window sent what it may not. */
  readonly refuse: (code: "malformed" | "not_allowed") => void;
  /** Nothing of it is left. */
  readonly onEnd: () => void;
}

export interface WindowFetch {
  /** Ends it; the window hears why. */
  end(error: unknown): void;
}

const NULL_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

export function serveFetch({ port, request, client, check, refuse, onEnd }: WindowFetchOptions): WindowFetch {
  const life = new AbortController();
  const { signal } = life;
  const post = (message: FetchAnswer): void => {
    if (!signal.aborted) port.postMessage(message);
  };
  const body = createWindowBody((bytes) => post({ type: "credit", bytes }));
  let credit = CREDIT_BYTES;
  let onCredit = (): void => {};

  port.on("message", ({ data, ports }) => {
    for (const stray of ports) stray.close();
    // What was under way when it ended.
    if (signal.aborted) return;
    const message = v.safeParse(fetchMessage, data, { abortEarly: true });
    if (!message.success || !take(message.output)) {
      refuse("malformed");
      end(malformed());
    }
  });
  // The window is gone, or has read enough.
  port.on("close", () => finish(new TypeError("fetch failed: the window is gone")));
  port.start();
  void run().then(
    () => finish(new TypeError("fetch failed: it has ended")),
    (error: unknown) => end(error),
  );

  function take(message: v.InferOutput<typeof fetchMessage>): boolean {
    switch (message.type) {
      case "chunk":
        return request.hasBody && body.push(message.data);
      case "end":
        body.end();
        return request.hasBody;
      case "credit":
        credit += message.bytes;
        onCredit();
        return credit <= CREDIT_BYTES;
      case "abort":
    }
    finish(new TypeError("fetch failed: the window gave it up"));
    return true;
  }

  async function run(): Promise<void> {
    const first = await readRequest(request, body);
    const { response, url } = await follow(first);
    const headers = [...response.headers].filter(([name]) => name !== "set-cookie");
    const { status, statusText } = response;
    post({ type: "head", status, statusText, headers, url: url.href, redirected: url !== first.url });
    if (response.body && !NULL_BODY.has(status)) await send(response.body);
    post({ type: "end" });
  }

  /** Each step by itself: an address that the window may not ask for, it may not be sent to either. */
  async function follow(first: OutRequest): Promise<{ readonly response: Response; readonly url: URL }> {
    let next = first;
    for (let step = 0; step <= MOST_REDIRECTS; step++) {
      const { url, method, headers, body: content } = next;
      allowed(url, method);
      const init = { method, headers, body: content, signal, redirect: "manual", duplex: "half" } as const;
      // oxlint-disable-next-line no-await-in-loop
      const response = await client.fetch(url.href, init);
      const location = locationOf(response);
      if (location === undefined || request.redirect === "manual") return { response, url };
      // oxlint-disable-next-line no-await-in-loop
      await response.body?.cancel();
      if (request.redirect === "error") throw new TypeError("fetch failed: it was redirected");
      next = redirected(next, response.status, location);
    }
    throw new TypeError("fetch failed: too many redirects");
  }

  function allowed(url: URL, method: string): void {
    try {
      check(url, method);
    } catch (error) {
      refuse("not_allowed");
      throw error;
    }
  }

  async function send(stream: ReadableStream<Uint8Array>): Promise<void> {
    const reader = stream.getReader();
    const stop = (): void => void reader.cancel(signal.reason).catch(() => {});
    signal.addEventListener("abort", stop, { once: true });
    try {
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop
        const { done, value } = await reader.read();
        if (done || signal.aborted) return;
        for (let at = 0; at < value.byteLength; at += CHUNK_BYTES) {
          const data = value.slice(at, at + CHUNK_BYTES);
          // oxlint-disable-next-line no-await-in-loop
          while (credit < data.byteLength && !signal.aborted) await moreCredit();
          credit -= data.byteLength;
          post({ type: "chunk", data });
        }
      }
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  function moreCredit(): Promise<void> {
    return new Promise((resolve) => (onCredit = resolve));
  }

  function end(error: unknown): void {
    post({ type: "failure", error: toErrorData(error) });
    finish(error);
  }

  function finish(reason: unknown): void {
    if (signal.aborted) return;
    life.abort(reason);
    body.fail(reason);
    onCredit();
    port.close();
    onEnd();
  }

  return { end };
}

async function readRequest(request: FetchRequest, body: WindowBody): Promise<OutRequest> {
  const { method, headers, hasBody } = request;
  if (!URL.canParse(request.url)) throw malformed();
  const url = new URL(request.url);
  url.hash = "";
  return {
    url,
    method,
    headers: pageHeaders(headers),
    body: hasBody ? await body.read() : null,
  };
}

function malformed(): AuthError {
  return new AuthError(
    "invalid_config",
    "That is nothing a window may ask for: too long, or of the wrong kind.",
    {
      detail: "malformed",
    },
  );
}
