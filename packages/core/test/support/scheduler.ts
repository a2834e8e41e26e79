// Several clients, one port call at a time, in an order that is chosen; and every order there is, one run after another.
import {
  createAuthClient,
  type AuthClient,
  type AuthConfig,
  type AuthPorts,
  type HeldLock,
} from "../../src/index.js";
import { createFakeClock, createFakePorts, type FakeServer } from "../../src/testing/index.js";

/** What a process does next: a call of a port, the way back of an answer, or its end. */
type Kind =
  | "load"
  | "prepare"
  | "save"
  | "clear"
  | "quarantine"
  | "stamp"
  | "call"
  | "acquire"
  | "timeout"
  | "release"
  | "request"
  | "answer"
  | "crash";

interface Step {
  readonly process: string;
  readonly kind: Kind;
}

interface Pending extends Step {
  readonly isEnabled: () => boolean;
  readonly take: () => void;
  /** Of a wait for the lock: it has been too long. */
  readonly timeOut?: () => void;
}

/** Where two steps of two processes meet. What meets nowhere may be done in either order: one of them is enough. */
const PLACES: Readonly<Record<Kind, { readonly place: string; readonly changes: boolean } | undefined>> = {
  load: { place: "store", changes: false },
  save: { place: "store", changes: true },
  clear: { place: "store", changes: true },
  quarantine: { place: "store", changes: true },
  acquire: { place: "lock", changes: true },
  release: { place: "lock", changes: true },
  timeout: { place: "lock", changes: true },
  // It frees the lock, and there is one crash in a run.
  crash: { place: "lock", changes: true },
  request: { place: "server", changes: true },
  // Wherever another process looks at the stamp: at a call, and before each load.
  stamp: { place: "everywhere", changes: true },
  call: undefined,
  answer: undefined,
  prepare: undefined,
};

function meet(a: Step, b: Step): boolean {
  if (a.process === b.process) return true;
  const [one, other] = [PLACES[a.kind], PLACES[b.kind]];
  if (one?.place === "everywhere" || other?.place === "everywhere") return true;
  return one !== undefined && one.place === other?.place && (one.changes || other.changes);
}

const nameOf = ({ process, kind }: Step): string => `${process}:${kind}`;

/** Web Crypto answers from another thread: the calls that are out. */
let cryptoCalls = 0;

/** Counts what Web Crypto has to do, so that a run knows when nothing moves any more. Returns what undoes it. */
export function watchCrypto(): () => void {
  const { subtle } = globalThis.crypto;
  const digest = subtle.digest.bind(subtle);
  subtle.digest = async (...call) => {
    cryptoCalls++;
    return digest(...call).finally(() => cryptoCalls--);
  };
  return () => void Reflect.deleteProperty(subtle, "digest");
}

/** Until nothing moves: promises run out within a turn of the event loop. */
async function rest(): Promise<void> {
  const isComputing = (): boolean => cryptoCalls > 0;
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  await turn();
  while (isComputing()) await turn();
}

/** The record as it stands in the store: what an order of steps must not break shows here. */
export interface StoredFacts {
  readonly sessionId: string;
  readonly generation: number;
  readonly refreshToken: string;
  readonly accessToken?: { readonly value: string };
}

export interface Process {
  readonly name: string;
  readonly client: AuthClient;
  /** A moment of its own, for what the app does next. */
  readonly call: () => Promise<void>;
  isCrashed: boolean;
  /** The server has rotated the token, and the new one is not in the store yet. */
  isUnsaved: boolean;
}

interface WorldOptions {
  readonly server: FakeServer;
  readonly record: string;
  readonly config: AuthConfig;
  /** Whether one process may end at any of its steps. */
  readonly crashes?: boolean;
  /** Whether a place is kept for each save. */
  readonly prepares?: boolean;
  /** Whether one wait for the lock may be given up while another process holds it. */
  readonly timeouts?: boolean;
  /** What the lock of these processes lets through. @default one at a time */
  readonly lock?: "exclusive" | "broken";
  /** Whether the processes have a stamp; what changes it is a step of its own. */
  readonly stamps?: boolean;
}

/** One run: the same record, a new store and lock, new processes. */
export interface World {
  readonly record: string | null;
  readonly crashed: Process | undefined;
  /** How often somebody has signed in or out, as the stamp says. */
  readonly renewals: number;
  /** Whether a wait for the lock was given up. */
  readonly hasTimedOut: boolean;
  /** What broke a promise of the store's: a save over something newer, a session that came back. */
  readonly violations: readonly string[];
  start(name: string): Process;
  choices(): readonly Step[];
  take(step: Step): Promise<void>;
  /** From here on nothing waits for a choice. */
  letGo(): Promise<void>;
}

