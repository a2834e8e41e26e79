// What the machine asks of the world: its actors by name, with what each is given and what it reports. What they do stands in
// actors.ts.
import { fromCallback, fromPromise, setup, type NonReducibleUnknown } from "xstate";
import type { Attempt } from "../attempt.js";
import type { AuthContext, AuthEmitted, AuthEvent, AuthMachineInput, SignOutStep } from "../machine-types.js";
import type {
  AuthorizationRequest,
  AuthorizationRequestFacts,
  AuthorizationServer,
  CodeRedemption,
  DeviceApproval,
  DeviceAuthorization,
  DeviceRequest,
  Refreshed,
} from "../oauth/index.js";
import type { RedirectResponse } from "../ports.js";
import type { Renewal } from "../request-renewal.js";
import type { Secret } from "../secret.js";
import type { LiveSession } from "../session.js";
import type { Stored } from "../stored-session.js";

export interface SessionInput {
  readonly session: LiveSession;
}

export interface RefreshTime {
  /** Epoch milliseconds; never, when it is not known. */
  readonly at: number | undefined;
  /** Whether a process that has nothing else to do stays for it. @default false */
  readonly keepAlive?: boolean;
}

/** Stands where an actor is to be provided: it never ends by itself, so whoever drives the machine decides. */
const driven = <Output, Input extends NonReducibleUnknown>() =>
  fromPromise<Output, Input>(() => new Promise<Output>(() => {}));
const drivenByEvents = <Input extends NonReducibleUnknown>() => fromCallback<AuthEvent, Input>(() => {});

export const setupWithActors = setup({
  types: {
    context: {} as AuthContext,
    events: {} as AuthEvent,
    input: {} as AuthMachineInput,
    emitted: {} as AuthEmitted,
  },
  actors: {
    readStore: driven<Stored, { readonly holdsLock: boolean }>(),
    holdLock: drivenByEvents<void>(),
    probeStore: driven<void, void>(),
    listenForRedirect: drivenByEvents<{ readonly attempt: Attempt }>(),
    awaitDeadline: drivenByEvents<{ readonly deadline: number }>(),
    discoverServer: driven<AuthorizationServer, void>(),
    buildRequest: driven<AuthorizationRequest, AuthorizationRequestFacts>(),
    keepRequestFresh: drivenByEvents<{ readonly renewal: Renewal | undefined }>(),
    requestDeviceCode: driven<DeviceAuthorization, DeviceRequest>(),
    awaitApproval: driven<LiveSession, DeviceApproval>(),
    openBrowser: driven<void, { readonly url: string }>(),
    answerBrowser: drivenByEvents<{ readonly redirect: Secret<RedirectResponse> | undefined }>(),
    redeemCode: driven<LiveSession, CodeRedemption>(),
    saveUnderLock: driven<void, SessionInput>(),
    saveSession: driven<void, SessionInput>(),
    awaitRefresh: drivenByEvents<RefreshTime>(),
    refreshSession: driven<Refreshed, SessionInput>(),
    clearStore: driven<void, void>(),
    revokeTokens: driven<SignOutStep, SessionInput>(),
    visitEndSession: drivenByEvents<SessionInput>(),
  },
});
