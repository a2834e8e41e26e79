// PKCE verifiers, as the servers of this process receive them: no client shows one anywhere else.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { onTestFinished } from "vitest";

const REQUESTS = "http.server.request.start";

/** Calls `told` with the `code_verifier` of every request, before the server answers it. */
export function onCodeVerifier(told: (verifier: string) => void): void {
  const onRequest = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage };
    const push = request.push.bind(request);
    let body = "";
    // Not on("data"): the server's own reader would come too late.
    request.push = (chunk: Buffer | null) => {
      if (chunk) body += chunk.toString("latin1");
      else {
        const verifier = new URLSearchParams(body).get("code_verifier");
        if (verifier !== null) told(verifier);
      }
      return push(chunk);
    };
  };
  subscribe(REQUESTS, onRequest);
  onTestFinished(() => void unsubscribe(REQUESTS, onRequest));
}