export function createWorld(options: WorldOptions): World {
  const { server, config } = options;
  const clock = createFakeClock();
  const pending: Pending[] = [];
  const processes: Process[] = [];
  const violations: string[] = [];
  let record: string | null = options.record;
  let holder: Process | undefined;
  let isFree = false;
  let renewals = 0;
  let mayTimeOut = options.timeouts === true;

  function step<T>(
    process: Process,
    kind: Kind,
    effect: () => T | Promise<T>,
    isEnabled = () => true,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const take = (): void => void Promise.resolve().then(effect).then(resolve, reject);
      pending.push({ process: process.name, kind, isEnabled, take });
    });
  }

  /** Refreshed tokens replace the very ones they came from; a sign-in may replace anything. */
  function judgeSave(text: string): void {
    const next = JSON.parse(text) as StoredFacts;
    const before = record === null ? undefined : (JSON.parse(record) as StoredFacts);
    if (next.generation === 1) return;
    if (!before) violations.push("a session that was cleared came back");
    else if (before.sessionId !== next.sessionId) violations.push("a newer session was overwritten");
    else if (before.generation !== next.generation - 1) violations.push("a newer token was overwritten");
  }

  let note: string | null = null;
  const heldLock: HeldLock = {
    isStillHeld: () => true,
    writeNote: (text) => void (note = text),
    readNote: () => note,
  };

  function exclusive(process: Process): AuthPorts["withLock"] {
    return (task, { signal }) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        const grant = (): void => {
          signal.removeEventListener("abort", leave);
          holder = process;
          const release = (): Promise<void> => step(process, "release", () => void (holder = undefined));
          task(heldLock).then(
            async (value) => (await release(), resolve(value)),
            async (error) => (await release(), reject(error as Error)),
          );
        };
        const waiting: Pending = {
          process: process.name,
          kind: "acquire",
          isEnabled: () => holder === undefined,
          take: grant,
          timeOut: () => {
            signal.removeEventListener("abort", leave);
            reject(Object.assign(new Error("Held too long"), { code: "lock_timeout" }));
          },
        };
        const leave = (): void => {
          pending.splice(pending.indexOf(waiting), 1);
          reject(signal.reason as Error);
        };
        signal.addEventListener("abort", leave);
        pending.push(waiting);
      });
  }

  function fetchOf(process: Process): typeof globalThis.fetch {
    return async (input, init) => {
      const { body } = init ?? {};
      const isRefresh = body instanceof URLSearchParams && body.get("grant_type") === "refresh_token";
      const response = await step(process, "request", async () => {
        const answer = await server.fetch(input, init);
        if (isRefresh && answer.ok) process.isUnsaved = true;
        return answer;
      });
      return step(process, "answer", () => response);
    };
  }

  const stamp: NonNullable<AuthPorts["stamp"]> = {
    read: () => String(renewals),
    renew: () => void renewals++,
  };

  /** After what is stored has changed, and before the stamp has: a crash may fall in between. */
  async function thenStamp(process: Process, change: Promise<void>): Promise<void> {
    await change;
    if (options.stamps) await step(process, "stamp", () => {});
  }

  function storeOf(process: Process): AuthPorts["store"] {
    return {
      info: { kind: "shared", persistent: true },
      load: () => step(process, "load", () => record),
      save: (text) => {
        const save = (): void => {
          judgeSave(text);
          record = text;
          process.isUnsaved = false;
        };
        return thenStamp(process, step(process, "save", save));
      },
      clear: () =>
        thenStamp(
          process,
          step(process, "clear", () => void (record = null)),
        ),
      quarantine: () => step(process, "quarantine", () => ((record = null), "aside")),
      probe: async () => {},
      ...(options.prepares
        ? {
            prepare: () =>
              step(process, "prepare", () => ({
                save: (text: string) => storeOf(process).save(text),
                discard: async () => {},
              })),
          }
        : {}),
    };
  }

  async function take(step: Step): Promise<void> {
    if (step.kind === "crash") {
      const process = processes.find(({ name }) => name === step.process)!;
      process.isCrashed = true;
      if (holder === process) holder = undefined;
      pending.splice(0, pending.length, ...pending.filter((each) => each.process !== process.name));
      return;
    }
    if (step.kind === "timeout") {
      const at = pending.findIndex(({ process, timeOut }) => process === step.process && timeOut);
      pending.splice(at, 1)[0]!.timeOut!();
      mayTimeOut = false;
      return rest();
    }
    const at = pending.findIndex((each) => nameOf(each) === nameOf(step) && each.isEnabled());
    if (at < 0) throw new Error(`${nameOf(step)} is not possible here`);
    pending.splice(at, 1)[0]!.take();
    await rest();
  }

  return {
    violations,
    get record() {
      return record;
    },
    get renewals() {
      return renewals;
    },
    get hasTimedOut() {
      return options.timeouts === true && !mayTimeOut;
    },
    get crashed() {
      return processes.find(({ isCrashed }) => isCrashed);
    },
    start(name) {
      const process = {
        name,
        isCrashed: false,
        isUnsaved: false,
        call: () => step(process, "call", () => {}),
      } as Process;
      const shared = options.stamps ? { stamp } : {};
      const ports = createFakePorts({ clock, server, store: storeOf(process), ...shared });
      const withLock: AuthPorts["withLock"] =
        options.lock === "broken" ? (task) => task(heldLock) : exclusive(process);
      const client = createAuthClient(config, { ...ports, withLock, fetch: fetchOf(process) });
      processes.push(Object.assign(process, { client }));
      return process;
    },
    choices() {
      if (isFree) return [];
      const enabled = pending.filter(({ isEnabled }) => isEnabled());
      const mayCrash = options.crashes === true && !processes.some(({ isCrashed }) => isCrashed);
      // Who has nothing left to do has ended already.
      const atWork = new Set(mayCrash ? pending.map(({ process }) => process) : []);
      const crashes = [...atWork].map((process): Step => ({ process, kind: "crash" }));
      const late = mayTimeOut ? pending.filter(({ timeOut, isEnabled }) => timeOut && !isEnabled()) : [];
      const timeouts = late.map(({ process }): Step => ({ process, kind: "timeout" }));
      return [...enabled.map(({ process, kind }): Step => ({ process, kind })), ...timeouts, ...crashes];
    },
    take,
    async letGo() {
      isFree = true;
      await rest();
      for (let next = possible(); next; next = possible()) await take(next);
    },
  };

  function possible(): Step | undefined {
    return pending.find(({ isEnabled }) => isEnabled());
  }
}

