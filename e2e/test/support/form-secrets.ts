// What a client sends in forms and shows nowhere else, as the servers of this process receive it: PKCE verifiers, and the
// parameters of pushed requests.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { onTestFinished } from "vitest";
import type { KnownSecret } from "./secret-scan.js";

const REQUESTS = "http.server.request.start";

const NAMES = ["code_verifier", "state", "nonce"];

/** Calls `told` with each of them in every request, before the server answers it. */
export function onFormSecret(told: (secret: KnownSecret) => void): void {
  const onRequest = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage };
    const push = request.push.bind(request);
    let body = "";
    // Not on("data"): the server's own reader would come too late.
    request.push = (chunk: Buffer | null) => {
      if (chunk) body += chunk.toString("latin1");
      else {
        const form = new URLSearchParams(body);
        for (const kind of NAMES) for (const value of form.getAll(kind)) told({ kind, value });
      }
      return push(chunk);
    };
  };
  subscribe(REQUESTS, onRequest);
  onTestFinished(() => void unsubscribe(REQUESTS, onRequest));
}
