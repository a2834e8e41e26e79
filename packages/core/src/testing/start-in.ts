// A client in a named state, without the steps before it: they are taken in a world that stands still, in no time.
import type { AuthClient } from "../client/auth-client.js";
import type { AuthState } from "../client/state.js";
import type { AuthConfig } from "../config/auth-config.js";
import type { Notice } from "../config/notices.js";
import type { FakeClock } from "./fake-clock.js";
import type { FakePorts, FakePortsOptions } from "./fake-ports.js";
import type { FakeServer } from "./fake-server/types.js";
import { beginRun, type StepName } from "./model/run.js";

type Status = AuthState["status"];

const IDLE = {
  cancelled: ["signIn", "cancel"],
  access_denied: ["signIn", "the sign-in is prepared", "the browser opens", "the person denies"],
  timed_out: ["signIn", "the sign-in is prepared", "the browser opens", "nobody comes in time"],
  discovery_failed: ["signIn", "the server is not found"],
  port_unavailable: ["signIn", "no port is free"],
  authorization_failed: [...signingIn(), "the server refuses the code"],
  temporarily_unavailable: [...signingIn(), "the server does not answer the code"],
  lock_timeout: [...signingIn(), "the server takes the code", "another process has the lock"],
} as const satisfies Readonly<Record<string, readonly StepName[]>>;

const UNRESTORED = {
  sign_in_required: ["a session from another machine is stored"],
  record_corrupt: ["what is stored is damaged"],
  store_unavailable: ["the store cannot be read"],
} as const satisfies Readonly<Record<string, readonly StepName[]>>;

const LOGGED_OUT = {
  signed_out: ["signOut", "the server signs out", "the browser comes back"],
  session_ended: ["the token is due", "the server ends the session"],
  answer_lost: [
    "the token is due",
    "the answer is lost",
    "the server takes the second request for a thief's",
  ],
  signed_out_elsewhere: ["the token is due", "it was signed out in another process"],
  account_changed: ["the token is due", "somebody else was signed in in another process"],
} as const satisfies Readonly<Record<string, readonly StepName[]>>;

const DEGRADED = {
  temporarily_unavailable: ["the token is due", "the server is busy"],
  lock_timeout: ["the token is due", "another process has the lock"],
  sign_in_required: ["the token is due", "the server wants a sign-in"],
} as const satisfies Readonly<Record<string, readonly StepName[]>>;

const REFRESHING_DEGRADED = {
  /** The answer is lost, and the request is about to be made once more. */
  temporarily_unavailable: ["the token is due", "the answer is lost"],
  /** The new token is there, and cannot be saved. */
  store_unavailable: ["the token is due", "the new token cannot be saved"],
  lock_timeout: [...DEGRADED.lock_timeout, "the app asks for a fresh token"],
  sign_in_required: [...DEGRADED.sign_in_required, "the app asks for a fresh token"],
} as const satisfies Readonly<Record<string, readonly StepName[]>>;

/** What a state may differ in, by its name. */
export interface StartOverrides {
  restoring: object;
  idle: {
    /** Why nobody is signed in. @default nothing was stored */
    readonly reason?: keyof typeof IDLE | keyof typeof UNRESTORED;
  };
  "awaiting-callback": {
    /** @default "waiting" */
    readonly step?: "preparing" | "waiting" | "device";
    /** Undefined: it is being opened. With "failed" and the step "waiting" the server gives no code. @default "opened" */
    readonly browser?: "opened" | "failed" | undefined;
    /** Whether somebody is signed in meanwhile. @default false */
    readonly base?: boolean;
  };
  exchanging: {
    /** @default false */
    readonly base?: boolean;
    /** Whether the code has been redeemed already, which cannot be cancelled any more. @default false */
    readonly isSaving?: boolean;
  };
  authenticated: {
    /** Why the last refresh has failed. @default it has not */
    readonly degraded?: keyof typeof DEGRADED;
  };
  refreshing: {
    /** @default it has not failed before */
    readonly degraded?: keyof typeof REFRESHING_DEGRADED;
  };
  "logging-out": {
    /** Whether the browser visits the server already. @default false */
    readonly isVisiting?: boolean;
  };
  "logged-out": {
    /** @default "signed_out" */
    readonly reason?: keyof typeof LOGGED_OUT;
  };
}

