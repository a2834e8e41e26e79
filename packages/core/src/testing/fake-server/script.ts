// What becomes of single answers, one after another: lost on the way, never coming, or late.
import type { Clock } from "../../ports/ports.js";
import { endpointOf } from "./faults/engine.js";
import type { Endpoint } from "./faults/fault.js";
import type { Outcome } from "./outcome.js";
import type { SeenRequest } from "./switches.js";

/** What becomes of the next answer to a request of that kind. Of several for the same kind each is used once, in their order. */
export interface ScriptedAnswer {
  /** What is asked for: `code`, `refresh`, `poll`, `discovery`, ... */
  readonly at: Endpoint;
  /**
   * `lost`: the server has done what it was asked for, and the connection is reset before its answer arrives. `silent`: done as
   * well, and the answer never comes. `late`: it comes after `afterMs`, in the clock's time. `as usual`: one that is let through.
   */
  readonly is: "lost" | "silent" | "late" | "as usual";
  /** @default 10_000 */
  readonly afterMs?: number;
}

const LATE_MS = 10_000;

/** Plays what the script says for this request, which is over then. */
export function createScript(clock: Clock) {
  let script: ScriptedAnswer[] = [];
  return {
    get rest(): readonly ScriptedAnswer[] {
      return script;
    },
    set rest(next) {
      script = [...next];
    },
    async play(request: SeenRequest, outcome: Outcome): Promise<Outcome> {
      const endpoint = endpointOf(request);
      const at = script.findIndex((each) => each.at === endpoint);
      const [next] = at < 0 ? [] : script.splice(at, 1);
      if (next?.is === "lost") return { ...outcome, end: "reset", after: "half the head" };
      if (next?.is === "silent") return { ...outcome, end: "hang", after: "half the head" };
      if (next?.is === "late") {
        const { afterMs = LATE_MS } = next;
        await new Promise<void>((resolve) => void clock.setTimeout(resolve, afterMs, { keepAlive: true }));
      }
      return outcome;
    },
  };
}
