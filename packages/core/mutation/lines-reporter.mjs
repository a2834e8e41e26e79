// What became of each mutant, a line each, written at once: what was found out counts, should the time run out.
import { appendFileSync } from "node:fs";

class LinesReporter {
  static inject = [];

  onMutantTested({ fileName, location, mutatorName, replacement, status, static: isStatic }) {
    const line = { fileName, location, mutatorName, replacement, status, isStatic: isStatic === true };
    appendFileSync(process.env.LOOPKEY_MUTATION_LINES, `${JSON.stringify(line)}\n`);
  }
}

export const strykerPlugins = [{ kind: "Reporter", name: "lines", injectableClass: LinesReporter }];
