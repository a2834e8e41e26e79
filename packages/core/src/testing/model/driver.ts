// What an app gives to be driven through the model, and how one path is run with it.
import type { AuthClient } from "../../client/auth-client.js";
import type { AuthState, Command } from "../../client/state.js";
import { pathName, type Model } from "./explore.js";
import { createShownClient, neighbourOf, type Lie, type ShownClient } from "./lies.js";
import { fullName, stateName } from "./public-state.js";
import { beginRun, isCommand, pastedAddress, type Run, type RunOptions, type StepName } from "./run.js";
import { differences, type Seen, type Showing } from "./seen.js";
import type { WorldEventName } from "./world-events.js";

/** What an app is created with. */
export interface ModelSetting {
  /** The client for the app. What it shows may be a lie: the driver must read the app's screen. */
  readonly client: AuthClient;
  /** The address that a person would paste now; empty when nothing waits for it. */
  readonly pastedAddress: () => string;
}

/** An app, for the model: how it is begun, what a person does with it, and what it shows. */
export interface ModelDriver {
  /** Begins the app with this client. */
  create(setting: ModelSetting): unknown;
  /** Gives a command as a person does: presses the button, types the word. */
  do(command: Command): unknown;
  /** What the person, the server, another process and time do happens by `happen()`; for drivers that must be there. @default happen() */
  world?(event: WorldEventName, happen: () => Promise<void>): unknown;
  /** What the app shows now, read off its screen, without the client at hand. */
  see(): Seen | Promise<Seen>;
  /** Ends the app. */
  dispose(): unknown;
}

export interface DriveOptions extends RunOptions, Showing {
  readonly driver: ModelDriver;
  /** How long the app may take to show what has changed, in real milliseconds. */
  readonly patienceMs: number;
}

/** What was wrong, and after which steps. */
export interface Failure {
  /** The path by its name: `replay` runs it again. */
  readonly path: string;
  /** The public state in which it was wrong. */
  readonly state: string;
  readonly problem: string;
}

export interface Driven {
  readonly failure: Failure | undefined;
  /** Public states, from the first on. */
  readonly trail: readonly string[];
  readonly fullTrail: readonly string[];
  readonly steps: readonly StepName[];
  /** The lie was told. */
  readonly wasTold: boolean;
  /** And the driver saw something else than the truth. */
  readonly wasNoticed: boolean;
  /** The driver asks the client rather than the screen. */
  readonly repeats: boolean;
}

/** Chooses the next step; undefined: it is over. */
export type Choose = (possible: readonly StepName[], nth: number) => StepName | undefined;

export function along(path: readonly StepName[]): Choose {
  return (_, nth) => path[nth];
}

interface DriveMore {
  readonly model?: Model;
  readonly lie?: Lie;
  /** Whether it is found out if the driver repeats what the client says. */
  readonly veils?: boolean;
}

export async function drive(options: DriveOptions, choose: Choose, more: DriveMore = {}): Promise<Driven> {
  const { driver } = options;
  const { model, lie } = more;
  const run = await beginRun(options);
  const shown = createShownClient(run.world.client, options, lie);
  const [trail, fullTrail, steps]: [string[], string[], StepName[]] = [[], [], []];
  let [wasTold, wasNoticed, repeats] = [false, false, false];
  let problem: string | undefined;

  async function look(): Promise<void> {
    const truth = run.look().state;
    trail.push(stateName(truth));
    fullTrail.push(fullName(truth));
    const expected = model?.trails.get(pathName(steps))?.at(-1);
    if (expected !== undefined && expected !== fullName(truth) && !lie)
      problem = `it is ${fullName(truth)}, and by the model it would be ${expected}`;
    const found = await seen(options, shown, truth);
    if (shown.isLying()) {
      wasTold = true;
      wasNoticed ||= found.length > 0;
    } else if (!problem && found.length > 0) [problem] = found;
    const veil = more.veils && model ? neighbourOf(stateName(truth), model) : undefined;
    if (veil && (await repeatsClient(options, shown, truth, veil))) repeats = true;
  }

  try {
    await driver.create({ client: shown.client, pastedAddress: () => pastedAddress(run.world) });
    await run.world.rest();
    await look();
    for (let nth = 0; !problem && !wasNoticed; nth++) {
      const possible = run.possible();
      const step = choose(possible, nth);
      if (step === undefined) break;
      if (!possible.includes(step)) {
        problem = `"${step}" cannot happen any more: the app has done something else`;
        break;
      }
      steps.push(step);
      // Each step follows the one before.
      // oxlint-disable-next-line no-await-in-loop
      if (!(await taken(options, run, shown, step))) problem = `${step} was given, and the app did nothing`;
      // oxlint-disable-next-line no-await-in-loop
      else await look();
    }
  } catch (error) {
    problem = `the driver has failed: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    await driver.dispose();
    await run.close();
  }
  if (lie && problem) wasNoticed ||= wasTold;
  const failure =
    problem === undefined ? undefined : { path: pathName(steps), state: trail.at(-1) ?? "", problem };
  return { failure, trail, fullTrail, steps, wasTold, wasNoticed, repeats };
}

/** Whether the app has done what the person wanted. */
async function taken(options: DriveOptions, run: Run, shown: ShownClient, step: StepName): Promise<boolean> {
  const { driver, patienceMs } = options;
  if (!isCommand(step)) {
    const happen = (): Promise<void> => run.take(step);
    await (driver.world ? driver.world(step, happen) : happen());
    return true;
  }
  const before = shown.given(step);
  await run.take(step, async (command) => {
    await driver.do(command);
    await within(patienceMs, () => shown.given(command) > before);
  });
  return shown.given(step) > before;
}

/** What the app shows otherwise than it is, once it has had the time to show what it was told. */
async function seen(options: DriveOptions, shown: ShownClient, truth: AuthState): Promise<readonly string[]> {
  let found: readonly string[] = [];
  await within(options.patienceMs, async () => {
    const now = await options.driver.see();
    found = differences(now, truth, options);
    return differences(now, shown.shown(), options).length === 0;
  });
  return found;
}

async function repeatsClient(
  options: DriveOptions,
  shown: ShownClient,
  truth: AuthState,
  veil: AuthState,
): Promise<boolean> {
  const { driver } = options;
  const plain = await driver.see();
  if (shown.hasGivenOut(plain)) return true;
  if (differences(plain, truth, options).length > 0) return false;
  const veiled = await shown.veiled(veil, async () => driver.see());
  return differences(veiled, truth, options).length > 0;
}

const LOOK_EVERY_MS = 5;

/** Until it holds, or time is up. */
async function within(ms: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + ms;
  // oxlint-disable-next-line no-await-in-loop
  while (!(await holds()) && Date.now() < end)
    // oxlint-disable-next-line no-await-in-loop
    await new Promise<void>((resolve) => void setTimeout(resolve, LOOK_EVERY_MS));
}
