// Which actors a running machine has: those that its client gave it. The machine is made once for all clients; a copy with actors
// of its own (`provide`) would cost each client 75 KB, and a short-lived process the time to make it.
import {
  fromCallback,
  fromPromise,
  type AnyActorLogic,
  type AnyActorRef,
  type CallbackLogicFunction,
  type EventObject,
  type NonReducibleUnknown,
} from "xstate";

type Hosted = Readonly<Record<string, AnyActorLogic>>;
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

/** What the client's actor of this name was made with; undefined where nobody has given the machine any. */
function hosted({ system, self: { src } }: Scope): unknown {
  return typeof src === "string" ? hosts.get(system)?.[src]?.config : undefined;
}

/** An actor of the client's. Without one it never ends by itself, so whoever drives the machine decides. */
export function hostedPromise<Output, Input extends NonReducibleUnknown>() {
  return fromPromise<Output, Input>((scope) => {
    const run = hosted(scope) as ((given: typeof scope) => PromiseLike<Output>) | undefined;
    return run ? run(scope) : new Promise<Output>(() => {});
  });
}

/** The same, of one that sends events. */
export function hostedCallback<Event extends EventObject, Input extends NonReducibleUnknown>() {
  return fromCallback<Event, Input>((scope) => {
    const run = hosted(scope) as CallbackLogicFunction<Event, Event, Input> | undefined;
    return run?.(scope);
  });
}
