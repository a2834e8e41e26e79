// The machine as a graph: every state that can be reached, and every step from it. Told one by one, so that whoever has seen enough
// stops there: a broken machine is known after a few steps.
import { initialTransition, transition } from "xstate";
import { authMachine } from "../../src/machine/machine.js";
import type { AuthEvent, AuthMachineInput } from "../../src/machine/vocabulary.js";
import { eventsOf, keyOf, labelOf, nameOf, START, type Snapshot } from "./model.js";

export interface Edge {
  readonly name: string;
  readonly source: Snapshot;
  readonly label: string;
  readonly event: AuthEvent;
  readonly target: Snapshot;
  /** The actions that are called on the way, by name. */
  readonly did: readonly string[];
  /** The shortest way to the source. */
  readonly path: readonly AuthEvent[];
}

/** Of a state that was met for the first time, or of a step. */
export type Finding =
  | { readonly state: Snapshot; readonly edge?: undefined }
  | { readonly edge: Edge; readonly state?: undefined };

export interface Setting {
  readonly refreshOnStart: boolean;
  readonly ownsConnections: boolean;
}

export const USUAL: Setting = { refreshOnStart: true, ownsConnections: false };

/** More than there are: a machine that never comes to an end is told. */
const MOST = 40_000;

export function* explore(setting: Setting = USUAL, machine = authMachine): Generator<Finding, void, void> {
  const input: AuthMachineInput = { clientId: "app", ...setting, now: () => START, random: () => 0.5 };
  const start = initialTransition(machine, input)[0];
  const paths = new Map<string, readonly AuthEvent[]>([[keyOf(start), []]]);
  const found = [start];
  yield { state: start };
  for (let source = found.shift(); source; source = found.shift()) {
    const path = paths.get(keyOf(source))!;
    for (const event of eventsOf(source)) {
      const [target, actions] = transition(machine, source, event);
      const label = labelOf(event);
      const name = `${nameOf(source)}, ${label}, leads to ${nameOf(target)}`;
      yield { edge: { name, source, label, event, target, did: actions.map(({ type }) => type), path } };
      const key = keyOf(target);
      if (paths.has(key)) continue;
      if (paths.size === MOST) throw new Error("The machine has more states than its model allows");
      paths.set(key, [...path, event]);
      found.push(target);
      yield { state: target };
    }
  }
}

export interface Model {
  readonly states: readonly Snapshot[];
  readonly edges: readonly Edge[];
}

export function createModel(setting: Setting = USUAL): Model {
  const states: Snapshot[] = [];
  const edges: Edge[] = [];
  for (const { state, edge } of explore(setting)) {
    if (edge) edges.push(edge);
    else states.push(state);
  }
  return { states, edges };
}
