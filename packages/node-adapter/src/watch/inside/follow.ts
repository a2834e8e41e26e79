// The steps of a running machine, as the page shows them. Names of states, events and actors, and codes: nothing that a context holds.
import { openOf, wordsOf, type Words } from "./words.js";

/** As much of an XState actor as is looked at. */
export interface WatchedActor {
  readonly system: {
    readonly inspect: (observer: (inspected: Inspected) => void) => { readonly unsubscribe: () => void };
  };
  readonly getSnapshot: () => unknown;
  readonly subscribe: (observer: {
    readonly next?: () => void;
    readonly complete: () => void;
    readonly error: () => void;
  }) => { readonly unsubscribe: () => void };
}

export interface Step {
  readonly at: number;
  /** `refreshing.requesting`; of parallel states several. */
  readonly states: readonly string[];
  readonly event: string;
  readonly words: Words | undefined;
  /** What runs now, and ends when the state is left. */
  readonly open: readonly { readonly name: string; readonly kind: string }[];
  /** The code of the error that led here. */
  readonly code?: string;
}

interface Snapshot {
  readonly status: string;
  readonly value: unknown;
  readonly children: Readonly<Record<string, { readonly src?: unknown; getSnapshot(): unknown } | undefined>>;
}

interface Inspected {
  readonly type: string;
  readonly actorRef?: unknown;
  readonly event?: unknown;
}

interface Cause {
  readonly type: string;
  readonly error?: unknown;
}

/** Calls `onStep` with where it is, and at each step; `onEnd` when it has stopped. */
export function follow(actor: WatchedActor, onStep: (step: Step) => void, onEnd: () => void): () => void {
  onStep(toStep(actor, { type: "attached" }));
  const inspection = actor.system.inspect((inspected) => {
    if (inspected.type !== "@xstate.snapshot" || inspected.actorRef !== actor) return;
    const cause = inspected.event as Cause;
    if (cause.type !== "xstate.stop") onStep(toStep(actor, cause));
  });
  const subscription = actor.subscribe({ complete: onEnd, error: onEnd });
  return () => {
    inspection.unsubscribe();
    subscription.unsubscribe();
  };
}

function toStep(actor: WatchedActor, event: Cause): Step {
  const { value, children } = actor.getSnapshot() as Snapshot;
  const states = pathsOf(value);
  const code = codeOf(event.error);
  return {
    at: Date.now(),
    states,
    event: eventName(event.type),
    words: wordsOf(states[0] ?? ""),
    open: Object.entries(children).flatMap(([id, child]) =>
      child && isRunning(child.getSnapshot()) ? openOf(typeof child.src === "string" ? child.src : id) : [],
    ),
    ...(code === undefined ? {} : { code }),
  };
}

function pathsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return Object.entries(value ?? {}).flatMap(([state, within]) => {
    const inside = pathsOf(within);
    return inside.length === 0 ? [state] : inside.map((each) => `${state}.${each}`);
  });
}

function isRunning(snapshot: unknown): boolean {
  return (snapshot as { readonly status?: string } | undefined)?.status === "active";
}

function eventName(type: string): string {
  const [, end, actor] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(type) ?? [];
  if (actor === undefined) return type.replace(/^xstate\.init$/, "start");
  return `${actor} ${end === "done" ? "done" : "failed"}`;
}

function codeOf(error: unknown): string | undefined {
  const { code, error: inner } = (error ?? {}) as { readonly code?: unknown; readonly error?: unknown };
  const found = code ?? (inner as { readonly code?: unknown } | undefined)?.code;
  return typeof found === "string" && /^\w{1,40}$/.test(found) ? found : undefined;
}
