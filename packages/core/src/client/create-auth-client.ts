// The client: the machine behind plain functions. Apps see AuthState and promises, never xstate.
import { createActor } from "xstate";
import { checkedTarget } from "../config/api-origins.js";
import { createApiTokens } from "./inside/api-tokens.js";
import { createAccessTokens } from "./inside/access-tokens.js";
import { createActors } from "../actors/create-actors.js";
import { host } from "../actors/hosting.js";
import { createApiAuthorization } from "./inside/api-authorization.js";
import { createApiFetch } from "./inside/api-fetch.js";
import { createClose } from "./inside/closing.js";
import { keepActor } from "./actor-of.js";
import type { AuthClient } from "./auth-client.js";
import type { AuthConfig } from "../config/auth-config.js";
import { resolveConfig } from "../config/config.js";
import { AuthError, isOfNetwork } from "../ground/errors.js";
import { authMachine } from "../machine/machine.js";
import { createOAuthContext, fetchOf } from "../oauth/context.js";
import { noDeviceFlow, offersDeviceCode } from "../oauth/device-request.js";
import { createKnownServer } from "../oauth/known-server.js";
import { fetchUserInfo } from "../oauth/user-info.js";
import { skewNotice } from "../config/notices.js";
import type { AuthPorts } from "../ports/ports.js";
import { steadily } from "../ports/steady-clock.js";
import { checkPorts } from "../config/check-ports.js";
import { readPastedRedirect } from "./inside/pasted-redirect.js";
import type { AccessToken, Claims, LiveSession } from "../session/session.js";
import { recordedServer } from "../session/stored-record.js";
import { createStampWatch } from "../session/stamp-watch.js";
import { createRenewals } from "./inside/renewals.js";
import { createSignIns } from "./inside/sign-ins.js";
import { createSignOut } from "./inside/sign-outs.js";
import { isSameState, toState } from "./inside/to-state.js";
import type { AuthState } from "./state.js";
import { keepHistory } from "./inside/history.js";
import { lookElsewhere } from "./inside/look-elsewhere.js";
import { closed, until, type AuthSnapshot } from "./inside/until.js";

/**
 * Creates a client, which begins to look for a stored session: see {@link AuthClient.ready}.
 *
 * Throws `invalid_config` or `insecure_endpoint` with a sentence that says what to write instead; with `server` also
 * `unsupported_by_server` or `discovery_failed`, for metadata that no sign-in could go by.
 *
 * @example
 * ```ts
 * const client = createAuthClient(
 *   { issuer: "https://id.example.com", clientId: "my-cli" },
 *   createNodePorts({ appName: "my-cli" }),
 * );
 * const session = await client.signIn();
 * const response = await client.fetch("https://id.example.com/api/notes");
 * ```
 */
