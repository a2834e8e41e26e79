// An app, driven through the model of the public states: what it shows wrongly, does not handle, and what its test does not see.
import type { SignInOptions } from "../config/sign-in-options.js";
import type { AuthConfig } from "../config/auth-config.js";
import type { Command } from "../client/state.js";
import {
  along,
  drive,
  type Choose,
  type Driven,
  type DriveOptions,
  type ModelDriver,
} from "./model/driver.js";
import { explore, pathName, stepsOf, type Model } from "./model/explore.js";
import { liesAbout, type Lie } from "./model/lies.js";
import { toTable, type CoverReport } from "./model/report.js";
import type { StepName } from "./model/run.js";
import { createTally } from "./model/tally.js";
import { fullName } from "./model/public-state.js";
import type { Showing } from "./model/seen.js";

/** As much of fast-check as is used. */
export interface FastCheck {
  nat(max: number): unknown;
  array(of: unknown, options: { readonly maxLength: number }): unknown;
  asyncProperty(of: unknown, holds: (choices: never) => Promise<boolean>): unknown;
  check(property: unknown, options: { readonly numRuns: number; readonly seed: number }): unknown;
}

export interface CoverOptions extends Partial<Showing> {
  readonly driver: ModelDriver;
  /** Steps of the longest path. @default as many as the farthest transition needs */
  readonly depth?: number;
  /** Transitions between states as `fullName` tells them apart: with reason, browser, what is shown, commands. @default false */
  readonly inFull?: boolean;
  /** Random walks beside the shortest paths. @default 20 of 12 steps */
  readonly walks?: { readonly count: number; readonly length?: number };
  /** @default a random one */
  readonly seed?: number;
  /** The module of fast-check, where it is there: it shrinks a walk that fails. @default walks are not shrunk */
  readonly fastCheck?: FastCheck;
  /** One path, by the name that a failure has: it is run alone. */
  readonly replay?: string;
  /** After so many different failures the rest is not run. @default 20 */
  readonly mostFailures?: number;
  /** How long the app may take to show what has changed, in real milliseconds. @default 1000 */
  readonly patienceMs?: number;
  /** What the app configures beside issuer and client id. */
  readonly config?: Partial<AuthConfig>;
  /** What the app signs in with. */
  readonly signIn?: SignInOptions;
  /** Steps that are left out, by name. What cannot be reached without them is not missed. */
  readonly without?: readonly StepName[];
}

const ALL_COMMANDS: readonly Command[] = ["signIn", "submitRedirect", "useDeviceCode", "cancel", "signOut"];
const TRIES_A_LIE = 6;

/**
 * Drives an app through every public state and transition of the shipped machine, in a world that stands still after each step, and
 * compares what it shows with what is so. Before it says `passed`, it runs the same paths with a client that lies.
 *
 * @example
 * ```ts
 * let text = "";
 * const report = await coverModel({
 *   commands: ["signIn", "cancel", "signOut"],
 *   driver: {
 *     create: ({ client }) => void client.subscribe((state) => (text = state.status)),
 *     do: () => {},
 *     see: () => ({ status: text as "idle" }),
 *     dispose: () => {},
 *   },
 * });
 * if (report.verdict !== "passed") throw new Error(report.table);
 * ```
 */
export async function coverModel(options: CoverOptions): Promise<CoverReport> {
  const {
    commands = ALL_COMMANDS,
    quietAbout = ["cancelled", "signed_out"],
    alike = [],
    hides = [],
    patienceMs = 1_000,
  } = options;
  const { seed = Math.floor(Math.random() * 2 ** 31), depth = Infinity, replay, mostFailures = 20 } = options;
  const driven: DriveOptions = { ...options, commands, quietAbout, alike, hides, patienceMs };
  const model = await modelFor(driven);
  const tally = createTally();
  const run = async (choose: Choose, more: Parameters<typeof drive>[2] = { model }): Promise<Driven> => {
    const result = await drive(driven, choose, more);
    tally.note(result);
    return result;
  };

  const paths =
    replay === undefined ? shortestPaths(model, depth, options.inFull === true) : [stepsOf(replay)];
  for (const path of paths) {
    // One app at a time.
    // oxlint-disable-next-line no-await-in-loop
    if (tally.failures.length < mostFailures) await run(along(path));
  }
  if (tally.failures.length === 0 && replay === undefined)
    await walk(options, seed, (choose) => run(choose, {}));

  const why: string[] = [];
  const lies = { told: 0, unnoticed: [] as string[] };
  if (tally.failures.length === 0 && replay === undefined) {
    const veiled = await drive(driven, along(paths[0] ?? []), { model, veils: true });
    if (veiled.repeats) why.push("see() repeats what the client says: it must read what the app shows");
    for (const lie of liesAbout(model, driven)) {
      // oxlint-disable-next-line no-await-in-loop
      const { wasTold, wasNoticed } = await tell(driven, model, lie, depth);
      if (wasTold) lies.told++;
      if (wasTold && !wasNoticed) lies.unnoticed.push(lie.name);
    }
  }
  const coverage = tally.coverage(model, driven);
  for (const lie of lies.unnoticed) why.push(`unnoticed: ${lie}`);
  const { missed } = coverage.transitions;
  if (missed.length > 0 && replay === undefined) why.push(`${missed.length} transitions were never taken`);
  const failures = tally.failures.toSorted((a, b) => stepsOf(a.path).length - stepsOf(b.path).length);
  const verdict = failures.length > 0 ? "failed" : why.length > 0 ? "insufficient" : "passed";
  const report = { verdict, why, failures, coverage, lies, paths: tally.runs(), seed } as const;
  return { ...report, table: toTable(report) };
}

