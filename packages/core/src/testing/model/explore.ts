// The model: every public state and every step between them, found by taking each step on the real machine.
import type { AuthState } from "../../client/state.js";
import { fullName, stateName, type StateName } from "./public-state.js";
import { beginRun, type Run, type RunOptions, type StepName } from "./run.js";

/** A step from one public state, and where it leads: to several, where what happened before decides. */
interface Transition {
  readonly from: string;
  readonly step: StepName;
  readonly to: ReadonlySet<string>;
  /** The shortest way to it, with it. */
  readonly path: readonly StepName[];
}

interface PublicState {
  readonly name: StateName;
  /** One of its kind. */
  readonly sample: AuthState;
  /** The shortest way to it. */
  readonly path: readonly StepName[];
}

export interface Model {
  readonly states: ReadonlyMap<StateName, PublicState>;
  readonly fullStates: ReadonlyMap<string, PublicState>;
  /** By the name of its edge: `idle, signIn, awaiting-callback.preparing`. */
  readonly transitions: ReadonlyMap<string, Transition>;
  readonly fullTransitions: ReadonlyMap<string, Transition>;
  /** Where a path leads, step by step: full names. */
  readonly trails: ReadonlyMap<string, readonly string[]>;
  /** The state at the end of a path. */
  readonly ends: ReadonlyMap<string, AuthState>;
}

export interface ExploreOptions extends RunOptions {
  /** Steps from the start. @default as many as there is something new */
  readonly depth?: number;
}

export const pathName = (path: readonly StepName[]): string => path.join(" > ");

/** The steps of a path by its name. */
export function stepsOf(name: string): readonly StepName[] {
  return name === "" ? [] : (name.split(" > ") as StepName[]);
}

export async function explore({ depth = Infinity, ...options }: ExploreOptions): Promise<Model> {
  const states = new Map<StateName, PublicState>();
  const fullStates = new Map<string, PublicState>();
  const transitions = new Map<string, Transition>();
  const fullTransitions = new Map<string, Transition>();
  const trails = new Map<string, readonly string[]>();
  const ends = new Map<string, AuthState>();
  const seen = new Set<string>();

  function note(run: Run, path: readonly StepName[]): void {
    const { state } = run.look();
    const known = { name: stateName(state), sample: state, path };
    if (!states.has(known.name)) states.set(known.name, known);
    if (!fullStates.has(fullName(state))) fullStates.set(fullName(state), known);
  }

  const begin = await beginRun(options);
  note(begin, []);
  seen.add(keyOf(begin));
  trails.set("", [fullName(begin.look().state)]);
  ends.set("", begin.look().state);
  let nodes: { readonly path: readonly StepName[]; readonly possible: readonly StepName[] }[] = [
    { path: [], possible: begin.possible() },
  ];
  await begin.close();
  for (let length = 0; nodes.length > 0 && length < depth; length++) {
    const next: typeof nodes = [];
    for (const node of nodes) {
      for (const step of node.possible) {
        // One world at a time: they share the event loop.
        // oxlint-disable-next-line no-await-in-loop
        const run = await follow(node.path, options);
        const before = run.look().state;
        // oxlint-disable-next-line no-await-in-loop
        await run.take(step);
        const path = [...node.path, step];
        const after = run.look().state;
        note(run, path);
        trails.set(pathName(path), [...(trails.get(pathName(node.path)) ?? []), fullName(after)]);
        ends.set(pathName(path), after);
        add(transitions, stateName(before), step, stateName(after), path);
        add(fullTransitions, fullName(before), step, fullName(after), path);
        const key = keyOf(run);
        if (!seen.has(key)) {
          seen.add(key);
          next.push({ path, possible: run.possible() });
        }
        // oxlint-disable-next-line no-await-in-loop
        await run.close();
      }
    }
    nodes = next;
  }
  return { states, fullStates, transitions, fullTransitions, trails, ends };
}

async function follow(path: readonly StepName[], options: RunOptions): Promise<Run> {
  const run = await beginRun(options);
  // oxlint-disable-next-line no-await-in-loop
  for (const step of path) await run.take(step);
  return run;
}

function add(
  all: Map<string, Transition>,
  from: string,
  step: StepName,
  to: string,
  path: readonly StepName[],
): void {
  const name = `${from}, ${step}`;
  const known = all.get(name);
  all.set(name, {
    from,
    step,
    to: new Set([...(known?.to ?? []), to]),
    path: known?.path ?? path,
  });
}

/** What decides what can come next. */
function keyOf(run: Run): string {
  const { state, at, held, world } = run.look();
  const { isUnread, attempt } = world.snapshot().context;
  return JSON.stringify([at, fullName(state), held, run.pending, isUnread, attempt?.isLooking]);
}
