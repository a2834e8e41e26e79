// The machine: states first, only names in the table. What a name does stands in setup; what touches the world, in
// actors.ts.
import {
  assign,
  emit,
  enqueueActions,
  fromCallback,
  fromPromise,
  setup,
  type NonReducibleUnknown,
} from "xstate";
import { failurePage, signedInPage } from "./answer-pages.js";
import type { Attempt } from "./attempt.js";
import { asAuthError, AuthError, toReason } from "./errors.js";
import type {
  AttemptContext,
  AuthContext,
  AuthEmitted,
  AuthEvent,
  AuthMachineInput,
} from "./machine-types.js";
import { browserNotice, strayNotice } from "./notices.js";
import {
  readResponse,
  type AuthorizationServer,
  type CodeRedemption,
  type ValidatedResponse,
} from "./oauth/index.js";
import type { RedirectResponse } from "./ports.js";
import { Secret } from "./secret.js";
import type { LiveSession } from "./session.js";

export type { AuthContext, AuthEvent, AuthMachineInput } from "./machine-types.js";

export interface RequestInput {
  readonly server: AuthorizationServer;
  readonly attempt: Attempt;
  readonly redirectUri: string;
}

interface Failure {
  readonly error: unknown;
}

/** Stands where an actor is to be provided: it never ends by itself, so whoever drives the machine decides. */
const driven = <Output, Input extends NonReducibleUnknown>() =>
  fromPromise<Output, Input>(() => new Promise<Output>(() => {}));
const drivenByEvents = <Input extends NonReducibleUnknown>() => fromCallback<AuthEvent, Input>(() => {});

const machineSetup = setup({
  types: {
    context: {} as AuthContext,
    events: {} as AuthEvent,
    input: {} as AuthMachineInput,
    emitted: {} as AuthEmitted,
  },
  actors: {
    listenForRedirect: drivenByEvents<{ readonly attempt: Attempt }>(),
    awaitDeadline: drivenByEvents<{ readonly deadline: number }>(),
    discoverServer: driven<AuthorizationServer, void>(),
    buildRequest: driven<string, RequestInput>(),
    openBrowser: driven<void, { readonly url: string }>(),
    answerBrowser: drivenByEvents<{ readonly redirect: Secret<RedirectResponse> }>(),
    redeemCode: driven<LiveSession, CodeRedemption>(),
    saveSession: driven<void, { readonly session: LiveSession }>(),
  },
  guards: {
    isSignedIn: ({ context }) => context.session !== undefined,
    isListening: ({ context }) => context.attempt?.redirectUri !== undefined,
    opensBrowser: ({ context }) => context.attempt?.openBrowser === true,
    isRequested: ({ context }) => context.attempt?.url !== undefined,
    grantsCode: ({ context, event }) => readRedirect(context, event) instanceof Secret,
  },
  actions: {
    beginAttempt: assign(({ event }) =>
      event.type === "signIn" ? { attempt: event.attempt, reason: undefined } : {},
    ),
    noteListening: assign(({ context, event }) =>
      event.type === "listening" ? noteAttempt(context, { redirectUri: event.redirectUri }) : {},
    ),
    noteServer: assign(({ context }, server: AuthorizationServer) => noteAttempt(context, { server })),
    noteUrl: assign(({ context }, url: string) => noteAttempt(context, { url })),
    noteBrowser: assign(({ context }, browser: "opened" | "failed") => noteAttempt(context, { browser })),
    noteRedirect: assign(({ context, event }) =>
      event.type === "redirected" ? noteAttempt(context, { redirect: event.redirect }) : {},
    ),
    noteResponse: assign(({ context, event }) => {
      const response = readRedirect(context, event);
      return response instanceof Secret ? noteAttempt(context, { response }) : { failure: response };
    }),
    noteCandidate: assign(({ context }, candidate: LiveSession) => noteAttempt(context, { candidate })),
    noteFailure: assign((_, { error }: Failure) => ({ failure: asAuthError(error) })),
    tellStray: emit(({ event }) => ({
      type: "notice" as const,
      notice: strayNotice(event.type === "strayed" ? event.stray : { reason: "malformed_request" }),
    })),
    tellBrowserFailed: emit((_, { error }: Failure) => ({
      type: "notice" as const,
      notice: browserNotice(asAuthError(error)),
    })),
    answerSuccess: ({ context: { attempt } }) => void attempt?.redirect?.reveal().respond(signedInPage),
    answerFailure: ({ context: { attempt, failure } }) => {
      if (failure) void attempt?.redirect?.reveal().respond(failurePage(failure));
    },
    adoptCandidate: enqueueActions(({ context: { attempt }, enqueue }) => {
      if (!attempt?.candidate) return;
      enqueue.emit({ type: "signedIn", attemptId: attempt.id, session: attempt.candidate.view });
      enqueue.assign({ session: attempt.candidate, attempt: undefined });
    }),
    giveUp: enqueueActions(({ context: { attempt, failure, session, now }, enqueue }) => {
      if (!attempt || !failure) return;
      enqueue.emit({ type: "signInFailed", attemptId: attempt.id, error: failure });
      const reason = session ? undefined : toReason(failure, now());
      enqueue.assign({ attempt: undefined, failure: undefined, reason });
    }),
  },
});

/**
 * Sign-in as RFC 8252 tells it. Provide `actors` to run it ({@link createAuthClient} does); without, it can be drawn,
 * explored with `xstate/graph`, and driven by events.
 */
