// One request and the head of its answer, over node:http or node:https.
import type { Agent, IncomingMessage } from "node:http";
import type { SecureContext } from "node:tls";
import type { OutgoingRequest } from "./outgoing.js";
import { isConnected, watchPeer } from "./peer.js";

export interface ExchangeOptions {
  /** `false`: a connection for this request alone, closed after it. */
  readonly agent: Agent | false;
  /** Which certificates count. @default Node's own */
  readonly trust?: SecureContext | undefined;
  /** Called with what a proxy answered to CONNECT; what it gives back is why there is no going on. */
  readonly onProxyAnswer?: ((status: number) => Error | undefined) | undefined;
  /** Called when TCP and TLS are up, before the first byte of the request goes out. What it throws ends the exchange. */
  readonly onConnected?: (() => void) | undefined;
}

/**
 * Resolves with the answer once its head is there; its body is not read yet, and ends with an error when the signal is
 * aborted. Rejects with the signal's reason, with what `onConnected` throws, or with a TypeError as fetch does.
 */
export function exchange(
  request: OutgoingRequest,
  { agent, trust, onProxyAnswer, onConnected }: ExchangeOptions,
): Promise<IncomingMessage> {
  const { url, method, headers, body, signal } = request;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    // Taken at the call: importing node:http costs 25 ms, and whoever instruments it is to be heard.
    const { request: open } = process.getBuiltinModule(
      url.protocol === "https:" ? "node:https" : "node:http",
    );
    const outgoing = open(url, {
      method,
      headers: Object.fromEntries(headers),
      agent,
      ...(trust && { secureContext: trust }),
    });
    const withHint = watchPeer(outgoing, url);
    const abort = (): void => void outgoing.destroy(new Error("The request was aborted."));
    signal?.addEventListener("abort", abort);
    outgoing.once("close", () => signal?.removeEventListener("abort", abort));
    outgoing.once("response", (message) => {
      // What breaks an answer off is said here: its body itself only knows that it was aborted.
      outgoing.once("error", (cause) => message.destroy(cause));
      resolve(message);
    });
    outgoing.on("error", (cause) => reject(signal?.aborted ? signal.reason : fetchFailed(withHint(cause))));
    // A proxy that refuses answers in the server's place: that is never taken for the server's word.
    outgoing.once("proxyConnect", ({ statusCode }: { readonly statusCode: number }) => {
      const why = onProxyAnswer?.(statusCode);
      if (!why) return;
      reject(fetchFailed(why));
      outgoing.destroy(why);
    });
    const begin = (): void => {
      try {
        onConnected?.();
      } catch (error) {
        reject(error);
        outgoing.destroy();
        return;
      }
      outgoing.end(body);
    };
    outgoing.once("socket", (socket) => {
      if (isConnected(socket)) begin();
      else socket.once(url.protocol === "https:" ? "secureConnect" : "connect", begin);
    });
  });
}

/** As Node's own fetch fails: what went wrong is the cause, with a `code`. */
export function fetchFailed(cause: unknown): TypeError {
  return new TypeError("fetch failed", { cause });
}
