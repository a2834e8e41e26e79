// What the machine's actors do: each joins one port or protocol step to the state that owns it.
import { interruptedPage, pendingPage } from "./answer-pages.js";
import type { Attempt } from "../oauth/sign-in-attempt.js";
import { runAt } from "../ports/deadline-timer.js";
import type { ResolvedConfig } from "../config/config.js";
import type { CallbackTask, PromiseTask } from "./hosting.js";
import { createHolding } from "./inside/lock-and-note.js";
import { listenFor } from "./inside/redirect-listening.js";
import { review } from "./inside/review.js";
import type {
  AnswerInput,
  AuthEvent,
  Clearing,
  RefreshInput,
  RefreshTime,
  SavedSession,
  SessionInput,
  StoreReading,
} from "./declarations.js";
import type { SignOutStep } from "../session/sign-out-result.js";
import {
  buildAuthorizationRequest,
  type AuthorizationRequest,
  type AuthorizationRequestFacts,
} from "../oauth/authorization-request.js";
import { judgeRequest } from "../oauth/authorization-response.js";
import { redeemCode, type CodeRedemption } from "../oauth/code-request.js";
import type { OAuthContext } from "../oauth/context.js";
import { awaitApproval, type DeviceApproval } from "../oauth/device-polling.js";
import { requestDeviceCode, type DeviceAuthorization, type DeviceRequest } from "../oauth/device-request.js";
import { checkPath } from "../oauth/path-check.js";
import { RefreshFailure, refreshSession, type Refreshed } from "../oauth/refresh-request.js";
import { revokeTokens } from "../oauth/revocation-request.js";
import type { AuthorizationServer } from "../oauth/discovery.js";
import type { KnownServer } from "../oauth/known-server.js";
import { atLockUntilSettled, atPort, atStore, probeLock, trackCalls } from "../ports/port-calls.js";
import type { SteadyPorts } from "../ports/steady-clock.js";
import type { RecordedServer } from "../session/record-format.js";
import { encodeRecord, recordedServer } from "../session/stored-record.js";
import { keepRequestFresh, type RequestToRenew } from "./inside/pushed-request-renewal.js";
import type { LiveSession } from "../session/session.js";
import { readStored, type Stored } from "../session/read-stored.js";
import { createStampWatch, type StampWatch } from "../session/stamp-watch.js";
import { createThisMachine } from "../session/machine-id.js";
import { visitEndSession } from "./inside/end-session-visit.js";

/** A browser shows its own error page after a few minutes; before that, say that the app will tell. */
const ANSWER_DEADLINE_MS = 60_000;

/** Types what stands in the table. */
const promise = <Output, Input>(task: PromiseTask<Output, Input>): PromiseTask<Output, Input> => task;
const callback = <Input>(task: CallbackTask<AuthEvent, Input>): CallbackTask<AuthEvent, Input> => task;

