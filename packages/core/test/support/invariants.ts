// What must be so in every state that can be reached, or on every step: named, judged one by one, and found broken where it is.
import type { Edge, Finding, Setting } from "./explore.js";
import type { Broken } from "./broken.js";
import type { Snapshot } from "./model.js";

interface Law<Judged> {
  /** What it is about; everything, where that is not said. */
  readonly of?: (judged: Judged) => boolean;
  /** Throws an assertion where it does not hold. */
  readonly holds: (judged: Judged) => void;
}

export interface Invariant {
  /** In a sentence. */
  readonly name: string;
  readonly inStates?: Law<Snapshot>;
  readonly onSteps?: Law<Edge>;
  /** How the machine is run. @default as most apps do */
  readonly setting?: Setting;
  /** Machines that break it, by what is wrong with each. */
  readonly brokenBy: Readonly<Record<string, Broken>>;
}

/** The rules of the design by their number, or the word of what they are about. */
export type Rules = Readonly<Record<string, readonly Invariant[]>>;

/** What was wrong first; undefined where everything was judged and held, and how much that was. */
export interface Judgement {
  readonly violation: string | undefined;
  readonly judged: number;
}

/** Stops at the first step that is wrong. */
export function judge({ inStates, onSteps }: Invariant, findings: Iterable<Finding>): Judgement {
  let judged = 0;
  const violationOf = <Judged>(law: Law<Judged> | undefined, each: Judged): string | undefined => {
    if (!law || (law.of && !law.of(each))) return undefined;
    judged += 1;
    try {
      law.holds(each);
      return undefined;
    } catch (error) {
      if (error instanceof Error && error.name === "AssertionError") return error.message;
      throw error;
    }
  };
  for (const { state, edge } of findings) {
    const violation = edge ? violationOf(onSteps, edge) : violationOf(inStates, state);
    if (violation !== undefined) return { violation, judged };
  }
  return { violation: undefined, judged };
}
