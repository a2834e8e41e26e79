// A client in a world without sockets and with virtual time, and what tests ask of it.
import { afterEach, expect } from "vitest";
import {
  AuthError,
  createAuthClient,
  type AuthClient,
  type AuthConfig,
  type AuthState,
  type Notice,
  type SessionStore,
} from "../../src/index.js";
import {
  createFakeClock,
  createFakeListener,
  createFakePorts,
  createFakeServer,
  reached,
  type FakeListener,
  type FakePortsOptions,
  type FakePorts,
  type FakeServer,
  type FakeServerOptions,
} from "../../src/testing/index.js";

export { reached };

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const open: { readonly client: AuthClient; readonly ports: FakePorts }[] = [];
afterEach(async () => {
  const worlds = open.splice(0);
  await Promise.all(worlds.map(({ client }) => client.close()));
  for (const { ports } of worlds) {
    expect(ports.clock.armed, "timers after close").toBe(0);
    expect(ports.listener.isListening, "a listener after close").toBe(false);
  }
});

export interface World {
  readonly client: AuthClient;
  readonly ports: FakePorts;
  readonly clock: FakePorts["clock"];
  readonly server: FakeServer;
  readonly store: TestStore;
  readonly notices: readonly Notice[];
  /** Every state there was, the first one included. */
  readonly states: readonly AuthState[];
}

export interface WorldOptions extends Omit<Partial<FakePortsOptions>, "store"> {
  readonly store?: TestStore;
  readonly serverOptions?: Omit<FakeServerOptions, "clock">;
}

type More = (of: {
  readonly issuer: string;
  /** Of a world in which somebody signs in on another device. */
  readonly isForDevices: boolean;
}) => { readonly serverOptions: Partial<FakeServerOptions>; readonly config: Partial<AuthConfig> };

let everywhere: More = () => ({ serverOptions: {}, config: {} });

/** From now on in this file: more of every server and every configuration, where a test says nothing of it itself. */
export function inEveryWorld(more: More): void {
  everywhere = more;
}

/** A browser that posts what comes back from a sign-in, and goes to all else. */
function postingListener(): FakeListener {
  const listener = createFakeListener();
  return {
    listenForRedirect: (options) => listener.listenForRedirect(options),
    visit: (url) => (new URL(url).pathname === "/callback" ? listener.post(url) : listener.visit(url)),
    post: (url) => listener.post(url),
    get isListening() {
      return listener.isListening;
    },
  };
}

export async function arrange(options: WorldOptions = {}, config: Partial<AuthConfig> = {}): Promise<World> {
  const { clock = createFakeClock(), store = createTestStore(), serverOptions, ...rest } = options;
  const more = everywhere({
    issuer: serverOptions?.issuer ?? options.server?.issuer ?? "https://id.example",
    isForDevices: config.flow === "device" || serverOptions?.offers?.includes("device") === true,
  });
  const server =
    options.server ?? (await createFakeServer({ clock, ...more.serverOptions, ...serverOptions }));
  const listener = more.config.responseMode === "form_post" ? { listener: postingListener() } : {};
  const ports = createFakePorts({ ...listener, ...rest, clock, server, store });
  const notices: Notice[] = [];
  const client = createAuthClient(
    {
      issuer: server.issuer,
      clientId: "app",
      onNotice: (notice) => notices.push(notice),
      ...more.config,
      ...config,
    },
    ports,
  );
  open.push({ client, ports });
  const states: AuthState[] = [client.getState()];
  client.subscribe((state) => states.push(state));
  return { client, ports, clock, server, store, notices, states };
}

/** The same, with somebody signed in. */
export async function signedIn(options: WorldOptions = {}, config: Partial<AuthConfig> = {}): Promise<World> {
  const world = await arrange(options, config);
  await world.client.signIn();
  return world;
}