export interface Exploration {
  /** Orders that were run to their end. */
  readonly runs: number;
  /** Runs given up because every way on had been gone in an equivalent order. */
  readonly pruned: number;
}

interface ExploreOptions<Run extends World> {
  readonly begin: () => Promise<Run>;
  /** At the end of each run, when nobody has anything left to do. False: it is enough. */
  readonly judge: (run: Run, steps: readonly string[]) => Promise<boolean | void>;
  /** Leaves out orders that differ in steps only that do not meet (sleep sets). @default true */
  readonly reduces?: boolean;
}

/** Depth first over all choices: each branch is run again from the start, up to where it turns off. */
export async function explore<Run extends World>(options: ExploreOptions<Run>): Promise<Exploration> {
  const { begin, judge, reduces = true } = options;
  const open: { readonly path: readonly Step[]; readonly asleep: readonly Step[] }[] = [
    { path: [], asleep: [] },
  ];
  let runs = 0;
  let pruned = 0;
  for (let branch = open.pop(); branch; branch = open.pop()) {
    const run = await begin();
    await rest();
    const path: Step[] = [];
    for (const step of branch.path) {
      await run.take(step);
      path.push(step);
    }
    let { asleep } = branch;
    for (;;) {
      const choices = run.choices();
      if (choices.length === 0) {
        runs++;
        if ((await judge(run, path.map(nameOf))) === false) return { runs, pruned };
        break;
      }
      const sleeping = new Set(asleep.map(nameOf));
      const awake = choices.filter((step) => !sleeping.has(nameOf(step)));
      if (awake.length === 0) {
        pruned++;
        break;
      }
      const [first, ...others] = awake as [Step, ...Step[]];
      const done = reduces ? [...asleep, first] : [];
      for (const other of others) {
        open.push({ path: [...path, other], asleep: done.filter((step) => !meet(step, other)) });
        if (reduces) done.push(other);
      }
      asleep = asleep.filter((step) => !meet(step, first));
      await run.take(first);
      path.push(first);
    }
  }
  return { runs, pruned };
}
