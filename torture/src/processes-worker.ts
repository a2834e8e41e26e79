// One of the processes that share an account: asks for a token and calls the API, again and again, until it is told to
// stop. Ends by itself.
import { setTimeout as sleep } from "node:timers/promises";
import { AuthError, createAuthClient, type AuthConfig } from "@loopkey/core";
import type { PersonOptions } from "@loopkey/example-identity-provider";
import { createNodePorts } from "@loopkey/node-adapter";
import { browserOf } from "./person-at-home.js";
import { say } from "./worker.js";

export interface ProcessOptions {
  readonly appName: string;
  readonly profile: string;
  readonly store: "keyring" | "encrypted-file";
  readonly config: AuthConfig;
  readonly apiUrl: string;
  readonly person: PersonOptions;
}

/** `work` is answered at once, `stop` when the last call is done. */
export type ProcessOrder = { readonly do: "sign in" | "work" | "stop" };

export interface ProcessAnswer {
  /** Milliseconds from asking for a token to having it, call by call. */
  readonly waits: readonly number[];
  readonly apiCalls: number;
  readonly failures: readonly string[];
  /** How often each notice came. */
  readonly notices: Readonly<Record<string, number>>;
  readonly status: string;
}

// Long enough that the processes are not the load of the machine, short enough that each meets every token.
const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

const KEY = new Uint8Array(32).fill(7);

const { appName, profile, store, config, apiUrl, person } = JSON.parse(process.argv[2]!) as ProcessOptions;
const waits: number[] = [];
const failures: string[] = [];
const notices: Record<string, number> = {};
let apiCalls = 0;
const over = new AbortController();
let working: Promise<void> = Promise.resolve();

const client = createAuthClient(
  {
    ...config,
    onNotice: ({ code, detail }) => {
      const name = detail === undefined ? code : `${code}: ${detail}`;
      notices[name] = (notices[name] ?? 0) + 1;
    },
  },
  createNodePorts({
    appName,
    profile,
    store,
    openBrowser: browserOf(person),
    ...(store === "encrypted-file" && { secret: async () => ({ key: KEY }) }),
  }),
);

process.on("message", (order: ProcessOrder) => void obey(order));

async function obey(order: ProcessOrder): Promise<void> {
  if (order.do === "sign in") await client.signIn().catch(fail);
  if (order.do === "work") working = work();
  if (order.do === "stop") {
    over.abort();
    await working;
  }
  const { status } = client.getState();
  const answer: ProcessAnswer = { waits, apiCalls, failures, notices, status };
  if (order.do !== "work") await client.close();
  say({ answer });
}

async function work(): Promise<void> {
  while (!over.signal.aborted) {
    const begin = performance.now();
    // oxlint-disable-next-line no-await-in-loop
    const got = await client.getAccessToken().catch(fail);
    if (got !== undefined) waits.push(performance.now() - begin);
    // oxlint-disable-next-line no-await-in-loop
    await callApi().catch(fail);
    // oxlint-disable-next-line no-await-in-loop
    await sleep(SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS));
  }
}

async function callApi(): Promise<void> {
  const response = await client.fetch(apiUrl);
  await response.text();
  if (!response.ok) throw new Error(`The API answered ${response.status}.`);
  apiCalls++;
}

function fail(error: unknown): void {
  const { message } = error as Error;
  failures.push(error instanceof AuthError ? `${error.code}: ${message}` : message);
}
