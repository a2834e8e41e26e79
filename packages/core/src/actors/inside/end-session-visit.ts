// The browser's visit to the server when signing out (OpenID Connect RP-Initiated Logout 1.0), and its way back. Which
// request that is: `createVisitJudge` (`oauth/end-session-request.ts`); for how long it is waited for: `machine/states/visiting.ts`.
import { signedOutHerePage, signedOutPage } from "../answer-pages.js";
import type { ResolvedConfig } from "../../config/config.js";
import { listenFor } from "./redirect-listening.js";
import type { AuthEvent } from "../declarations.js";
import type { SignOutStep } from "../../session/sign-out-result.js";
import {
  buildEndSessionUrl,
  createVisitJudge,
  hasEndSession,
  isRefusedVisit,
} from "../../oauth/end-session-request.js";
import { createOneTimeValue } from "../../oauth/proof.js";
import type { AuthorizationServer, Discover } from "../../oauth/discovery.js";
import type { AuthPorts } from "../../ports/ports.js";
import type { Secret } from "../../ground/secret.js";
import type { LiveSession } from "../../session/session.js";

export interface VisitOptions {
  readonly config: ResolvedConfig;
  readonly ports: AuthPorts;
  readonly discover: Discover;
  readonly session: LiveSession;
  readonly sendBack: (event: AuthEvent) => void;
}

/**
 * Sends the browser to the end-session endpoint and waits for it. The URL holds the ID token, so the browser is opened
 * at a one-time loopback address that sends it on. Returns what ends the visit.
 */
export function visitEndSession({ config, ports, discover, session, sendBack }: VisitOptions): () => void {
  const leaving = new AbortController();
  let stopListening: (() => void) | undefined;
  void run();
  return () => {
    leaving.abort(new Error("The visit is over"));
    stopListening?.();
  };

  async function run(): Promise<void> {
    try {
      const server = await discover(leaving.signal);
      if (leaving.signal.aborted) return;
      if (hasEndSession(config, server)) stopListening = listen(server);
      else end("unsupported");
    } catch {
      end("failed");
    }
  }

  function listen(server: AuthorizationServer): () => void {
    const state = createOneTimeValue();
    const startPath = `/start-${createOneTimeValue().reveal()}`;
    const uris = config.postLogoutRedirectUris;
    const judge = createVisitJudge(startPath, state);
    let target: Secret<string> | undefined;
    return listenFor({
      listen: ports.listenForRedirect,
      uris,
      accept: (url, expected) => judge(url, expected, target),
      onStray: (stray) => sendBack({ type: "strayed", stray }),
      onListening: (returnUri, signal) => {
        target = buildEndSessionUrl(config, server, session, returnUri, state);
        const url = new URL(startPath, returnUri).href;
        sendBack({ type: "visitReady", url });
        // Without a browser nobody will come back.
        ports.openBrowser(url, { signal }).catch(() => end("failed"));
      },
      onResponse: (redirect) => {
        const returned = redirect.reveal();
        const isRefused = isRefusedVisit(returned.url);
        void returned.respond(isRefused ? signedOutHerePage : signedOutPage);
        end(isRefused ? "failed" : "done");
      },
      onFailure: (error) => {
        sendBack({ type: "visitFailed", error });
        end("failed");
      },
    });
  }

  function end(endSession: SignOutStep): void {
    if (!leaving.signal.aborted) sendBack({ type: "visitEnded", endSession });
  }
}