/** Another process, later, on the same machine: same store, server and clock. */
export async function restarted(
  { client, clock, server, store }: World,
  config: Partial<AuthConfig> = {},
  options: WorldOptions = {},
) {
  await client.close();
  return arrange({ ...options, clock, server, store }, config);
}

export const is =
  (...statuses: readonly AuthState["status"][]) =>
  ({ status }: AuthState): boolean =>
    statuses.includes(status);

/** Why the last refresh did not succeed, where the state has it. */
export function degradedOf(state: AuthState) {
  return "degraded" in state ? state.degraded : undefined;
}

export const isDegraded = (state: AuthState): boolean => degradedOf(state) !== undefined;

/** Turns of the event loop, for promises to settle; Web Crypto may need longer. No time passes. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Turns of the event loop until it holds; no time passes. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Lets time pass in steps shorter than any time-out, and lets what each step set off come to its end before the next:
 * the server answers at once, as seen from the virtual clock.
 */
export async function pass({ client, clock }: Pick<World, "client" | "clock">, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 20 * SECOND) {
    await clock.advance(Math.min(left, 20 * SECOND));
    // Refreshing and degraded: between two tries to save, or in the middle of one.
    const isAtRest = (state: AuthState): boolean =>
      state.status !== "refreshing" || (degradedOf(state)?.nextRetryAt ?? 0) > clock.now();
    await reached(client, isAtRest);
  }
}

/** Lets as much time pass as a call takes. */
export async function inTime<T>({ clock }: Pick<World, "clock">, call: Promise<T>): Promise<T> {
  const state = { isOver: false };
  const end = (): void => void (state.isOver = true);
  call.then(end, end);
  while (!state.isOver) await clock.advance(SECOND / 10);
  return call;
}

export async function errorOf(promise: Promise<unknown>): Promise<AuthError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AuthError);
  return error as AuthError;
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await errorOf(promise)).code;
}

/** What a promise is now. */
export async function statusOf(promise: Promise<unknown>): Promise<"pending" | "resolved" | "rejected"> {
  let status: "pending" | "resolved" | "rejected" = "pending";
  promise.then(
    () => (status = "resolved"),
    () => (status = "rejected"),
  );
  await quiet();
  return status;
}

export function refreshes({ server }: Pick<World, "server">) {
  return server.requests.filter(
    ({ path, body }) => path === "/token" && body.get("grant_type") === "refresh_token",
  );
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

export function defer<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

type StoreCall = "load" | "save" | "clear" | "probe" | "quarantine";

/** A memory store that counts its calls, and fails or waits where a test says so. */
export interface TestStore extends SessionStore {
  readonly calls: StoreCall[];
  /** What the calls reject with. */
  readonly faults: Partial<Record<StoreCall, Error>>;
  /** What the calls wait for first. */
  readonly gates: Partial<Record<StoreCall, Promise<void>>>;
  /** The record as it is, without a call. */
  readonly record: string | null;
}

export function createTestStore(record: string | null = null): TestStore {
  let stored = record;
  const calls: StoreCall[] = [];
  const faults: TestStore["faults"] = {};
  const gates: TestStore["gates"] = {};
  async function enter(call: StoreCall): Promise<void> {
    calls.push(call);
    await gates[call];
    if (faults[call]) throw faults[call];
  }
  return {
    info: { kind: "test", persistent: true },
    calls,
    faults,
    gates,
    get record() {
      return stored;
    },
    async load() {
      await enter("load");
      return stored;
    },
    async save(text) {
      await enter("save");
      stored = text;
    },
    async clear() {
      await enter("clear");
      stored = null;
    },
    probe: () => enter("probe"),
    async quarantine() {
      await enter("quarantine");
      const had = stored !== null;
      stored = null;
      return had ? "aside" : null;
    },
  };
}

/** As an adapter's store fails: with a code, and what to do. */
export function lockedKeyring(): Error {
  return Object.assign(new Error("The keyring is locked"), {
    code: "locked",
    hint: "Unlock the keyring.",
  });
}
