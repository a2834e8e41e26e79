// Ports without a runtime: virtual time, a listener without sockets, a person who decides at once.
import { createMemoryStore } from "../ports/memory-store.js";
import type { AuthPorts } from "../ports/ports.js";
import { createFakeClock, type FakeClock } from "./fake-clock.js";
import { createFakeLock } from "./fake-lock.js";
import { createFakeStamp } from "./fake-stamp.js";
import { createFakeListener, type FakeListener } from "./fake-listener.js";
import type { FakeServer } from "./fake-server/types.js";

/** Ports that a test looks into. */
export interface FakePorts extends AuthPorts {
  readonly clock: FakeClock;
  readonly listener: FakeListener;
  /** Every URL a browser was opened at. */
  readonly opened: readonly string[];
}

export interface FakePortsOptions {
  /** That of the server, or their times differ. @default one of its own */
  readonly clock?: FakeClock;
  /** Answers every request: it is the `fetch` of the ports. */
  readonly server: FakeServer;
  /** @default one of its own, whose ports are all free */
  readonly listener?: FakeListener;
  /** @default in memory */
  readonly store?: AuthPorts["store"];
  /** @default one of its own */
  readonly lock?: AuthPorts["withLock"];
  /** @default one of its own */
  readonly stamp?: NonNullable<AuthPorts["stamp"]>;
  /** @default not known */
  readonly machineId?: NonNullable<AuthPorts["machineId"]>;
  /** @default none: what happened is gone with the client */
  readonly journal?: NonNullable<AuthPorts["journal"]>;
  /** @default none: each process asks the server for itself */
  readonly serverCache?: AuthPorts["serverCache"];
  /** @default none: the lock is found out at its first use */
  readonly probeLock?: AuthPorts["probeLock"];
  /** What the person does with the URL. @default they allow, and their browser follows the redirect */
  readonly person?: (
    url: string,
    world: { readonly listener: FakeListener; readonly server: FakeServer },
  ) => unknown;
}

/** Ports for tests of an app: no socket, no browser, no file, and time that passes when the test says so. */
export function createFakePorts(options: FakePortsOptions): FakePorts {
  const { server, clock = createFakeClock(), listener = createFakeListener() } = options;
  const person = options.person ?? ((url) => void followsEverything(url));

  /** Allows at the authorization endpoint; signing out goes from the one-time address to the server and back. */
  async function followsEverything(url: string): Promise<void> {
    const { searchParams } = new URL(url);
    const isSignIn = searchParams.has("response_type") || searchParams.has("request_uri");
    if (isSignIn) {
      const back = server.authorize(url);
      const isPosted = server.authorizations.at(-1)?.get("response_mode") === "form_post";
      return void (isPosted ? listener.post(back) : listener.visit(back));
    }
    const sentOn = await listener.visit(url);
    if (typeof sentOn === "string") await listener.visit(server.endSession(sentOn));
  }

  const opened: string[] = [];
  return {
    clock,
    listener,
    opened,
    fetch: server.fetch,
    store: options.store ?? createMemoryStore(),
    // No random part: times are what the docs say, to the millisecond.
    random: () => 0,
    withLock: options.lock ?? createFakeLock(),
    stamp: options.stamp ?? createFakeStamp(),
    ...(options.machineId && { machineId: options.machineId }),
    ...(options.journal && { journal: options.journal }),
    ...(options.serverCache && { serverCache: options.serverCache }),
    ...(options.probeLock && { probeLock: options.probeLock }),
    listenForRedirect: listener.listenForRedirect,
    async openBrowser(url) {
      opened.push(url);
      await person(url, { listener, server });
    },
  };
}
