// Which transitions of the machine a client takes, by the names that the table gives them.
import type { AuthClient } from "@loopkey/core";
import { actorOf, authMachine } from "@loopkey/core/machine";

interface Transition {
  readonly source: { readonly id: string };
  readonly eventType: string;
  readonly guard?: unknown;
}

interface Node {
  readonly states: Readonly<Record<string, Node>>;
  readonly transitions: ReadonlyMap<string, readonly Transition[]>;
  readonly always?: readonly Transition[];
}

/** `refreshing.locking on locked`, with the guard that chose it where there are several. */
function nameOf({ source, eventType, guard }: Transition): string {
  const state = source.id.replace("loopkey.", "");
  const [, outcome, actor] = /^xstate\.(done|error)\.actor\.(.*)$/.exec(eventType) ?? [];
  const event = outcome === undefined ? eventType : `${actor} ${outcome}`;
  const when = typeof guard === "object" && guard !== null && "type" in guard ? guard.type : guard;
  return `${state} on ${event || "always"}${typeof when === "string" ? ` when ${when}` : ""}`;
}

/** Every transition of the table. */
export function transitionsOfTable(): readonly string[] {
  const of = (node: Node): readonly Transition[] => [
    ...[...node.transitions.values()].flat(),
    ...(node.always ?? []),
    ...Object.values(node.states).flatMap(of),
  ];
  return of(authMachine.root as unknown as Node).map(nameOf);
}

/** How often each was taken. */
export type Taken = Map<string, number>;

/** Adds what the client takes from now on. */
export function record(client: AuthClient, taken: Taken): void {
  actorOf(client).system.inspect((inspected) => {
    if (inspected.type !== "@xstate.microstep") return;
    // XState's own word for it, which its documentation shows.
    // oxlint-disable-next-line no-underscore-dangle
    for (const name of (inspected._transitions as unknown as readonly Transition[]).map(nameOf))
      taken.set(name, (taken.get(name) ?? 0) + 1);
  });
}
