// Random walks of the machine against a page of plain words: what may follow what, whatever came before.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { initialTransition, transition } from "xstate";
import { toState } from "../../src/client/inside/to-state.js";
import { isMinting } from "../../src/client/inside/until.js";
import { authMachine } from "../../src/machine/machine.js";
import type { AuthEvent } from "../../src/machine/vocabulary.js";
import { createModel, USUAL } from "../support/explore.js";
import { candidatesOf, labelOf, mayCome, nameOf, START, type Snapshot } from "../support/model.js";
import { BEGINNING, mayFollow, remember, type Sight } from "../support/reference.js";
import { happeningOf } from "../support/happenings.js";

/** `LOOPKEY_WALKS` takes more of them, from another seed each time; a failure names its seed and its shortest walk. */
const WALKS = Number(process.env["LOOPKEY_WALKS"] ?? 10_000);
const SEED = process.env["LOOPKEY_WALKS"] ? {} : { seed: 8252 };
/** For what is costlier to look at. */
const FEWER = WALKS / 4;
const LONGEST = 30;
const STORE = { kind: "test", persistent: true };

const MODELS = { true: createModel(), false: createModel({ ...USUAL, refreshOnStart: false }) };

/** From a state of the model, the shortest way there first; each number then chooses among what could come. */
const walks = fc.record({
  refreshOnStart: fc.boolean(),
  from: fc.nat(10_000),
  choices: fc.array(fc.nat(10_000), { minLength: 1, maxLength: LONGEST, size: "max" }),
});

function begin(refreshOnStart: boolean): Snapshot {
  const input = {
    clientId: "app",
    refreshOnStart,
    ownsConnections: false,
    now: () => START,
    random: () => 0.5,
  };
  return initialTransition(authMachine, input)[0];
}

interface Walk {
  readonly refreshOnStart: boolean;
  readonly from: number;
  readonly choices: readonly number[];
}

interface Step {
  readonly event: AuthEvent;
  readonly source: Snapshot;
  readonly target: Snapshot;
}

function walk({ refreshOnStart, from, choices }: Walk): Step[] {
  const steps: Step[] = [];
  let source = begin(refreshOnStart);
  const take = (event: AuthEvent): void => {
    const target = transition(authMachine, source, event)[0];
    steps.push({ event, source, target });
    source = target;
  };
  const { edges } = MODELS[`${refreshOnStart}`];
  edges[from % edges.length]!.path.forEach(take);
  for (const choice of choices) {
    // What runs comes to an end more often than somebody asks for something else.
    const candidates = candidatesOf(source);
    const reports = candidates.filter((each) => labelOf(each).includes(":"));
    const drawn = choice % 4 === 0 || reports.length === 0 ? candidates : reports;
    const event = drawn[Math.floor(choice / 4) % drawn.length]!;
    // What the state does not take is left out.
    if (mayCome(source, event)) take(event);
  }
  return steps;
}

function told(steps: readonly Step[]): string {
  return steps.map(({ event, target }) => `${labelOf(event)} -> ${nameOf(target)}`).join("\n");
}

function sightOf(snapshot: Snapshot): Sight {
  const state = toState(snapshot, STORE);
  const isShown = "session" in state || "base" in state;
  // A token for another API is minted behind what apps see: to the reference it is a refresh like any other.
  const status = isMinting(snapshot) ? "refreshing" : state.status;
  return { status, holder: isShown ? snapshot.context.session?.id : undefined };
}

/** Every state that can be rested in, as the table has them. */
const STATES = [...new Set(MODELS.true.states.map(nameOf))].toSorted();

describe(`${WALKS} random walks`, () => {
  it(
    "show what the reference says may follow, step by step, and come everywhere",
    { timeout: 600_000 },
    () => {
      const visited = new Set<string>();
      fc.assert(
        fc.property(walks, (choices) => {
          let memory = BEGINNING;
          const steps = walk(choices);
          for (const [index, { event, source, target }] of steps.entries()) {
            const happening = happeningOf(event, source);
            const sight = sightOf(target);
            const allowed = mayFollow(memory, happening);
            if (!allowed.some(({ status, holder }) => status === sight.status && holder === sight.holder))
              throw new Error(
                `${shown(sight)} after ${JSON.stringify(happening)}; the reference has ${allowed.map(shown).join(", ")}\n${told(steps.slice(0, index + 1))}`,
              );
            memory = remember(memory, happening, sight);
            visited.add(nameOf(target));
          }
        }),
        { numRuns: WALKS, ...SEED },
      );
      expect(STATES.filter((name) => !visited.has(name))).toEqual([]);
    },
  );

  it(
    "spend a refresh token once for each place kept, and each twice at most under a lock",
    {
      timeout: 600_000,
    },
    () => {
      let requests = 0;
      fc.assert(
        fc.property(walks, (choices) => {
          const ledger = { isPrepared: false, sent: 0 };
          const steps = walk(choices);
          for (const [index, { event, source, target }] of steps.entries()) {
            const { type } = event as { readonly type: string };
            const isAnother = source.context.session?.id !== target.context.session?.id;
            if (type === "locked" || isAnother || !source.matches("refreshing")) ledger.sent = 0;
            if (type === "xstate.done.actor.prepareSave") ledger.isPrepared = true;
            const where = (): string => told(steps.slice(0, index + 1));
            if (isSent(source, target)) {
              requests += 1;
              expect(ledger.isPrepared, where()).toBe(true);
              expect((ledger.sent += 1), where()).toBeLessThanOrEqual(2);
              ledger.isPrepared = false;
            }
          }
        }),
        { numRuns: FEWER, ...SEED },
      );
      expect(requests).toBeGreaterThan(FEWER / 50);
    },
  );

  it(
    "come to rest wherever they are left, when everything that was begun succeeds",
    { timeout: 600_000 },
    () => {
      fc.assert(
        fc.property(walks, (choices) => {
          const steps = walk(choices);
          let now = steps.at(-1)?.target ?? begin(choices.refreshOnStart);
          for (let left = 30; !isAtRest(now); left -= 1) {
            if (left === 0) throw new Error(`${nameOf(now)} is not left\n${told(steps)}`);
            now = succeed(now);
          }
        }),
        { numRuns: FEWER, ...SEED },
      );
    },
  );
});

function shown({ status, holder }: Sight): string {
  return holder === undefined ? status : `${status} (${holder})`;
}

function isSent(source: Snapshot, target: Snapshot): boolean {
  return (
    "refreshSession" in target.children &&
    source.children["refreshSession"] !== target.children["refreshSession"]
  );
}

/** A person may take their time; everything else is the machine's to end. */
function isAtRest(snapshot: Snapshot): boolean {
  return ["idle", "authenticated", "logged-out"].some((name) => snapshot.matches(name as "idle"));
}

/** The first report of what runs that leads on. */
function succeed(snapshot: Snapshot): Snapshot {
  const reports = candidatesOf(snapshot).filter(
    (event) => labelOf(event).includes(":") && mayCome(snapshot, event),
  );
  for (const event of reports) {
    const target = transition(authMachine, snapshot, event)[0];
    if (nameOf(target) !== nameOf(snapshot)) return target;
  }
  throw new Error(`Nothing that runs ends ${nameOf(snapshot)}`);
}
