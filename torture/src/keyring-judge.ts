// Knows what each account may hold, from the calls that were made, and says when a call does not fit.
import type { KeyringCall, WorkerAnswer, WorkerOrder } from "./keyring-worker.js";

// How a keyring that is locked, frozen, gone or starting may fail. `unknown`, `damaged`, `not_kept` and the like may not be.
const EXPECTED = new Set([
  "no_provider",
  "no_dbus",
  "no_collection",
  "not_responding",
  "locked",
  "dismissed",
  "timed_out",
  "busy",
]);

export interface Tally {
  count: number;
  slowestMs: number;
}

export interface KeyringJudge {
  /** Before a call begins; `judge` with its answer, null when its process was killed. */
  begin(order: WorkerOrder): (answer: WorkerAnswer | null) => void;
  readonly violations: string[];
  /** By call and outcome: `done`, `nothing`, or a code. */
  readonly tallies: ReadonlyMap<KeyringCall, ReadonlyMap<string, Tally>>;
}

export interface KeyringJudgeOptions {
  /** Milliseconds a call may take. */
  readonly limitMs: number;
  /** What has become of the keyring so far. */
  readonly history: readonly string[];
}

export function createKeyringJudge({ limitMs, history }: KeyringJudgeOptions): KeyringJudge {
  const violations: string[] = [];
  const tallies = new Map<KeyringCall, Map<string, Tally>>();
  // A record's number, or null for no record. More than one while a call runs, and after one that failed: it may have
  // taken effect, or may yet.
  const held = new Map<string, Set<number | null>>();
  const watching = new Set<{ readonly account: string; readonly possible: Set<number | null> }>();

  function count(call: KeyringCall, outcome: string, ms: number): void {
    const outcomes = tallies.get(call) ?? new Map<string, Tally>();
    tallies.set(call, outcomes);
    const tally = outcomes.get(outcome) ?? { count: 0, slowestMs: 0 };
    outcomes.set(outcome, { count: tally.count + 1, slowestMs: Math.max(tally.slowestMs, ms) });
  }

  function begin({ account, call, number }: WorkerOrder): (answer: WorkerAnswer | null) => void {
    const possible = held.get(account) ?? new Set([null]);
    held.set(account, possible);
    const aim = call === "save" ? number : null;
    if (call === "save" || call === "clear") {
      possible.add(aim);
      for (const watch of watching) if (watch.account === account) watch.possible.add(aim);
    }
    // What it held when the load began, and whatever it came to hold until the load ended.
    const watch = { account, possible: new Set(possible) };
    watching.add(watch);
    const past = history.length;

    return (answer) => {
      watching.delete(watch);
      if (answer === null) return;
      const { ms, error, found } = answer;
      const fail = (what: string) => violations.push(`${call} of ${account}: ${what}`);
      count(call, error?.code ?? (found === null ? "nothing" : "done"), ms);
      if (ms > limitMs) fail(`took ${Math.round(ms)} ms`);
      if (error) {
        if (!EXPECTED.has(error.code)) fail(`${error.code}: ${error.message}`);
        // Only a call that waits for a prompt: the keyring was locked when it began or later, or went away with its prompt.
        const meanwhile = history.slice(Math.max(0, past - 1));
        if (error.code === "timed_out" && !meanwhile.some((what) => /ended|locked$/.test(what))) {
          fail(`timed out, and the keyring was neither locked nor gone: ${meanwhile.join(", ")}`);
        }
        return;
      }
      if (call === "save" || call === "clear") {
        possible.clear();
        possible.add(aim);
      }
      if (call === "load" && (found === "torn" || !watch.possible.has(found!))) {
        fail(`gave ${found}, not ${[...watch.possible].join(" or ")}`);
      }
    };
  }

  return { begin, violations, tallies };
}