const models = new Map<unknown, Map<string, Promise<Model>>>();

/** Explored once for all who have the same commands and configuration. */
function modelFor({
  commands,
  offers,
  without = [],
  config = {},
  signIn = {},
}: DriveOptions): Promise<Model> {
  const ofOffers = models.get(offers) ?? new Map<string, Promise<Model>>();
  models.set(offers, ofOffers);
  const key = JSON.stringify([commands, without, config, signIn]);
  const known = ofOffers.get(key) ?? explore({ commands, offers, without, config, signIn });
  ofOffers.set(key, known);
  return known;
}

/** One for each transition; those that are the beginning of another are run with it. */
function shortestPaths(model: Model, depth: number, inFull: boolean): readonly (readonly StepName[])[] {
  const all = [...(inFull ? model.fullTransitions : model.transitions).values()]
    .map(({ path }) => path)
    .filter(({ length }) => length <= depth)
    .toSorted((a, b) => a.length - b.length);
  const names = all.map((path) => `${pathName(path)} > `);
  return all.filter(
    (_, at) => !names.some((other, i) => i !== at && other !== names[at] && other.startsWith(names[at]!)),
  );
}

/** Along the shortest ways to where it is told, until it is noticed. */
async function tell(
  driven: DriveOptions,
  model: Model,
  lie: Lie,
  depth: number,
): Promise<Pick<Driven, "wasTold" | "wasNoticed">> {
  const ways = [...model.trails.keys()]
    .filter((name) => name !== "" || !lie.needsBefore)
    .map(stepsOf)
    .filter((path) => path.length <= depth && leadsTo(model, path, lie))
    .toSorted((a, b) => a.length - b.length);
  let wasTold = false;
  for (const path of oneForEachEnd(model, ways).slice(0, TRIES_A_LIE)) {
    // oxlint-disable-next-line no-await-in-loop
    const result = await drive(driven, along(path), { model, lie });
    if (result.wasNoticed) return result;
    wasTold ||= result.wasTold;
  }
  return { wasTold, wasNoticed: false };
}

/** The same state with something else to show may give a lie away. */
function oneForEachEnd(
  { ends }: Model,
  ways: readonly (readonly StepName[])[],
): readonly (readonly StepName[])[] {
  const seen = new Set<string>();
  return ways.filter((path) => {
    const end = ends.get(pathName(path));
    const name = end ? fullName(end) : "";
    return !seen.has(name) && seen.add(name);
  });
}

function leadsTo(model: Model, path: readonly StepName[], lie: Lie): boolean {
  const state = model.ends.get(pathName(path));
  return state !== undefined && lie.isTold(state);
}

async function walk(
  { walks = { count: 20 }, fastCheck }: CoverOptions,
  seed: number,
  run: (choose: Choose) => Promise<Driven>,
): Promise<void> {
  const { count, length = 12 } = walks;
  const by =
    (choices: readonly number[]): Choose =>
    (possible, nth) => {
      const choice = choices[nth];
      return choice === undefined ? undefined : possible[choice % possible.length];
    };
  if (fastCheck) {
    const holds = async (choices: readonly number[]): Promise<boolean> => !(await run(by(choices))).failure;
    await fastCheck.check(
      fastCheck.asyncProperty(fastCheck.array(fastCheck.nat(1_000), { maxLength: length }), holds),
      { numRuns: count, seed },
    );
    return;
  }
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) >> 8;
  for (let nth = 0; nth < count; nth++) {
    // oxlint-disable-next-line no-await-in-loop
    const { failure } = await run(by(Array.from({ length }, next)));
    if (failure) return;
  }
}
