// A client that lies: each public state shown as its neighbour, never shown, or without commands. Who does not notice sees nothing.
import type { AuthClient } from "../../client/auth-client.js";
import type { AuthState, Command } from "../../client/state.js";
import type { Model } from "./explore.js";
import { areAlike, stateName, type StateName } from "./public-state.js";
import type { Showing } from "./seen.js";

export interface Lie {
  /** In a sentence. */
  readonly name: string;
  /** The state that it is about. */
  readonly about: StateName;
  /** Whether it is told of this one of its kind. */
  readonly isTold: (state: AuthState) => boolean;
  /** What is shown in its place; `before`: what was shown before. */
  readonly tell: (state: AuthState, before: AuthState) => AuthState;
  /** There must be something before it. */
  readonly needsBefore?: boolean;
}

/** Every lie that this app could notice. */
export function liesAbout(model: Model, showing: Showing): readonly Lie[] {
  const { commands, quietAbout, hides, offers = () => true } = showing;
  return [...model.states].flatMap(([about, { sample }]): Lie[] => {
    const neighbour = neighbourOf(about, model);
    const lies: Lie[] = [];
    const lie = (how: string, tell: Lie["tell"], { isTold, needsBefore = false }: LieMore = {}): void =>
      void lies.push({
        name: `${about} is ${how}`,
        about,
        tell,
        needsBefore,
        isTold: (state) => stateName(state) === about && (isTold?.(state) ?? true),
      });
    if (neighbour)
      lie(`shown as ${stateName(neighbour)}`, ({ store, can }) => ({ ...neighbour, store, can }));
    if (about !== "restoring")
      lie("not shown: what was before stays", (_, before) => before, { needsBefore: true });
    if (!hides.includes("can"))
      lie("shown without commands", (state) => ({ ...state, can: [] }), {
        isTold: (state) => commands.some((command) => state.can.includes(command) && offers(command, state)),
      });
    if ((sample.status === "idle" || sample.status === "logged-out") && !hides.includes("reason"))
      lie("shown with another reason", (state) => ({ ...state, reason: otherReason(state) }) as AuthState, {
        isTold: (state) =>
          "reason" in state && state.reason !== undefined && !quietAbout.includes(state.reason.code),
      });
    if (sample.status !== "awaiting-callback") return lies;
    if (sample.step === "device" && !hides.includes("device"))
      lie("shown with another code", (state) =>
        "device" in state && state.device
          ? { ...state, device: { ...state.device, userCode: "XXXX-XXXX" } }
          : state,
      );
    if (sample.step === "waiting" && !hides.includes("browser"))
      lie("shown as if a browser had opened", (state) => ({ ...state, browser: "opened" }) as AuthState, {
        isTold: (state) => "browser" in state && state.browser === "failed",
      });
    return lies;
  });
}

type LieMore = Partial<Pick<Lie, "isTold" | "needsBefore">>;

/** What differs in one fact; else where its first step leads. */
export function neighbourOf(about: StateName, { states, transitions }: Model): AuthState | undefined {
  const [plain, fact] = about.split("+");
  const without = fact === undefined ? undefined : states.get(plain as StateName);
  if (without) return without.sample;
  const next = [...transitions.values()]
    .filter(({ from }) => from === about)
    .flatMap(({ to }) => [...to])
    .find((to) => to !== about);
  return next === undefined ? undefined : states.get(next as StateName)?.sample;
}

function otherReason(state: AuthState): object {
  const code = "reason" in state && state.reason?.code === "access_denied" ? "timed_out" : "access_denied";
  return { code, message: `This is not why: ${code}`, at: 0 };
}

/** A client as an app has it, and what it shows. */
export interface ShownClient {
  readonly client: AuthClient;
  /** What it shows now, true or not. */
  readonly shown: () => AuthState;
  /** Whether something else than the truth is shown. */
  readonly isLying: () => boolean;
  /** How often the command was given. */
  readonly given: (command: Command) => number;
  /** Whatever it is asked meanwhile, the state is another one; nobody is told. */
  readonly veiled: <T>(veil: AuthState, look: () => Promise<T>) => Promise<T>;
  /** Whether an object is a state that was given out. */
  readonly hasGivenOut: (value: unknown) => boolean;
}

export function createShownClient(
  real: AuthClient,
  { alike, hides }: Pick<Showing, "alike" | "hides">,
  lie?: Lie,
): ShownClient {
  const listeners = new Set<(state: AuthState) => void>();
  const calls = new Map<Command, number>();
  const givenOut = new WeakSet<object>();
  let truth = real.getState();
  let shown = truth;
  let veil: AuthState | undefined;
  show(truth, true);
  real.subscribe((state) => show(state, false));

  function show(state: AuthState, isFirst: boolean): void {
    truth = state;
    const isTold = lie?.isTold(state) && !(isFirst && lie.needsBefore);
    const next = isTold ? lie!.tell(state, shown) : state;
    if (next === shown) return;
    shown = next;
    for (const listener of listeners) listener(out(shown));
  }

  /** With the same to show beside its name. */
  function isAlike(a: AuthState, b: AuthState): boolean {
    if (stateName(a) === stateName(b)) return false;
    const [one, other] = [withoutHidden(stateName(a)), withoutHidden(stateName(b))];
    return one === other || areAlike(one, other, alike) || areAlike(stateName(a), stateName(b), alike);
  }

  function withoutHidden(name: StateName): StateName {
    const facts = hides.flatMap((fact) => (fact === "step" ? [/\.\w+/] : [new RegExp(`\\+${fact}`)]));
    return facts.reduce((rest: string, fact) => rest.replace(fact, ""), name) as StateName;
  }

  function out(state: AuthState): AuthState {
    givenOut.add(state);
    return state;
  }

  const counts = (command: Command): void => void calls.set(command, (calls.get(command) ?? 0) + 1);

  const client: AuthClient = {
    ...real,
    getState: () => out(veil ?? shown),
    subscribe(listener) {
      const own = (state: AuthState): void => listener(state);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    ready: async () => real.ready().then(() => out(shown)),
    async signIn(options) {
      counts("signIn");
      return real.signIn(options);
    },
    submitRedirect(url) {
      counts("submitRedirect");
      real.submitRedirect(url);
    },
    useDeviceCode() {
      counts("useDeviceCode");
      real.useDeviceCode();
    },
    cancel() {
      counts("cancel");
      real.cancel();
    },
    async signOut(options) {
      counts("signOut");
      return real.signOut(options);
    },
  };
  return {
    client,
    shown: () => shown,
    isLying: () => shown !== truth && !isAlike(shown, truth),
    given: (command) => calls.get(command) ?? 0,
    async veiled(other, look) {
      veil = other;
      try {
        return await look();
      } finally {
        veil = undefined;
      }
    },
    hasGivenOut: (value) => typeof value === "object" && value !== null && givenOut.has(value),
  };
}
