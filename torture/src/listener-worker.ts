// The app under attack: it signs in, again and again, on the real listener. Its server is a function, its person the one
// that attacks. Says on order how it is.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { createAuthClient, type AuthState, type Session, type StrayRequest } from "@loopkey/core";
import { createFakeServer } from "@loopkey/core/testing";
import {
  createLoopbackListener,
  createNodePorts,
  systemClock,
  type ListenerLimits,
} from "@loopkey/node-adapter";
import { measureMemory, type Memory } from "./listener-memory.js";
import { say } from "./worker.js";

export interface ListenerOptions {
  readonly limits: ListenerLimits;
}

/** `wait`: begin to sign in; `look`: say how it is, once what was sent has arrived; `measure`: memory too. */
export type ListenerOrder = { readonly do: "wait" | "look" | "measure" | "stop" };

export interface ListenerAnswer {
  readonly status: AuthState["status"];
  /** Where a good redirect of this wait would go. */
  readonly good: string;
  /** Strays since the last order: the first of them, and how many. */
  readonly strays: readonly StrayRequest[];
  readonly strayCount: number;
  readonly notices: number;
  readonly signedIn: number;
  /** Since the last order, in milliseconds. */
  readonly longestDelay: number;
  readonly memory?: Memory;
}

/** An accept, the reading of what has come and what it leads to each take a turn of the event loop. */
const TURNS_TO_ARRIVE = 5;
const STRAYS_KEPT = 10;

const { limits } = JSON.parse(process.argv[2]!) as ListenerOptions;
const server = await createFakeServer({ clock: systemClock });
const listen = createLoopbackListener({ appName: "Loopkey torture", limits });
const delays = monitorEventLoopDelay({ resolution: 5 });
delays.enable();
let strays: StrayRequest[] = [];
let strayCount = 0;
let notices = 0;
let signedIn = 0;
let good = "";
let signingIn: Promise<Session | void> = Promise.resolve();

const client = createAuthClient(
  { issuer: server.issuer, clientId: "torture", signInTimeoutMs: 3_600_000, onNotice: () => notices++ },
  {
    ...createNodePorts({ appName: "Loopkey torture", store: "memory", openBrowser: async () => {} }),
    fetch: server.fetch,
    listenForRedirect: (options) =>
      listen({
        ...options,
        onStray(stray) {
          strayCount++;
          if (strays.length < STRAYS_KEPT) strays.push(stray);
          options.onStray(stray);
        },
      }),
  },
);

process.on("message", (order: ListenerOrder) => void obey(order));
// Whoever gave the orders may have failed.
process.on("disconnect", () => void client.close());

async function obey(order: ListenerOrder): Promise<void> {
  if (order.do === "wait") await wait();
  else if (order.do === "stop") await client.close();
  // oxlint-disable-next-line no-await-in-loop
  else for (let n = 0; n < TURNS_TO_ARRIVE; n++) await turn();
  const memory = order.do === "measure" ? await measureMemory() : undefined;
  const answer: ListenerAnswer = {
    status: client.getState().status,
    good,
    strays,
    strayCount,
    notices,
    signedIn,
    longestDelay: delays.max / 1e6,
    ...(memory ? { memory } : {}),
  };
  strays = [];
  strayCount = 0;
  delays.reset();
  say({ answer });
}

async function wait(): Promise<void> {
  // Whoever was let in before sees the page before it is known here.
  await signingIn;
  signingIn = client.signIn({ openBrowser: false }).then(
    () => void signedIn++,
    () => {},
  );
  good = server.authorize(await authorizationUrl());
}

function authorizationUrl(): Promise<string> {
  return new Promise((resolve) => {
    const stop = client.subscribe(look);
    look(client.getState());
    function look(state: AuthState): void {
      if (state.status !== "awaiting-callback" || state.step !== "waiting" || !state.url) return;
      stop();
      resolve(state.url);
    }
  });
}
