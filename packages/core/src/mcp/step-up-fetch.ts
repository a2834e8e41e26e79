// A 403 that asks for more scope (RFC 6750 3.1, MCP's step-up): the person is asked, and the request goes out once more.
import type { AuthClient } from "../client/auth-client.js";
import { readChallenge } from "../oauth/resource-challenge.js";
import { scopeToAsk } from "./scope-union.js";

export interface StepUpFetchOptions {
  /** What a sign-in asks for at any rate: `scope` of the configuration. @default what was granted so far */
  readonly scope?: string;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * For `fetch` of the MCP SDK's transports, beside {@link mcpAuthProvider}. A 403 with `insufficient_scope` that names a scope
 * which was not granted yet leads to one sign-in, for what was granted and that, and one more try with the new token. Every
 * other answer is passed on, a second 403 too. A request without a token, or with a stream as its body, is never repeated.
 *
 * Rejects with what `fetch` rejects with, and as `signIn` does.
 */
export function stepUpFetch(client: AuthClient, options: StepUpFetchOptions = {}): typeof globalThis.fetch {
  const { scope, fetch = globalThis.fetch } = options;
  return async (input, init) => {
    const response = await fetch(input, init);
    const headers = new Headers(init?.headers);
    const isRepeatable = !(input instanceof Request) && !(init?.body instanceof ReadableStream);
    if (response.status !== 403 || !isRepeatable || !headers.has("authorization")) return response;
    const challenge = await readChallenge(response);
    const wanted = scopeToAsk(client, scope, challenge?.scope ?? []);
    if (challenge?.error !== "insufficient_scope" || wanted === undefined) return response;
    await response.body?.cancel();
    await client.signIn({ scope: wanted });
    headers.set("authorization", `Bearer ${await client.getAccessToken()}`);
    return fetch(input, { ...init, headers });
  };
}
