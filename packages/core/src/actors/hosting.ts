// Which actors a running machine has: those that its client gave it. The machine is made once for all clients; a copy with actors
// of its own (`provide`) would cost each client 75 KB, and a short-lived process the time to make it.
import {
  fromCallback,
  fromPromise,
  type AnyActorRef,
  type EventObject,
  type NonReducibleUnknown,
} from "xstate";

/** What a client runs as a promise of the table: functions alone. An actor logic for each would cost a client 10 KB. */
export type PromiseTask<Output, Input> = (scope: {
  readonly input: Input;
  /** Aborts when the state is left. */
  readonly signal: AbortSignal;
}) => PromiseLike<Output>;

/** The same, of one that sends events. What it returns ends it when the state is left. */
export type CallbackTask<Event extends EventObject, Input> = (scope: {
  readonly input: Input;
  readonly sendBack: (event: Event) => void;
  readonly receive: (listener: (event: Event) => void) => void;
}) => (() => void) | undefined | void;

// What each takes is between it and its name.
type Hosted = Readonly<Record<string, (scope: never) => unknown>>;
type System = AnyActorRef["system"];

const hosts = new WeakMap<System, Hosted>();

/** Gives a machine its actors, by the names in its table: before it is started. */
export function host({ system }: AnyActorRef, actors: Hosted): void {
  hosts.set(system, actors);
}

interface Scope {
  readonly system: System;
  readonly self: AnyActorRef;
}

/** What the client runs under this name; undefined where nobody has given the machine any. */
function hosted({ system, self: { src } }: Scope): unknown {
  return typeof src === "string" ? hosts.get(system)?.[src] : undefined;
}

/** An actor of the client's. Without one it never ends by itself, so whoever drives the machine decides. */
export function hostedPromise<Output, Input extends NonReducibleUnknown>() {
  return fromPromise<Output, Input>((scope) => {
    const run = hosted(scope) as PromiseTask<Output, Input> | undefined;
    return run ? run(scope) : new Promise<Output>(() => {});
  });
}

/** The same, of one that sends events. */
export function hostedCallback<Event extends EventObject, Input extends NonReducibleUnknown>() {
  return fromCallback<Event, Input>((scope) => {
    const run = hosted(scope) as CallbackTask<Event, Input> | undefined;
    return run?.(scope);
  });
}