export interface StartOptions {
  /** Beside issuer and client id. */
  readonly config?: Partial<AuthConfig>;
  /** What the person does with each URL from then on. @default they allow, and their browser follows the redirect */
  readonly person?: NonNullable<FakePortsOptions["person"]>;
}

/** The states of this name. */
type Named<Name extends Status, State extends AuthState = AuthState> = State extends unknown
  ? Name extends State["status"]
    ? State & { readonly status: Name }
    : never
  : never;

export interface StartedIn<Name extends Status> {
  readonly client: AuthClient;
  readonly state: Named<Name>;
  readonly server: FakeServer;
  readonly clock: FakeClock;
  readonly ports: FakePorts;
  /** What `onNotice` was told on the way. */
  readonly notices: readonly Notice[];
  /** What the state waits for comes: `restoring`, `exchanging`, `refreshing` and the like last until then. Others do nothing by it. */
  readonly goOn: () => void;
}

/**
 * A client in the state of this name, with what else is said of it, on fake ports; from there on it behaves as any client. In
 * states that wait for the server, the store or the lock the world is held, until {@link StartedIn.goOn}.
 *
 * @example
 * ```ts
 * const { client, goOn } = await startIn("exchanging", { base: true });
 * goOn(); // the server answers
 * await reached(client, ({ status }) => status === "authenticated");
 * ```
 */
export async function startIn<Name extends Status>(
  name: Name,
  overrides: StartOverrides[Name] = {},
  { config = {}, person }: StartOptions = {},
): Promise<StartedIn<Name>> {
  const run = await beginRun({ commands: [], config });
  for (const step of PATHS[name](overrides))
    // oxlint-disable-next-line no-await-in-loop
    await run.take(step);
  const { client, server, clock, ports, notices, gates } = run.world;
  const state = client.getState();
  if (state.status !== name) throw new Error(`This client cannot start in ${name}: it is ${state.status}`);
  if (gates.held().length === 0) run.world.goOn(person);
  return {
    client,
    state: state as Named<Name>,
    server,
    clock,
    ports,
    notices,
    goOn: () => run.world.goOn(person),
  };
}

const FOUND = ["a session is stored", "the server gives a new token"] as const;

function start(hasSession = false): readonly StepName[] {
  return hasSession ? FOUND : ["nothing is stored"];
}

function signingIn() {
  return ["signIn", "the sign-in is prepared", "the browser opens", "the person allows"] as const;
}

const PATHS: { readonly [Name in Status]: (overrides: StartOverrides[Name]) => readonly StepName[] } = {
  restoring: () => [],
  idle: ({ reason }) =>
    reason === undefined
      ? start()
      : reason in UNRESTORED
        ? UNRESTORED[reason as keyof typeof UNRESTORED]
        : [...start(), ...IDLE[reason as keyof typeof IDLE]],
  "awaiting-callback"(overrides) {
    const { step = "waiting", base = false } = overrides;
    const browser = "browser" in overrides ? overrides.browser : "opened";
    const asked: StepName[] = [...start(base), "signIn"];
    if (step === "preparing") return asked;
    asked.push("the sign-in is prepared");
    if (browser === "opened") asked.push("the browser opens");
    if (browser === "failed")
      return [
        ...asked,
        step === "device" ? "no browser opens" : "no browser opens, and the server gives no code",
      ];
    return step === "device" ? [...asked, "useDeviceCode"] : asked;
  },
  exchanging: ({ base = false, isSaving = false }) => [
    ...start(base),
    ...signingIn(),
    ...(isSaving ? (["the server takes the code"] as const) : []),
  ],
  authenticated: ({ degraded }) => [...FOUND, ...(degraded === undefined ? [] : DEGRADED[degraded])],
  refreshing: ({ degraded }) => [
    ...FOUND,
    ...(degraded === undefined ? (["the token is due"] as const) : REFRESHING_DEGRADED[degraded]),
  ],
  "logging-out": ({ isVisiting = false }) => [
    ...FOUND,
    "signOut",
    ...(isVisiting ? (["the server signs out"] as const) : []),
  ],
  "logged-out": ({ reason = "signed_out" }) => [...FOUND, ...LOGGED_OUT[reason]],
};
