// The loopback listener as an actor: it listens from the moment the state is entered until it is left.
import { interruptedPage } from "../answer-pages.js";
import type { AuthError } from "../../ground/errors.js";
import { fromPort } from "../../ports/port-calls.js";
import type {
  ListenForRedirect,
  ListenForRedirectOptions,
  RedirectResponse,
  RedirectVerdict,
} from "../../ports/ports.js";
import { Secret } from "../../ground/secret.js";
import { thinOut } from "./stray-reports.js";

export interface ListenForOptions extends Omit<ListenForRedirectOptions, "signal" | "accept"> {
  /** `uris`: what the redirect may arrive at. Of several that are registered, only the one that the request named. */
  readonly accept: (url: URL, uris: readonly string[]) => RedirectVerdict;
  readonly listen: ListenForRedirect;
  readonly onListening: (redirectUri: string, signal: AbortSignal) => void;
  readonly onResponse: (redirect: Secret<RedirectResponse>) => void;
  readonly onFailure: (error: AuthError) => void;
}

/** Begins to listen, where there is a redirect URI to listen on. Returns what ends it. */
export function listenFor(options: ListenForOptions): () => void {
  const { listen, uris, accept, mode } = options;
  if (uris.length === 0) return () => {};
  const onStray = thinOut(options.onStray);
  let expected = uris;
  const leaving = new AbortController();
  const { signal } = leaving;
  void run();
  return () => leaving.abort(new Error("The wait for the redirect is over"));

  async function run(): Promise<void> {
    try {
      const { redirectUri, response } = await listen({
        uris,
        ...(mode === undefined ? {} : { mode }),
        accept: (url) => accept(url, expected),
        onStray,
        signal,
      });
      expected = [redirectUri];
      options.onListening(redirectUri, signal);
      const redirect = await response;
      // Accepted in the very moment the state was left: its browser must not wait for ever.
      if (signal.aborted) return void redirect.respond(interruptedPage);
      options.onResponse(new Secret(redirect));
    } catch (error) {
      if (!signal.aborted) options.onFailure(fromPort("port_unavailable", error));
    }
  }
}