export const authMachine = machineSetup.createMachine({
  id: "loopkey",
  context: ({ input }) => ({
    ...input,
    attempt: undefined,
    session: undefined,
    reason: undefined,
    failure: undefined,
  }),
  initial: "idle",
  states: {
    idle: {
      on: { signIn: { target: "awaiting-callback", actions: "beginAttempt" } },
    },

    // The listener lives exactly as long as this state; so does the person's time.
    "awaiting-callback": {
      initial: "discovering",
      invoke: [
        {
          id: "listenForRedirect",
          src: "listenForRedirect",
          input: ({ context }) => ({ attempt: begun(context) }),
        },
        { id: "awaitDeadline", src: "awaitDeadline", input: ({ context }) => begun(context) },
      ],
      on: {
        listening: { actions: "noteListening" },
        strayed: { actions: "tellStray" },
        redirected: [
          {
            guard: "grantsCode",
            target: "exchanging",
            actions: ["noteRedirect", "noteResponse"],
          },
          { guard: "isRequested", target: "givingUp", actions: ["noteRedirect", "noteResponse"] },
        ],
        listenFailed: {
          target: "givingUp",
          actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
        },
        deadlinePassed: { target: "givingUp", actions: { type: "noteFailure", params: timedOut } },
        cancel: { target: "givingUp", actions: { type: "noteFailure", params: cancelled } },
      },
      states: {
        discovering: {
          invoke: {
            id: "discoverServer",
            src: "discoverServer",
            onDone: {
              target: "binding",
              actions: { type: "noteServer", params: ({ event }) => event.output },
            },
            onError: {
              target: "#loopkey.givingUp",
              actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
            },
          },
        },
        binding: {
          always: { guard: "isListening", target: "requesting" },
        },
        requesting: {
          invoke: {
            id: "buildRequest",
            src: "buildRequest",
            input: ({ context }) => requestInput(begun(context)),
            onDone: [
              {
                guard: "opensBrowser",
                target: "opening",
                actions: { type: "noteUrl", params: ({ event }) => event.output },
              },
              { target: "waiting", actions: { type: "noteUrl", params: ({ event }) => event.output } },
            ],
            onError: {
              target: "#loopkey.givingUp",
              actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
            },
          },
        },
        // The redirect may come while the launcher is still being watched.
        opening: {
          invoke: {
            id: "openBrowser",
            src: "openBrowser",
            input: ({ context }) => ({ url: known(begun(context).url) }),
            onDone: { target: "waiting", actions: { type: "noteBrowser", params: "opened" } },
            onError: {
              target: "waiting",
              actions: [
                { type: "noteBrowser", params: "failed" },
                { type: "tellBrowserFailed", params: ({ event }) => ({ error: event.error }) },
              ],
            },
          },
        },
        waiting: {},
      },
    },

    // The browser's connection is open: it is answered when the outcome is known.
    exchanging: {
      initial: "redeeming",
      invoke: {
        id: "answerBrowser",
        src: "answerBrowser",
        input: ({ context }) => ({ redirect: known(begun(context).redirect) }),
      },
      states: {
        redeeming: {
          invoke: {
            id: "redeemCode",
            src: "redeemCode",
            input: ({ context }) => redemption(begun(context)),
            onDone: {
              target: "saving",
              actions: { type: "noteCandidate", params: ({ event }) => event.output },
            },
            onError: {
              target: "#loopkey.givingUp",
              actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
            },
          },
          on: {
            cancel: { target: "#loopkey.givingUp", actions: { type: "noteFailure", params: cancelled } },
          },
        },
        // Not cancelled half-way: what is in the store must be known.
        saving: {
          invoke: {
            id: "saveSession",
            src: "saveSession",
            input: ({ context }) => ({ session: known(begun(context).candidate) }),
            onDone: { target: "#loopkey.authenticated", actions: ["answerSuccess", "adoptCandidate"] },
            onError: {
              target: "#loopkey.givingUp",
              actions: { type: "noteFailure", params: ({ event }) => ({ error: event.error }) },
            },
          },
        },
      },
    },

    // Never rests here: tells everyone, forgets the attempt, and goes back to where it began.
    givingUp: {
      entry: ["answerFailure", "giveUp"],
      always: [{ guard: "isSignedIn", target: "authenticated" }, { target: "idle" }],
    },

    authenticated: {
      on: { signIn: { target: "awaiting-callback", actions: "beginAttempt" } },
    },
  },
});

function noteAttempt(context: AuthContext, facts: Partial<AttemptContext>): Partial<AuthContext> {
  return context.attempt ? { attempt: { ...context.attempt, ...facts } } : {};
}

/** What the redirect says, judged against the attempt it belongs to. Pure: asked by the guard and by the action. */
function readRedirect(
  { attempt, clientId }: AuthContext,
  event: AuthEvent,
): ValidatedResponse | AuthError | undefined {
  if (event.type !== "redirected" || !attempt?.server || !attempt.url) return undefined;
  return readResponse(event.redirect.reveal().url, attempt.server, clientId, attempt.proof);
}

/** The attempt, in a state that has one. */
function begun({ attempt }: AuthContext): AttemptContext {
  return known(attempt);
}

function requestInput(attempt: AttemptContext): RequestInput {
  return { attempt, server: known(attempt.server), redirectUri: known(attempt.redirectUri) };
}

function redemption(attempt: AttemptContext): CodeRedemption {
  return { ...requestInput(attempt), response: known(attempt.response) };
}

function known<T>(fact: T | undefined): T {
  if (fact === undefined) throw new Error("A state was entered before its facts were known");
  return fact;
}

function cancelled(): Failure {
  return { error: new AuthError("cancelled", "The sign-in was cancelled.") };
}

function timedOut(): Failure {
  return { error: new AuthError("timed_out", "Nobody finished signing in within the time allowed.") };
}
