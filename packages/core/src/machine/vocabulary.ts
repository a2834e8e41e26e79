// The vocabulary of the machine: what it knows and tells, over the events and actors that actors/declarations.ts has.
import { setup } from "xstate";
import { declaredActors, type AuthEvent } from "../actors/declarations.js";
import type { TokenTarget } from "../config/api-origins.js";
import type { AuthError, Reason } from "../ground/errors.js";
import type { Notice } from "../config/notices.js";
import type { Secret } from "../ground/secret.js";
import type { ValidatedResponse } from "../oauth/authorization-response.js";
import type { DeviceAuthorization } from "../oauth/device-request.js";
import type { DPoPKey } from "../oauth/dpop.js";
import type { AuthorizationServer } from "../oauth/discovery.js";
import type { Attempt } from "../oauth/sign-in-attempt.js";
import type { RedirectResponse } from "../ports/ports.js";
import type { Degraded, LiveSession, Session } from "../session/session.js";
import type { SignOutResult } from "../session/sign-out-result.js";
import type { Random } from "../session/refresh-schedule.js";

export type { AuthEvent };

export interface AuthMachineInput {
  readonly clientId: string;
  readonly refreshOnStart: boolean;
  /** Whether a refresh opens a connection of its own: then there is no path to be asked about first. */
  readonly ownsConnections: boolean;
  /** In milliseconds: the wall clock, as long as nobody sets it. All times here are this one's. */
  readonly now: () => number;
  readonly random: Random;
}

/** An attempt under way. Lives in `awaiting-callback` and `exchanging`, nowhere else. */
export interface AttemptContext extends Attempt {
  readonly server?: AuthorizationServer;
  /** With the port that is really bound. */
  readonly redirectUri?: string;
  /** The authorization URL. */
  readonly url?: string;
  /** When the server knows it no more, in epoch milliseconds: of a pushed request. */
  readonly urlExpiresAt?: number;
  /** What the authorization request was made with, where the session is to be bound to a key. */
  readonly dpopKey?: DPoPKey;
  /** The code to type in elsewhere, while that way in is open. */
  readonly device?: DeviceAuthorization;
  readonly browser?: "opened" | "failed";
  /** The accepted request: its browser waits for the answer. */
  readonly redirect?: Secret<RedirectResponse>;
  readonly response?: ValidatedResponse;
  /** What is stored is being read: it was changed elsewhere. */
  readonly isLooking?: true;
}

interface SignOutContext {
  readonly visits: boolean;
  readonly timeoutMs: number;
  /** What is stored is not this session any more, and stays. */
  readonly sparesStored: boolean;
  readonly result: SignOutResult;
  /** The one-time address for the person's browser. */
  readonly url?: string;
}

export interface AuthContext extends AuthMachineInput {
  readonly attempt: AttemptContext | undefined;
  readonly session: LiveSession | undefined;
  /**
   * Which session was due already when it was found by a start that asks for nothing by itself: it is renewed when somebody
   * asks for a token.
   */
  readonly resting: string | undefined;
  /** Redeemed or refreshed, not yet saved: nobody may see it. */
  readonly candidate: LiveSession | undefined;
  readonly degraded: Degraded | undefined;
  /** Until when the server has asked to be left alone (`Retry-After`), in the time of `now`. */
  readonly notBefore: number | undefined;
  /** Refreshes that failed in a row. */
  readonly failures: number;
  /** Something speaks against the way to the server: a sleep, a network error. */
  readonly isPathInDoubt: boolean;
  /** Somebody asks for this refresh although the token was refused. */
  readonly isForced: boolean;
  /** What this refresh is for, where it is a token of another API. */
  readonly target: TokenTarget | undefined;
  /** Answers that were lost in this refresh: the request is made once more. */
  readonly lostAnswers: number;
  readonly signOut: SignOutContext | undefined;
  /** Whether the store could not be read yet: nobody knows who is signed in. */
  readonly isUnread: boolean;
  /** Why the machine is in `idle` or `logged-out`. */
  readonly reason: Reason | undefined;
  /** Why the attempt is being given up; gone once that is done. */
  readonly failure: AuthError | undefined;
}

/** What an actor failed with, whatever that is. */
export interface Failure {
  readonly error: unknown;
}

/** What the machine tells whoever runs it. */
export type AuthEmitted =
  | { readonly type: "signedIn"; readonly attemptId: number; readonly session: Session }
  | { readonly type: "signInFailed"; readonly attemptId: number; readonly error: AuthError }
  /** Of a token for another API: it is among the session's, or why it is not. */
  | { readonly type: "minted"; readonly target: TokenTarget; readonly error: AuthError | undefined }
  | { readonly type: "signedOut"; readonly result: SignOutResult }
  | { readonly type: "notice"; readonly notice: Notice };

/** What the names in the machine's table are written in: names/ says what each stands for. */
export const vocabulary = setup({
  types: {
    context: {} as AuthContext,
    events: {} as AuthEvent,
    input: {} as AuthMachineInput,
    emitted: {} as AuthEmitted,
  },
  actors: declaredActors,
});

/** What an actor failed with, for the names that are told of it. */
export function failed({ event }: { readonly event: Failure }): Failure {
  return { error: event.error };
}

/** A fact that a state is never entered without. */
export function known<T>(fact: T | undefined): T {
  if (fact === undefined) throw new Error("A state was entered before its facts were known");
  return fact;
}
