// What the demo prints: steps, the trail of states as it happens, a summary.
import { styleText } from "node:util";
import type { AuthState } from "@loopkey/core";

export interface Narrator {
  step(text: string): void;
  detail(text: string): void;
  state(state: AuthState): void;
}

export function createNarrator(out: NodeJS.WriteStream): Narrator {
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    out.isTTY ? styleText(format, text) : text;
  const startedAt = Date.now();
  let last = "";

  return {
    step: (text) => void out.write(`\n${style("bold", text)}\n`),
    detail: (text) => void out.write(`   ${text}\n`),
    state(state) {
      const name = state.status === "awaiting-callback" ? `${state.status} (${state.step})` : state.status;
      if (name === last) return;
      last = name;
      const elapsed = `${((Date.now() - startedAt) / 1000).toFixed(2)} s`;
      out.write(`   ${style("cyan", "●")} ${name.padEnd(32)} ${style("dim", elapsed)}\n`);
    },
  };
}
