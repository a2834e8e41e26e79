// What the machine's actors do: each joins one port or protocol step to the state that owns it.
import { fromCallback, fromPromise } from "xstate";
import { interruptedPage, pendingPage } from "./answer-pages.js";
import type { Attempt } from "./attempt.js";
import { runAt } from "./clock.js";
import type { ResolvedConfig } from "./config.js";
import { AuthError, printable, type AuthErrorCode } from "./errors.js";
import type { RequestInput } from "./machine.js";
import type { AuthEvent } from "./machine-types.js";
import {
  buildAuthorizationUrl,
  judgeRequest,
  redeemCode,
  type AuthorizationServer,
  type CodeRedemption,
  type Discover,
  type OAuthContext,
} from "./oauth/index.js";
import type { AuthPorts, RedirectResponse } from "./ports.js";
import { Secret } from "./secret.js";
import { encodeRecord, type LiveSession } from "./session.js";

/** A browser shows its own error page after a few minutes; before that, say that the app will tell. */
const ANSWER_DEADLINE_MS = 60_000;

export function createActors(
  config: ResolvedConfig,
  ports: AuthPorts,
  oauth: OAuthContext,
  discover: Discover,
) {
  const { clock, store } = ports;
  return {
    /** Listens until the state is left. A callback actor: a promise's signal would never abort once it is bound. */
    listenForRedirect: fromCallback<AuthEvent, { readonly attempt: Attempt }>(({ input, sendBack }) => {
      const leaving = new AbortController();
      const { signal } = leaving;
      void listen();
      return () => leaving.abort(new Error("The wait for the redirect is over"));

      async function listen(): Promise<void> {
        try {
          const listening = await ports.listenForRedirect({
            uris: config.redirectUris,
            accept: (url) => judgeRequest(url, config.redirectUris, input.attempt.proof),
            onStray: (stray) => sendBack({ type: "strayed", stray }),
            signal,
          });
          sendBack({ type: "listening", redirectUri: listening.redirectUri });
          sendBack({ type: "redirected", redirect: new Secret(await listening.response) });
        } catch (error) {
          if (!signal.aborted)
            sendBack({ type: "listenFailed", error: portError("port_unavailable", error) });
        }
      }
    }),

    awaitDeadline: fromCallback<AuthEvent, { readonly deadline: number }>(({ input, sendBack }) =>
      runAt(clock, input.deadline, () => sendBack({ type: "deadlinePassed" }), true),
    ),

    discoverServer: fromPromise<AuthorizationServer, void>(({ signal }) => discover(signal)),

    buildRequest: fromPromise<string, RequestInput>(({ input }) =>
      buildAuthorizationUrl(config, input.server, input.attempt, input.redirectUri),
    ),

    openBrowser: fromPromise<void, { readonly url: string }>(async ({ input, signal }) => {
      try {
        await ports.openBrowser(input.url, { signal });
      } catch (error) {
        throw portError("browser_failed", error);
      }
    }),

    /** Keeps the browser from waiting for ever: the first answer counts, so the real one mostly came before these. */
    answerBrowser: fromCallback<AuthEvent, { readonly redirect: Secret<RedirectResponse> }>(({ input }) => {
      const redirect = input.redirect.reveal();
      const callOff = runAt(
        clock,
        clock.now() + ANSWER_DEADLINE_MS,
        () => void redirect.respond(pendingPage),
        false,
      );
      return () => {
        callOff();
        void redirect.respond(interruptedPage);
      };
    }),

    redeemCode: fromPromise<LiveSession, CodeRedemption>(({ input, signal }) =>
      redeemCode(oauth, input, signal),
    ),

    saveSession: fromPromise<void, { readonly session: LiveSession }>(async ({ input }) => {
      try {
        await store.save(encodeRecord(input.session, config.clientId, clock.now()));
      } catch (error) {
        throw portError("store_unavailable", error);
      }
    }),
  };
}

/** A plain error of an adapter, said as ours: its message is for people, its `code` is the detail. */
function portError(code: AuthErrorCode, error: unknown): AuthError {
  const message = error instanceof Error ? printable(error.message, 500) : "unknown";
  const detail = error instanceof Error && "code" in error ? { detail: String(error.code) } : {};
  return new AuthError(code, message, { ...detail, cause: error });
}
