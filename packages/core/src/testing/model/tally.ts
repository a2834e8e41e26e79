// What was reached, and what was wrong, over all runs through the model.
import type { Driven, DriveOptions, Failure } from "./driver.js";
import { stepsOf, type Model } from "./explore.js";
import { coverageOf, type CoverReport } from "./report.js";
import { isCommand } from "./run.js";

/** The same in the same state is told once. */
function keepShortest(failures: Failure[], failure: Failure): void {
  const at = failures.findIndex(
    ({ state, problem }) => state === failure.state && problem === failure.problem,
  );
  if (at < 0) failures.push(failure);
  else if (stepsOf(failure.path).length < stepsOf(failures[at]!.path).length) failures[at] = failure;
}

export function createTally() {
  const failures: Failure[] = [];
  const reached = {
    states: new Set<string>(),
    full: new Set<string>(),
    edges: new Set<string>(),
    steps: new Set<string>(),
  };
  const fullEdges = new Set<string>();
  let runs = 0;
  return {
    failures,
    runs: () => runs,
    note({ failure, trail, fullTrail, steps }: Driven): void {
      runs++;
      if (failure) keepShortest(failures, failure);
      trail.forEach((name) => reached.states.add(name));
      fullTrail.forEach((name) => reached.full.add(name));
      steps.forEach((step, at) => {
        if (trail[at + 1] === undefined) return;
        reached.steps.add(step);
        reached.edges.add(`${trail[at]}, ${step}`);
        fullEdges.add(`${fullTrail[at]}, ${step}`);
      });
    },
    coverage(model: Model, { commands }: DriveOptions): CoverReport["coverage"] {
      const steps = [...model.transitions.values()].map(({ step }) => step);
      return {
        states: coverageOf(model.states.keys(), reached.states),
        transitions: coverageOf(model.transitions.keys(), reached.edges),
        commands: coverageOf(commands, reached.steps),
        worldEvents: coverageOf(
          steps.filter((step) => !isCommand(step)),
          reached.steps,
        ),
        fullStates: coverageOf(model.fullStates.keys(), reached.full),
        fullTransitions: coverageOf(model.fullTransitions.keys(), fullEdges),
      };
    },
  };
}