export function createActors(
  config: ResolvedConfig,
  ports: SteadyPorts,
  oauth: OAuthContext,
  server: KnownServer,
  watch: StampWatch = createStampWatch(ports.stamp),
) {
  const { clock, store } = ports;
  const calls = trackCalls();
  const holding = createHolding(ports, calls);
  const thisMachine = createThisMachine(ports);
  const reading = { config, ports, calls, random: oauth.random, watch, thisMachine };
  const encode = (session: LiveSession, endpoints?: RecordedServer): string =>
    encodeRecord(session, config, { clock, machine: thisMachine.id(), endpoints });
  const keepServer = (session: LiveSession): Promise<RecordedServer | undefined> =>
    calls.track(server.keep(recordedServer(session)));
  const clear = (): Promise<void> => calls.track(store.clear().then(watch.renew));

  async function look(holdsLock: boolean, quietly: boolean, signal: AbortSignal): Promise<Stored> {
    const stored = await readStored({ ...reading, holdsLock, quietly, signal });
    const lostSession = holdsLock ? holding.lostSession() : await holding.lostSessionOf(stored, signal);
    return { ...stored, ...(lostSession === undefined ? {} : { lostSession }) };
  }

  return {
    readStore: promise<Stored, StoreReading>(async ({ input: { holdsLock, quietly = false }, signal }) =>
      look(holdsLock, quietly, signal),
    ),

    /** Holds the process lock as long as the state: waits for it, then keeps its task from settling. */
    holdLock: callback<void>(({ sendBack }) => holding.hold(sendBack)),

    probeKeeping: promise<void, void>(async ({ signal }) => {
      // The store second: it may ask a person to unlock it.
      await probeLock(ports);
      await atStore(clock, () => store.probe(), signal);
    }),

    /** Reads what is stored each time it is told of a change elsewhere: beside a wait that goes on. */
    reviewStored: callback<void>(({ receive, sendBack }) =>
      review({
        receive,
        read: (signal) => look(false, true, signal),
        tell: (stored) => sendBack({ type: "reviewed", stored }),
        onGivenUp: watch.forget,
      }),
    ),

    /** Listens until the state is left. A callback actor: a promise's signal would never abort once it is bound. */
    listenForRedirect: callback<{ readonly attempt: Attempt }>(({ input, sendBack }) =>
      listenFor({
        listen: ports.listenForRedirect,
        // The device flow has no redirect: no port is opened for one.
        uris: input.attempt.flow === "device" ? [] : config.redirectUris,
        mode: input.attempt.responseMode,
        accept: (url, uris) => judgeRequest(url, uris, input.attempt.proof),
        onStray: (stray) => sendBack({ type: "strayed", stray }),
        onListening: (redirectUri) => sendBack({ type: "listening", redirectUri }),
        onResponse: (redirect) => sendBack({ type: "redirected", redirect }),
        onFailure: (error) => sendBack({ type: "listenFailed", error }),
      }),
    ),

    awaitDeadline: callback<{ readonly deadline: number }>(({ input, sendBack }) =>
      runAt(clock, input.deadline, () => sendBack({ type: "deadlinePassed" }), true),
    ),

    discoverServer: promise<AuthorizationServer, void>(({ signal }) =>
      server.discover(signal, { anew: true }),
    ),

    buildRequest: promise<AuthorizationRequest, AuthorizationRequestFacts>(({ input, signal }) =>
      buildAuthorizationRequest(oauth, input, signal),
    ),

    keepRequestFresh: callback<{ readonly renewal: RequestToRenew | undefined }>(
      ({ input: { renewal }, sendBack }) =>
        renewal &&
        keepRequestFresh({
          clock,
          renewal,
          push: (request, signal) => buildAuthorizationRequest(oauth, request, signal),
          onRenewed: (request) => sendBack({ type: "requestRenewed", request }),
        }),
    ),

    requestDeviceCode: promise<DeviceAuthorization, DeviceRequest>(({ input, signal }) =>
      requestDeviceCode(oauth, input, signal),
    ),

    awaitApproval: promise<LiveSession, DeviceApproval>(({ input, signal }) =>
      awaitApproval(oauth, input, signal),
    ),

    openBrowser: promise<void, { readonly url: string }>(({ input, signal }) =>
      atPort("browser_failed", () => ports.openBrowser(input.url, { signal })),
    ),

    /** Keeps the browser from waiting for ever: the first answer counts, so the real one mostly came before these. */
    answerBrowser: callback<AnswerInput>(({ input }) => {
      const redirect = input.redirect?.reveal();
      if (!redirect) return undefined;
      const pending = (): void => void redirect.respond(pendingPage);
      const callOff = runAt(clock, clock.now() + ANSWER_DEADLINE_MS, pending, false);
      return () => {
        callOff();
        void redirect.respond(interruptedPage);
      };
    }),

    redeemCode: promise<LiveSession, CodeRedemption>(({ input, signal }) => redeemCode(oauth, input, signal)),

    saveUnderLock: promise<void, SessionInput>(({ input, signal }) =>
      atLockUntilSettled(ports, calls, signal, async () => {
        const before = await atStore(clock, () => store.load());
        await thisMachine.known();
        const record = encode(input.session, await keepServer(input.session));
        const saving = calls.track(store.save(record).then(watch.renew));
        try {
          await atStore(clock, () => saving);
        } catch (error) {
          // Given up: should it land after all, what was stored before comes back, still under the lock.
          const undo = (): Promise<void> =>
            before === null ? clear() : store.save(before).then(watch.renew);
          void calls.track(saving.then(undo));
          throw error;
        }
      }),
    ),

    prepareSave: promise<void, SessionInput>(({ input }) => holding.prepare(encode(input.session))),

    saveSession: promise<void, SavedSession>(async ({ input: { session, isNews } }) => {
      await holding.save(encode(session, await keepServer(session)));
      if (isNews) watch.renew();
    }),

    markSession: promise<void, SessionInput>(({ input }) => holding.mark(encode(input.session))),

    /** Mostly does not keep the process alive: a program that has nothing else to do may end. */
    awaitRefresh: callback<RefreshTime>(({ input: { at, keepAlive = false }, sendBack }) =>
      at === undefined
        ? undefined
        : runAt(
            clock,
            at,
            () => sendBack({ type: "refreshDue" }),
            keepAlive,
            () => sendBack({ type: "timerLate" }),
          ),
    ),

    checkPath: promise<void, void>(async ({ signal }) =>
      checkPath(oauth, await server.discover(signal), signal),
    ),

    refreshSession: promise<Refreshed, RefreshInput>(async ({ input: { session, target }, signal }) => {
      const known = await server.discover(signal, { recorded: recordedServer(session) });
      let found: Promise<AuthorizationServer | undefined> | undefined;
      const anew = (): Promise<AuthorizationServer | undefined> => (found ??= server.anew(known, signal));
      const refreshAt = (at: AuthorizationServer): Promise<Refreshed> =>
        holding.noted(session, (onSend) =>
          refreshSession(oauth, { server: at, anew }, session, onSend, signal, target),
        );
      try {
        return await refreshAt(known);
      } catch (error) {
        const isElsewhere = error instanceof RefreshFailure && server.saysMoved(error.error);
        const now = isElsewhere ? await anew() : undefined;
        // Where the same one is named, its answer stands.
        if (!now || now.token_endpoint === known.token_endpoint) throw error;
        return refreshAt(now);
      }
    }),

    clearStore: promise<void, Clearing>(({ input: { isLost } }) => {
      // First: whoever ends in between leaves a record that the server refuses once more.
      if (isLost) holding.noteEnd();
      return atStore(clock, clear);
    }),

    revokeTokens: promise<SignOutStep, SessionInput>(async ({ input, signal }) =>
      revokeTokens(oauth, await server.discover(signal), input.session, signal),
    ),

    visitEndSession: callback<SessionInput>(({ input, sendBack }) =>
      visitEndSession({ config, ports, discover: server.discover, session: input.session, sendBack }),
    ),
  };
}
