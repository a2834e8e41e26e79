// Every contract of the ports, on the runtime that this is started with: a line for each promise, with what broke.
import { setTimeout as pause } from "node:timers/promises";
import type { AuthPorts, Fetch } from "@loopkey/core";
import {
  clockContract,
  fetchContract,
  listenerContract,
  lockContract,
  ownConnectionContract,
  serverCacheContract,
  stampContract,
  storeContract,
  type ContractCase,
} from "@loopkey/core/testing";
import { createNodePorts, type StoreChoice } from "@loopkey/node-adapter";
import { createServeOrigin } from "@loopkey/node-adapter/testing";
import { readOrder, say } from "./order.js";

/** How it went with one promise; `broken`: null where it was kept. */
export interface PromiseReport {
  readonly contract: string;
  readonly name: string;
  readonly broken: string | null;
}

export interface ContractsOrder {
  readonly stores: readonly ("keyring" | "encrypted-file")[];
}

const { stores } = readOrder() as ContractsOrder;
const never = new AbortController().signal;
let profiles = 0;

/** Ports as an app makes them, for an account that nobody has used. */
function fresh(store: StoreChoice = "encrypted-file"): AuthPorts {
  return portsOf(`fresh-${++profiles}`, store);
}

function portsOf(profile: string, store: StoreChoice = "encrypted-file"): AuthPorts {
  return createNodePorts({ appName: "Loopkey contracts", profile, store });
}

/** As two processes would have them. */
function two(): readonly [AuthPorts, AuthPorts] {
  const profile = `two-${++profiles}`;
  return [portsOf(profile), portsOf(profile)];
}

async function statusOf(url: string, init: RequestInit = {}): Promise<number> {
  const answer = await fetch(url, { ...init, redirect: "manual" }).catch(() => undefined);
  return answer?.status ?? 0;
}

const ports = fresh();
// As `loopkey` and apps in company networks have it.
const { fetch: overHttp } = createNodePorts({ appName: "Loopkey contracts", store: "memory", network: {} });
const fetching = () => ({ fetch: ports.fetch as Fetch, serve: createServeOrigin() });
const fetchingOverHttp = () => ({ fetch: overHttp as Fetch, serve: createServeOrigin() });
const contracts: Readonly<Record<string, readonly ContractCase[]>> = {
  lock: lockContract(() => {
    const [a, b] = two();
    return [a.withLock, b.withLock];
  }),
  stamp: stampContract(async () => {
    const [a, b] = two();
    // Its folder is the lock's.
    await a.withLock(async () => {}, { signal: never });
    return [a.stamp!, b.stamp!];
  }),
  ...Object.fromEntries(stores.map((store) => [store, storeContract(() => fresh(store).store)] as const)),
  "server cache": serverCacheContract(() => {
    const [a, b] = two();
    return [a.serverCache!, b.serverCache!];
  }),
  clock: clockContract(() => ({ clock: ports.clock, pass: (ms) => pause(ms), whileSet })),
  listener: listenerContract(() => ({
    listen: fresh().listenForRedirect,
    visit: (url) => statusOf(url),
    post: (url) => {
      const { origin, pathname, searchParams } = new URL(url);
      return statusOf(origin + pathname, { method: "POST", body: searchParams });
    },
  })),
  "the runtime's fetch": fetchContract(fetching),
  // Where there is none, that is what is broken, and there is nothing else to ask.
  "a connection of its own": ownConnectionContract(fetching).slice(
    0,
    (ports.fetch as Fetch).onOwnConnection ? undefined : 1,
  ),
  "fetch for company networks": [
    ...fetchContract(fetchingOverHttp),
    ...(overHttp?.onOwnConnection ? ownConnectionContract(fetchingOverHttp) : []),
  ],
};

for (const [contract, promises] of Object.entries(contracts))
  for (const promise of promises) {
    const broken = await promise.run().then(
      () => null,
      (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
    say({ type: "promise", contract, name: promise.name, broken });
  }
say({ type: "done" });

async function whileSet<T>(ms: number, task: () => Promise<T>): Promise<T> {
  const real = Date.now;
  Date.now = () => real() + ms;
  try {
    return await task();
  } finally {
    Date.now = real;
  }
}
