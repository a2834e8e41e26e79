// A client in a world that stands still after each step: a server, a person, a store, another process, and time.
import { actorOf } from "../../client/actor-of.js";
import type { AuthClient } from "../../client/auth-client.js";
import { createAuthClient } from "../../client/create-auth-client.js";
import type { AuthConfig } from "../../config/auth-config.js";
import type { Notice } from "../../config/notices.js";
import type { WithLock } from "../../ports/ports.js";
import { createFakeClock, type FakeClock } from "../fake-clock.js";
import { createFakeListener } from "../fake-listener.js";
import { createFakeLock } from "../fake-lock.js";
import { createFakePorts, type FakePorts, type FakePortsOptions } from "../fake-ports.js";
import { createFakeServer } from "../fake-server.js";
import { createFakeStamp } from "../fake-stamp.js";
import type { FakeServer } from "../fake-server/types.js";
import { createGates, type AuthSnapshot, type Gates } from "./gates.js";
import { createHeldStore, type HeldStore } from "./held-store.js";

/** What goes wrong in the world until it is put right. */
interface Troubles {
  browser: boolean;
  port: boolean;
  lock: boolean;
}

export interface HeldWorld {
  readonly client: AuthClient;
  readonly server: FakeServer;
  readonly clock: FakeClock;
  readonly ports: FakePorts;
  readonly store: HeldStore;
  readonly gates: Gates;
  readonly troubles: Troubles;
  /** Each authorization request is pushed first (RFC 9126). */
  readonly pushes: boolean;
  readonly notices: readonly Notice[];
  snapshot(): AuthSnapshot;
  /** Does something in another process of the same app. */
  elsewhere(act: (client: AuthClient) => Promise<unknown>, more?: Partial<AuthConfig>): Promise<void>;
  /** The world goes on by itself: nothing is held, and the person does what persons do. */
  goOn(person?: FakePortsOptions["person"]): void;
  /** Until nothing moves but what is held. */
  rest(): Promise<void>;
  /** What was in the way is in the way no more. */
  mend(): void;
}

/** Where the machine waits for the person or for time. */
const RESTING = [
  "idle",
  "logged-out",
  "authenticated",
  { "awaiting-callback": "waiting" },
  { "awaiting-callback": "device" },
  { refreshing: "pausing" },
  { refreshing: "askingAgain" },
] as const;

/** What the server can do where the app's configuration asks for it. */
const PUSHES = ["par"] as const;
const BINDS = ["dpop"] as const;

/** Turns of the event loop without a change, until it is taken for rest. */
const QUIET_TURNS = 3;
const MOST_TURNS = 5_000;

export const SHORT_CODE_SECONDS = 120;

export async function createHeldWorld(config: Partial<AuthConfig> = {}): Promise<HeldWorld> {
  const clock = createFakeClock();
  const server = await createFakeServer({
    clock,
    offers: ["device", ...(config.par === "always" ? PUSHES : []), ...(config.dpop ? BINDS : [])],
    deviceCodeSeconds: SHORT_CODE_SECONDS,
  });
  const listener = createFakeListener();
  const store = createHeldStore();
  const troubles: Troubles = { browser: false, port: false, lock: false };
  const notices: Notice[] = [];
  const gates = createGates(() => snapshot());
  const [freeLock, stamp] = [createFakeLock(), createFakeStamp()];
  let underLock = 0;
  /** Requests that nobody holds: the pushed one is made anew where the machine rests. */
  let underWay = 0;

  const lock: WithLock = async (task, options) => {
    await gates.pass("lock");
    if (troubles.lock)
      throw Object.assign(new Error("Another process has the lock."), { code: "lock_timeout" });
    return freeLock(async (held) => {
      underLock++;
      return task(held).finally(() => underLock--);
    }, options);
  };
  const shared = { clock, server, stamp, machineId: () => "this machine" };
  let person: FakePortsOptions["person"] = () => {};
  const opened: string[] = [];
  const made = createFakePorts({
    ...shared,
    lock,
    listener,
    store: store.ports(
      () => (underLock > 0 ? Promise.resolve() : gates.pass("load")),
      () => gates.pass("probe"),
    ),
  });
  const ports: FakePorts = {
    ...made,
    opened,
    async openBrowser(url, options) {
      await gates.pass("browser");
      if (troubles.browser) throw new Error("There is no browser here.");
      opened.push(url);
      if (person) await person(url, { listener, server });
      else await made.openBrowser(url, options);
    },
    async listenForRedirect(options) {
      await gates.pass("port");
      if (troubles.port) throw Object.assign(new Error("No port is free."), { code: "EADDRINUSE" });
      return made.listenForRedirect(options);
    },
    async fetch(input, init) {
      const { body } = init ?? {};
      const isCode = body instanceof URLSearchParams && body.get("grant_type") === "authorization_code";
      if (isCode) await gates.pass("code");
      underWay++;
      return server.fetch(input, init).finally(() => underWay--);
    },
  };
  const common: AuthConfig = {
    clientId: "app",
    ...(config.server ? {} : { issuer: server.issuer }),
    ...config,
  };
  const client = createAuthClient(
    {
      ...common,
      onNotice(notice) {
        notices.push(notice);
        config.onNotice?.(notice);
      },
    },
    ports,
  );
  const actor = actorOf(client);
  function snapshot(): AuthSnapshot {
    return actor.getSnapshot();
  }

  function isResting(): boolean {
    const now = snapshot();
    if (now.status !== "active" || gates.held().length > 0) return true;
    if (now.context.attempt?.isLooking || underWay > 0) return false;
    if (now.matches("visiting")) return now.context.signOut?.url !== undefined;
    return RESTING.some((value) => now.matches(value));
  }

  return {
    client,
    server,
    clock,
    ports,
    store,
    gates,
    troubles,
    pushes: config.par === "always",
    notices,
    snapshot,
    async elsewhere(act, more = {}) {
      const other = createAuthClient(
        { ...common, refreshOnStart: false, ...more },
        createFakePorts({ ...shared, store: store.elsewhere, lock: freeLock }),
      );
      await other.ready();
      await act(other);
      await other.close();
    },
    goOn(next) {
      person = next;
      gates.open();
    },
    async rest() {
      let quiet = 0;
      for (let turn = 0; quiet < QUIET_TURNS; turn++) {
        if (turn > MOST_TURNS)
          throw new Error(`The world does not come to rest: ${JSON.stringify(snapshot().value)}`);
        const before = snapshot();
        // oxlint-disable-next-line no-await-in-loop
        await clock.advance(0);
        quiet = isResting() && snapshot() === before ? quiet + 1 : 0;
      }
    },
    mend() {
      Object.assign(troubles, { browser: false, port: false, lock: false });
      store.failing.clear();
      Object.assign(server, {
        fault: undefined,
        intercept: undefined,
        idTokenClaims: {},
        refreshGraceSeconds: 0,
      });
    },
  };
}
