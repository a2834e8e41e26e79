// A server on sockets, a person's browser, a file that holds the session, a lock over processes: what a client meets on a machine.
import { once } from "node:events";
import { createServer } from "node:http";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createAuthClient,
  type AuthClient,
  type AuthConfig,
  type AuthState,
  type OpenBrowser,
} from "@loopkey/core";
import { reached } from "@loopkey/core/testing";
import { createEncryptedFileStore, createNodePorts } from "../../src/index.js";
import { stateFolder } from "../../src/private-files/folder.js";
import { startFakeServer, type StartFakeServerOptions } from "../../src/testing/index.js";
import { KEY } from "../support/encrypted-file.js";
import { record, type Taken } from "./recorder.js";

export type Json = Record<string, unknown>;
type Change = (record: Json) => Json | undefined;

export async function createWorld(taken: Taken, options: StartFakeServerOptions = {}) {
  const server = await startFakeServer({ offers: ["device", "par"], deviceIntervalSeconds: 1, ...options });
  const home = await mkdtemp(join(tmpdir(), "loopkey-transitions-"));
  process.env["XDG_STATE_HOME"] = home;
  const folder = join(home, "session");
  const sessionFile = join(folder, "session.enc");
  const clients: AuthClient[] = [];
  const createStore = () =>
    createEncryptedFileStore({ file: sessionFile, secret: async () => ({ key: KEY }) });
  const createPorts = (openBrowser: OpenBrowser) => ({
    ...createNodePorts({ appName: "transitions", store: createStore(), openBrowser }),
    machineId: () => "this machine",
  });
  const elsewhere = createPorts(async () => {});

  /** A process of the app. */
  function connect(config: Partial<AuthConfig> = {}, person: OpenBrowser = allows): AuthClient {
    const client = createAuthClient(
      { issuer: server.issuer, clientId: "app", requestTimeoutMs: 1_000, ...config },
      createPorts(person),
    );
    record(client, taken);
    clients.push(client);
    return client;
  }

  async function swap(how: Change): Promise<void> {
    const before = JSON.parse((await elsewhere.store.load()) ?? "{}") as Json;
    const after = how(before);
    if (after) await elsewhere.store.save(JSON.stringify(after));
    else await elsewhere.store.clear();
  }

  return {
    server,
    /** How often a transition was taken whose name begins so. */
    times: (start: string) => () =>
      [...taken].filter(([name]) => name.startsWith(start)).reduce((sum, [, count]) => sum + count, 0),
    connect,
    /** Signed in, in a process of its own. */
    signedIn: async (config: Partial<AuthConfig> = {}, person: OpenBrowser = allows): Promise<AuthClient> => {
      const client = connect(config, person);
      await client.ready();
      await client.signIn();
      return client;
    },
    /** What another process does to what is stored: whoever looks at the stamp sees that something was. */
    change: async (how: Change): Promise<void> => {
      await swap(how);
      elsewhere.stamp?.renew();
    },
    /** The same, found out by whoever reads it. */
    swap,
    /** What another process has done is only seen, and not what it was. */
    touch: () => elsewhere.stamp?.renew(),
    /** Open to others it is refused by everyone, until it is mended. */
    breakStore: () => chmod(folder, 0o777),
    /** At requests of that kind, before they are answered. */
    breakStoreAt: (at: string): void => {
      server.intercept = ({ path }) => {
        if (path === at) chmodSync(folder, 0o777);
        return undefined;
      };
    },
    /** Where a folder stands that is not empty, nothing can be deleted. */
    breakClearingAt: (at: string): void => {
      server.intercept = ({ path }) => {
        if (path !== at) return undefined;
        rmSync(sessionFile, { recursive: true });
        mkdirSync(join(sessionFile, "not ours"), { recursive: true });
        return undefined;
      };
    },
    mendStore: () => chmod(folder, 0o700),
    /** Where a folder stands, no lock can be had. */
    breakLock: async (): Promise<void> => {
      const file = join(stateFolder("transitions"), "default.lock");
      await rm(file, { force: true });
      await mkdir(file, { recursive: true });
    },
    denies: (async (url) => void fetch(server.authorize(url, "deny")).catch(() => {})) satisfies OpenBrowser,
    end: async (): Promise<void> => {
      await chmod(folder, 0o700).catch(() => {});
      server.fault = undefined;
      await Promise.all(clients.map((client) => client.close({ timeoutMs: 500 })));
      await server.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export type World = Awaited<ReturnType<typeof createWorld>>;

/** Follows every redirect, as a browser does. */
const allows: OpenBrowser = async (url) => void fetch(url).catch(() => {});
/** Comes back from the first page that is opened, and from no other. */
export function firstOnly(): OpenBrowser {
  let opened = 0;
  return async (url, options) => {
    opened += 1;
    if (opened === 1) await allows(url, options);
  };
}
export const neverReturns: OpenBrowser = async () => {};
/** A launcher that is watched for as long as it may be. */
export const isStillOpening: OpenBrowser = (_, { signal }) =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
export const isNotThere: OpenBrowser = async () => {
  throw new Error("no browser");
};

export function becomes<Status extends AuthState["status"]>(
  client: AuthClient,
  status: Status,
  holds: (state: Extract<AuthState, { status: Status }>) => boolean = () => true,
): Promise<AuthState> {
  return reached(client, (state) => state.status === status && holds(state as never));
}

/** How it ended is seen by the transitions it took. */
export async function ends(call: Promise<unknown>): Promise<void> {
  await call.catch(() => {});
}

/** Until there is another: what is counted has no event of its own. */
export async function another(count: () => number, act: () => unknown): Promise<void> {
  const before = count();
  act();
  for (let tries = 0; count() === before; tries += 1) {
    if (tries === 1_000) throw new Error("Nothing came of it");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Another program listens there. */
export async function takePort(): Promise<{ readonly origin: string; readonly leave: () => void }> {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { readonly port: number };
  return { origin: `http://127.0.0.1:${port}`, leave: () => void taken.close() };
}