export function createAuthClient(options: AuthConfig, ports: AuthPorts): AuthClient {
  const config = resolveConfig(options);
  checkPorts(ports);
  const steady = steadily(ports);
  const { clock, store } = steady;
  const oauth = createOAuthContext(config, steady, (milliseconds) =>
    callApp(() => config.onNotice(skewNotice(milliseconds))),
  );
  const server = createKnownServer(oauth, steady);
  const watch = createStampWatch(steady.stamp);
  const lifetime = new AbortController();

  const actor = createActor(authMachine, {
    input: {
      clientId: config.clientId,
      refreshOnStart: config.refreshOnStart,
      ownsConnections: fetchOf(ports).onOwnConnection !== undefined,
      random: oauth.random,
      now: () => clock.now(),
    },
  });
  host(actor, createActors(config, steady, oauth, server, watch));
  const signIns = createSignIns(actor, config, clock);
  const signOut = createSignOut(actor, config, () => signIns.cancel());
  const tokens = createAccessTokens(actor, clock, watch);
  const tokensFor = createApiTokens({ actor, clock, watch, random: oauth.random, own: tokens });
  const renewals = createRenewals(clock);
  const authorization = createApiAuthorization({ context: oauth, tokensFor, renewals });
  const listeners = new Set<(state: AuthState) => void>();
  const look = (snapshot: AuthSnapshot): AuthState => toState(snapshot, store.info, clock.shown);
  let state = look(actor.getSnapshot());

  actor.on("notice", ({ notice }) => callApp(() => config.onNotice(notice)));
  actor.subscribe((snapshot) => publish(look(snapshot)));
  const history = keepHistory(actor, clock, ports.journal);
  actor.start();

  function publish(next: AuthState): void {
    if (isSameState(state, next)) return;
    state = next;
    for (const listener of listeners) callApp(() => listener(next));
  }

  function assertOpen(): void {
    if (lifetime.signal.aborted) throw lifetime.signal.reason;
  }

  function onNetworkFailed(): void {
    actor.send({ type: "networkFailed" });
  }

  async function userInfo(): Promise<Claims> {
    assertOpen();
    const { signal } = lifetime;
    const accessToken = await tokens.get();
    const session = (): LiveSession | undefined => actor.getSnapshot().context.session;
    const recorded = recordedServer(session());
    const known = await server.discover(signal, { recorded, needs: "userinfo_endpoint" });
    const askAt = (at: typeof known, token: AccessToken): ReturnType<typeof fetchUserInfo> =>
      fetchUserInfo(oauth, at, token, session()?.view.subject, signal);
    const ask = async (token: AccessToken): ReturnType<typeof fetchUserInfo> => {
      const answer = await askAt(known, token);
      const mayHaveMoved = answer.verdict !== "accepted" && server.saysMoved(answer.error);
      const found = mayHaveMoved ? await server.anew(known, signal) : undefined;
      return found ? askAt(found, token) : answer;
    };
    const answer = await renewals.asked(
      new URL(known.userinfo_endpoint ?? known.issuer).origin,
      accessToken,
      ask,
      { mayAskAgain: true, renew: () => tokens.renew(accessToken), discard: () => {} },
    );
    if (answer.verdict === "accepted") return answer.claims;
    if (answer.error instanceof AuthError && isOfNetwork(answer.error)) onNetworkFailed();
    throw answer.error;
  }

  function wake(): void {
    // What a close leaves unseen nobody asks for.
    lookElsewhere(actor, watch).catch(() => {});
    actor.send({ type: "wake" });
  }

  const close = createClose(actor, clock, {
    begun: () => lifetime.abort(closed()),
    done() {
      history.flush();
      signIns.rejectAll(lifetime.signal.reason as AuthError);
      listeners.clear();
      state = { ...state, can: [] };
    },
  });

  /** After close() a command has nobody to go to. */
  function whileOpen(command: () => void): void {
    if (!lifetime.signal.aborted) command();
  }

  const client: AuthClient = {
    getState: () => state,
    subscribe(listener) {
      // A function of its own for each subscription: the same listener may be given twice.
      const own = (next: AuthState): void => listener(next);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    async ready() {
      await until(actor, (snapshot) => !snapshot.matches("restoring"));
      return state;
    },
    async signIn(options = {}) {
      assertOpen();
      return signIns.join(options);
    },
    submitRedirect(url) {
      assertOpen();
      actor.send({ type: "redirected", redirect: readPastedRedirect(url, actor.getSnapshot()) });
    },
    useDeviceCode() {
      assertOpen();
      const { attempt } = actor.getSnapshot().context;
      if (attempt?.responseMode === "form_post") throw noDeviceFlowBesideForm();
      if (attempt?.server && !offersDeviceCode(attempt.server)) throw noDeviceFlow(attempt.server);
      actor.send({ type: "useDeviceCode" });
    },
    cancel: () => whileOpen(() => signIns.cancel()),
    async getAccessToken(options = {}) {
      assertOpen();
      if (config.dpop) throw boundToKey();
      const { value, dpopKey } = await tokensFor(checkedTarget(options)).get(options);
      if (dpopKey) throw boundToKey();
      return value;
    },
    fetch: createApiFetch({ authorization, fetch: fetchOf(ports), renewals, onNetworkFailed }),
    async authorize(request) {
      assertOpen();
      return authorization.authorize(request);
    },
    async refused(response, headers) {
      assertOpen();
      return authorization.refused(response, headers);
    },
    userInfo,
    wake: () => whileOpen(wake),
    history: history.entries,
    async signOut(options) {
      assertOpen();
      return signOut(options);
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  };
  keepActor(client, actor);
  return client;
}

function noDeviceFlowBesideForm(): AuthError {
  return new AuthError("invalid_config", 'With responseMode "form_post" there is no device flow.', {
    detail: "responseMode",
    hint: "Finish in a browser on this machine, or leave the response mode out.",
  });
}

/** Given out by itself it would be sent as a bearer token, which the server refuses. */
function boundToKey(): AuthError {
  return new AuthError(
    "invalid_config",
    "The access token is bound to a key (DPoP): by itself, in a header, it is of no use.",
    { detail: "dpop", hint: "Call the API through client.fetch, which adds a proof to each request." },
  );
}

/** An app's listener that throws must not keep the others from being called; its error stays loud. */
function callApp(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
