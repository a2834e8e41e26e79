// Copies of the machine with one thing wrong, to see who notices.
import { authMachine } from "../../src/machine/machine.js";
import { allNames } from "../../src/machine/names/all.js";

type Machine = typeof authMachine;
export type Broken = () => Machine;

/** An arrow of the table. */
interface Arrow {
  target?: string | undefined;
  guard?: unknown;
  actions?: unknown;
}

/** What is read of the table here, with arrows as they may be written. */
interface Node {
  initial?: string;
  entry?: unknown;
  exit?: unknown;
  always?: unknown;
  invoke?: unknown;
  on?: Record<string, unknown>;
  states?: Record<string, Node>;
}

/** A copy of the table, to be written in. */
export interface Draft {
  /** By its path: "refreshing.locking". */
  readonly state: (path: string) => Node;
  /** Of an event, of `always`, or of an actor: "readStore done", "readStore error". In their order. */
  readonly arrows: (path: string, trigger: string) => Arrow[];
  /** Gives a state an actor more. */
  readonly invoke: (path: string, name: string, input?: object) => void;
}

/** The machine with another table. */
export function table(write: (draft: Draft) => void): Broken {
  return () => {
    const root = copyOf(authMachine.config) as Node;
    write(draftOf(root));
    return allNames.createMachine(root as Parameters<typeof allNames.createMachine>[0]) as unknown as Machine;
  };
}

/** The machine with other guards. */
export function guards(others: Parameters<Machine["provide"]>[0]["guards"] & object): Broken {
  return () => authMachine.provide({ guards: others });
}

/** The machine with other actions. */
export function actions(others: Parameters<Machine["provide"]>[0]["actions"] & object): Broken {
  return () => authMachine.provide({ actions: others });
}

/** An action that is forgotten. */
export function without(...names: readonly string[]): Broken {
  return () =>
    authMachine.provide({ actions: Object.fromEntries(names.map((name) => [name, () => {}])) as object });
}

function draftOf(root: Node): Draft {
  const state = (path: string): Node =>
    path.split(".").reduce((node, name) => {
      const child = node.states?.[name];
      if (!child) throw new Error(`The table has no state ${path}`);
      return child;
    }, root);
  const invoke = (path: string, name: string, input?: object): void => {
    const node = state(path);
    node.invoke = [...listOf(node.invoke), { id: name, src: name, ...(input && { input }) }];
  };
  const arrows = (path: string, trigger: string): Arrow[] => {
    const node = state(path);
    const [name, outcome] = trigger.split(" ");
    const holder: Record<string, unknown> = outcome
      ? (listOf(node.invoke).find(({ id }) => id === name) ?? {})
      : trigger === "always"
        ? (node as Record<string, unknown>)
        : (node.on ??= {});
    const key = outcome ? (outcome === "done" ? "onDone" : "onError") : trigger;
    const list = [holder[key] ?? []]
      .flat()
      .map((arrow) => (typeof arrow === "string" ? { target: arrow } : (arrow as Arrow)));
    holder[key] = list;
    return list;
  };
  return { state, arrows, invoke };
}

function listOf(invoke: unknown): readonly Record<string, unknown>[] {
  return [invoke ?? []].flat() as unknown as readonly Record<string, unknown>[];
}

/** Functions stand for themselves. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copyOf(each)]));
}
