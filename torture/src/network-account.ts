// One process whose answers are lost, again and again; what became of its two sessions, way by way.
import { setTimeout as sleep } from "node:timers/promises";
import type { IdentityProvider } from "@loopkey/example-identity-provider";
import { startProxy, type Proxy } from "./network-proxy.js";
import { DEAD_ANSWER, DEAD_CONNECTION, type Way } from "./network-ways.js";
import type { ClientName, NetworkAnswer, NetworkOptions, NetworkOrder } from "./network-worker.js";
import { startWorker, type Worker } from "./worker.js";

/** One refresh that met with one loss. */
export interface NetworkRound {
  readonly way: Way;
  readonly client: ClientName;
  /** It was lost in that way; false when the client did not go into it. */
  readonly wasMet: boolean;
  /** The server had spent the token, and its answer was lost in that way. */
  readonly wasLost: boolean;
  /** Another answer was lost: this machine was too busy for the client's limit. */
  readonly wasLate: boolean;
  /** `kept`, or why the session is over. */
  readonly outcome: string;
}

export interface NetworkAccountOptions {
  readonly server: IdentityProvider;
  readonly profile: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Both clients are signed in. */
export interface NetworkAccount {
  /** One round of each client for each of the ways, in this order; ends the process. */
  torture(ways: readonly Way[]): Promise<NetworkAccountReport>;
}

interface NetworkAccountReport {
  readonly rounds: readonly NetworkRound[];
  readonly violations: readonly string[];
}

const CLIENTS: readonly ClientName[] = ["loopkey", "retrier"];
/** Of both clients. Long enough for a server under load, short enough for some thousand rounds. */
const REQUEST_TIMEOUT_MS = 3_000;
/** Longer than a process that is only busy stands still. */
const SLEEP_MS = 1_500;
/** For it to notice, and for a connection that was cut to be known as such. */
const NOTICE_MS = 300;

type Process = Worker<NetworkOrder, NetworkAnswer>;

export async function startAccount({ server, profile, env }: NetworkAccountOptions): Promise<NetworkAccount> {
  const { issuer, clientId, account: person } = server;
  const proxies: Readonly<Record<ClientName, Proxy>> = {
    loopkey: await startProxy(issuer),
    retrier: await startProxy(issuer),
  };
  const tokenEndpoints = {
    loopkey: `${proxies.loopkey.origin}/oauth/token`,
    retrier: `${proxies.retrier.origin}/oauth/token`,
  };
  const options: NetworkOptions = {
    profile,
    issuer,
    clientId,
    person,
    tokenEndpoints,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  };
  const worker: Process = startWorker({ program: "network-worker.js", options, env });
  const rounds: NetworkRound[] = [];
  const violations: string[] = [];

  async function order(what: NetworkOrder["do"], client: ClientName): Promise<string> {
    const { outcome = "", error } = await worker.ask({ do: what, client });
    if (error !== undefined) throw new Error(`${client} cannot ${what}: ${error}`);
    return outcome;
  }

  async function asleep(): Promise<void> {
    worker.pause();
    await sleep(SLEEP_MS);
    worker.resume();
    await sleep(NOTICE_MS);
  }

  /** Resolves to what became of the session. */
  async function loseIn(way: Way, client: ClientName): Promise<string> {
    const proxy = proxies[client];
    if (way.name === DEAD_CONNECTION) {
      // There must be one that it could use.
      await order("refresh", client);
      proxy.takeExchanges();
      proxy.loseOnOpen(way);
      await asleep();
      return order("refresh", client).finally(() => proxy.cut());
    }
    const lost = proxy.lose(way);
    const outcome = order("refresh", client);
    if (way.name === DEAD_ANSWER) {
      await Promise.race([lost, outcome]);
      proxy.cut();
      await asleep();
    }
    return outcome;
  }

  async function round(way: Way, client: ClientName): Promise<void> {
    proxies[client].takeExchanges();
    const outcome = await loseIn(way, client);
    const exchanges = proxies[client].takeExchanges();
    const made = exchanges.filter(({ made }) => made);
    const met = exchanges.filter((each) => each.way === way);
    if (met.length === 0 && way.name !== DEAD_CONNECTION) throw new Error(`${client} met with nothing`);
    const answers = made.filter((each) => each.way === undefined).length;
    rounds.push({
      way,
      client,
      wasMet: met.length > 0,
      wasLost: met.some((each) => each.made),
      wasLate: answers > (outcome === "kept" ? 1 : 0),
      outcome,
    });
    if (outcome !== "kept") await order("sign in", client);
  }

  for (const client of CLIENTS) {
    // oxlint-disable-next-line no-await-in-loop
    await order("sign in", client);
  }
  return {
    async torture(ways) {
      try {
        for (const way of ways) {
          for (const client of CLIENTS) {
            // oxlint-disable-next-line no-await-in-loop
            await round(way, client).catch(async (error: Error) => {
              violations.push(`${way.name}: ${error.message}`);
              await order("sign in", client);
            });
          }
        }
      } catch (error) {
        violations.push((error as Error).message);
      }
      if (!(await worker.leave())) violations.push("a process does not end by itself");
      await Promise.all(CLIENTS.map((client) => proxies[client].close()));
      return { rounds, violations };
    },
  };
}
