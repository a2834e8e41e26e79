// One run through the model: steps by name, taken in a world that stands still after each.
import type { AuthState, Command } from "../../client/state.js";
import type { SignInOptions } from "../../config/sign-in-options.js";
import type { AuthConfig } from "../../config/auth-config.js";
import { createHeldWorld, type HeldWorld } from "./held-world.js";
import type { Look, WorldEvent } from "./happenings.js";
import { WORLD_EVENTS, type WorldEventName } from "./world-events.js";

/** A command of the app, or something that happens in the world. */
export type StepName = Command | WorldEventName;

const EVENTS = Object.entries(WORLD_EVENTS) as [WorldEventName, WorldEvent][];

export interface Run {
  readonly world: HeldWorld;
  /** Commands that were given and have not ended: they wait their turn. */
  readonly pending: readonly Command[];
  look(): Look;
  /** What can happen next. */
  possible(): readonly StepName[];
  /** Lets it happen, and waits until nothing moves. Commands go to `give`. */
  take(step: StepName, give?: (command: Command) => unknown): Promise<void>;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly config?: Partial<AuthConfig>;
  /** Which commands there are. */
  readonly commands: readonly Command[];
  /** Whether the app has the command in this state. @default always */
  readonly offers?: ((command: Command, state: AuthState) => boolean) | undefined;
  /** What the app signs in with. */
  readonly signIn?: SignInOptions;
  /** Which steps are left out. */
  readonly without?: readonly StepName[];
}

export async function beginRun(options: RunOptions): Promise<Run> {
  const { commands, offers = () => true, without = [], config = {}, signIn = {} } = options;
  const world = await createHeldWorld(config);
  const pending = new Set<Command>();

  function look(): Look {
    const { value } = world.snapshot();
    const at = typeof value === "string" ? value : Object.entries(value).flat().join(".");
    return { state: world.client.getState(), held: world.gates.held(), at, world };
  }

  const give = (command: Command): void => {
    pending.add(command);
    void perform(world, command, signIn).then(
      () => pending.delete(command),
      () => pending.delete(command),
    );
  };

  const waiting = (): Command[] => [...pending].filter((command) => isWaiting(command, look()));

  await world.rest();
  return {
    world,
    get pending() {
      return waiting();
    },
    look,
    possible() {
      const now = look();
      // One that waits its turn is enough.
      const given =
        waiting().length > 0
          ? []
          : commands.filter((command) => now.state.can.includes(command) && offers(command, now.state));
      const happening = EVENTS.filter(([, event]) => event.isPossible(now)).map(([name]) => name);
      return [...given, ...happening].filter((step) => !without.includes(step));
    },
    async take(step, toApp = give) {
      await (isCommand(step) ? toApp(step) : WORLD_EVENTS[step].happen(world));
      await world.rest();
      world.mend();
    },
    async close() {
      world.gates.open();
      // Its limit is one of virtual time.
      const closed = world.client.close({ timeoutMs: 0 });
      await world.clock.advance(0);
      await closed;
    },
  };
}

/** A command that waits has not got where it leads. */
function isWaiting(command: Command, { state }: Look): boolean {
  if (command === "signIn") return !["awaiting-callback", "exchanging"].includes(state.status);
  return command === "signOut" && state.status !== "logging-out";
}

export function isCommand(step: StepName): step is Command {
  return !Object.hasOwn(WORLD_EVENTS, step);
}

/** The address that a person would paste. */
export function pastedAddress({ client, server }: HeldWorld): string {
  const state = client.getState();
  return "url" in state && state.url ? server.authorize(state.url) : "";
}

/** Gives a command to a client, as the plainest app would. */
async function perform(world: HeldWorld, command: Command, options: SignInOptions): Promise<void> {
  const { client } = world;
  switch (command) {
    case "signIn":
      await client.signIn(options);
      return;
    case "signOut":
      await client.signOut();
      return;
    case "cancel":
    case "useDeviceCode":
      client[command]();
      return;
    case "submitRedirect":
      client.submitRedirect(pastedAddress(world));
  }
}
